"""A pack to begin with: an example of each kind of file, which an editor writes over."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot import schemas
from bot.knowledge import folders
from bot.knowledge.loader import load_knowledge

EXAMPLE = Path(__file__).parent / "example"


class NotEmptyError(ValueError):
    """There is something already where a pack should be made."""


def create(folder: Path) -> None:
    """Make a pack in a folder that is new or empty: knowledge, intents, and their schemas. Raises NotEmptyError."""
    if folder.exists() and not (folder.is_dir() and next(folder.iterdir(), None) is None):
        raise NotEmptyError(f"{folder}: is not empty; a new pack is made in a folder that is new or empty")
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    knowledge = load_knowledge(folders.read(folder / "knowledge"))
    schemas.write(knowledge, folder / "schema")  # where the first line of each file looks
