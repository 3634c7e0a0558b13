"""A pack to begin with: an example of each kind of file, which an editor writes over."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot import schemas
from bot.knowledge import folders
from bot.knowledge.loader import load_knowledge

EXAMPLES = Path(__file__).parent / "example"
LANGUAGES = tuple(sorted(folder.name for folder in EXAMPLES.iterdir()))
"""The languages in which there is a pack to begin with."""


class NewPackError(ValueError):
    """A pack cannot be made there, or not in that language."""


def create(folder: Path, language: str) -> None:
    """Make a pack in a folder that is new or empty: knowledge, intents, and their schemas. Raises NewPackError."""
    if folder.exists() and not (folder.is_dir() and next(folder.iterdir(), None) is None):
        raise NewPackError(f"{folder}: is not empty; a new pack is made in a folder that is new or empty")
    if language not in LANGUAGES:
        raise NewPackError(f"there is no pack to begin with in {language!r}; there is one in {', '.join(LANGUAGES)}")
    shutil.copytree(EXAMPLES / language, folder, dirs_exist_ok=True)
    knowledge = load_knowledge(folders.read(folder / "knowledge"))
    schemas.write(knowledge, folder / "schema")  # where the first line of each file looks
