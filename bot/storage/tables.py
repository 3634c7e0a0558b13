"""The tables. Times are seconds since 1970 in UTC, ids are Telegram's (up to 52 bits).

A table that keeps something about a person has a column `person`: that is how /forget finds it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

# What was last talked about, for each person in each chat and topic (`thread` 0: no topic). `question` is the message
# that was last answered there: an edit of an older one must not rewind the conversation.
conversations = Table(
    "conversations",
    metadata,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("thread", BigInteger, primary_key=True, autoincrement=False),
    Column("context", Text, nullable=False),
    Column("question", BigInteger, nullable=False),
    Column("expires", Double, nullable=False, index=True),
)

# Each update that came in. `done` 0 means under way until `lease`, 2 the same and that a message has been handed to
# Telegram; past that time `holder`, the process that did the work, has died, and another may claim it. 1 is done.
# `payload` is kept only while an update that Telegram no longer holds waits to be handled.
updates = Table(
    "updates",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("done", Integer, nullable=False),
    Column("lease", Double, nullable=False),
    Column("holder", String(32), nullable=False, server_default=""),
    Column("payload", Text),
    Index("updates_by_lease", "done", "lease"),
)

# What the bot said, by its own message: for turning pages, for long buttons, and for edited questions. `before` is the
# conversation's context as it was when the question came, `why` what an answer rests on (HTML, empty for what is none).
answers = Table(
    "answers",
    metadata,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("question", BigInteger, nullable=False),
    Column("html", Text, nullable=False),
    Column("choices", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("why", Text, nullable=False, server_default=""),
    Column("intent", String(80), nullable=False, server_default=""),
    Column("expires", Double, nullable=False, index=True),
    Column("person", BigInteger, nullable=False, server_default="0"),
    Index("answers_by_question", "chat", "question"),
)

# Whether an answer was of use (`value` 1) or not (0): one row for each person, the last word counts.
votes = Table(
    "votes",
    metadata,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Integer, nullable=False),
    Column("intent", String(80), nullable=False),
    Column("expires", Double, nullable=False, index=True),
)

# The pictures that buttons stand for, by their digest, as what is to be drawn. When one was sent, `file` is the id
# under which Telegram has it, and `style` how it was drawn.
pictures = Table(
    "pictures",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("picture", Text, nullable=False),
    Column("file", Text),
    Column("style", String(64)),
    Column("expires", Double, nullable=False, index=True),
)

# The language that a person has chosen.
languages = Table(
    "languages",
    metadata,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("language", String(8), nullable=False),
    Column("menu", String(64)),
)

# Questions that nobody could answer, for the editors: what was asked, how often, and when last, never by whom.
unanswered = Table(
    "unanswered",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("question", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_asked", Double, nullable=False),
    Column("last_asked", Double, nullable=False, index=True),
)

# The processes that share the work, when each was last heard of, and which pack it answers from. `reload` is the number
# of the last reload that it followed (see `reloads`), `problems` how many faults that found, 0 when it went well.
replicas = Table(
    "replicas",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("version", String(80), nullable=False),
    Column("problems", Integer, nullable=False),
    Column("reload", Integer, nullable=False),
    Column("seen", Double, nullable=False),
)

# One row: the number of reloads that admins have asked for. A replica that is behind reads its folders again.
reloads = Table(
    "reloads",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)

# The quiz of a chat or topic: its series of questions (`seed` decides which), which of them was asked last, of how many
# (0: without end), and the poll that asked it.
quizzes = Table(
    "quizzes",
    metadata,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("thread", BigInteger, primary_key=True, autoincrement=False),
    Column("seed", BigInteger, nullable=False),
    Column("language", String(8), nullable=False),
    Column("number", Integer, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("poll", String(64), nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("asked", Double, nullable=False),
)

# Polls that were sent, so that an answer to one is known to be right or wrong.
quiz_polls = Table(
    "quiz_polls",
    metadata,
    Column("poll", String(64), primary_key=True),
    Column("chat", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("right", Integer, nullable=False),
    Column("asked", Double, nullable=False, index=True),
)

# Each person's answer to each poll (`was_right` 0 or 1). Scores are counted from these.
quiz_answers = Table(
    "quiz_answers",
    metadata,
    Column("poll", String(64), primary_key=True),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("chat", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("was_right", Integer, nullable=False),
    Index("quiz_answers_by_chat", "chat", "seed"),
    Index("quiz_answers_by_person", "person"),
)

# Chats that get the daily message: in which time zone, at which minute of the day there, and when next.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("thread", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("minute", Integer, nullable=False),
    Column("due", Double, nullable=False, index=True),
)

# Messages of admins to all subscribers. `state`: draft, running, stopped, done. Who holds the lease sends. `message` is
# where the admin `person` follows its progress.
broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("person", BigInteger, nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("html", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("lease", Double, nullable=False),
    Column("written", Double, nullable=False),
)

# To whom a broadcast goes. `state`: waiting; taken (being sent: if the process dies then, nobody knows whether it came,
# and it is not sent again); sent; gone (the chat is no more); failed.
recipients = Table(
    "recipients",
    metadata,
    Column("broadcast", String(16), primary_key=True),
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("thread", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, nullable=False, index=True),
    Column("state", String(8), nullable=False),
)
