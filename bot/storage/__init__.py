"""The few things that must outlive a restart. Facts are never among them: the YAML files are the truth."""

from bot.storage.store import Answer, Claim, Conversation, KeptPicture, Replica, Store, StoreError

__all__ = ["Answer", "Claim", "Conversation", "KeptPicture", "Replica", "Store", "StoreError"]
