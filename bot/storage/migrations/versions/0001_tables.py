"""The tables as they were when versions began; those of databases that are older get what they lack."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, String, Table, Text, inspect

revision, down_revision = "0001", None

tables = MetaData()
Table(
    "conversations",
    tables,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("thread", BigInteger, primary_key=True, autoincrement=False),
    Column("context", Text, nullable=False),
    Column("question", BigInteger, nullable=False),
    Column("expires", Double, nullable=False, index=True),
)
Table(
    "updates",
    tables,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("done", Integer, nullable=False),
    Column("lease", Double, nullable=False),
    Column("holder", String(32), nullable=False, server_default=""),
    Column("payload", Text),
    Index("updates_by_lease", "done", "lease"),
)
Table(
    "answers",
    tables,
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
Table(
    "votes",
    tables,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Integer, nullable=False),
    Column("intent", String(80), nullable=False),
    Column("expires", Double, nullable=False, index=True),
)
Table(
    "pictures",
    tables,
    Column("digest", String(64), primary_key=True),
    Column("picture", Text, nullable=False),
    Column("file", Text),
    Column("style", String(64)),
    Column("expires", Double, nullable=False, index=True),
)
Table(
    "unanswered",
    tables,
    Column("digest", String(64), primary_key=True),
    Column("question", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("first_asked", Double, nullable=False),
    Column("last_asked", Double, nullable=False, index=True),
)
Table(
    "replicas",
    tables,
    Column("name", String(200), primary_key=True),
    Column("version", String(80), nullable=False),
    Column("problems", Integer, nullable=False),
    Column("reload", Integer, nullable=False),
    Column("seen", Double, nullable=False),
)
Table(
    "reloads",
    tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)
Table(
    "quizzes",
    tables,
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
Table(
    "quiz_polls",
    tables,
    Column("poll", String(64), primary_key=True),
    Column("chat", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("right", Integer, nullable=False),
    Column("asked", Double, nullable=False, index=True),
)
Table(
    "quiz_answers",
    tables,
    Column("poll", String(64), primary_key=True),
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("chat", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("was_right", Integer, nullable=False),
    Index("quiz_answers_by_chat", "chat", "seed"),
    Index("quiz_answers_by_person", "person"),
)
Table(
    "subscriptions",
    tables,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("thread", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("minute", Integer, nullable=False),
    Column("due", Double, nullable=False, index=True),
)
Table(
    "broadcasts",
    tables,
    Column("id", String(16), primary_key=True),
    Column("person", BigInteger, nullable=False),
    Column("message", BigInteger, nullable=False),
    Column("html", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("lease", Double, nullable=False),
    Column("written", Double, nullable=False),
)
Table(
    "recipients",
    tables,
    Column("broadcast", String(16), primary_key=True),
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("thread", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, nullable=False, index=True),
    Column("state", String(8), nullable=False),
)


def upgrade() -> None:
    """Make what is missing."""
    tables.create_all(op.get_bind())
    _complete("updates", Column("holder", String(32), nullable=False, server_default=""))
    _complete(
        "answers",
        Column("why", Text, nullable=False, server_default=""),
        Column("intent", String(80), nullable=False, server_default=""),
        Column("person", BigInteger, nullable=False, server_default="0"),
    )


def _complete(table: str, *columns: Column[Any]) -> None:
    """Columns that came before versions did."""
    there = {column["name"] for column in inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)
