"""The few things that must outlive a restart. Facts are never among them: the YAML files are the truth."""

from bot.storage.backup import BackupError, backup, restore
from bot.storage.broadcasts import Broadcast, Recipient
from bot.storage.connecting import StoreError
from bot.storage.quizzes import QuizSeries, Score
from bot.storage.store import Answer, Claim, Conversation, Kept, KeptPicture, Known, Replica, Store, Unanswered
from bot.storage.subscriptions import Subscription

__all__ = [
    "Answer",
    "BackupError",
    "Broadcast",
    "Claim",
    "Conversation",
    "Kept",
    "KeptPicture",
    "Known",
    "QuizSeries",
    "Recipient",
    "Replica",
    "Score",
    "Store",
    "StoreError",
    "Subscription",
    "Unanswered",
    "backup",
    "restore",
]
