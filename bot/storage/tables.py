"""The tables. Times are seconds since 1970 in UTC, ids are Telegram's (up to 52 bits)."""

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

# Each update that came in. `done` 0 means under way until `lease`; past that time whoever did the work has died, and
# another may claim it. `payload` is kept only while an update that Telegram no longer holds waits to be handled.
updates = Table(
    "updates",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("done", Integer, nullable=False),
    Column("lease", Double, nullable=False),
    Column("payload", Text),
    Index("updates_by_lease", "done", "lease"),
)

# What the bot said, by its own message: for turning pages, for long buttons, and for edited questions. `before` is the
# conversation's context as it was when the question came.
answers = Table(
    "answers",
    metadata,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("question", BigInteger, nullable=False),
    Column("html", Text, nullable=False),
    Column("choices", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("expires", Double, nullable=False, index=True),
    Index("answers_by_question", "chat", "question"),
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
