"""Folders of YAML files as they were at one moment: what is made of a folder is made of the same bytes, and of no more
than can be held."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.problems import PackError, Problem

MEGABYTE = 1 << 20
LARGEST_FILE = 8 * MEGABYTE
LARGEST_FOLDER = 256 * MEGABYTE
MOST_FILES = 5000
TRIES = 5
PAUSE_SECONDS = 0.2
"""Between one try and the next, for whoever copies files into the folder to come to an end."""

_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder's YAML files, those of the folders in it last, each in the order of their names."""

    path: Path
    files: Mapping[Path, bytes]


def read(path: Path) -> Folder:
    """A folder whose files were the same before and after they were read. Raises PackError."""
    for _ in range(TRIES):
        problems: list[Problem] = []
        before = _stamps(path, problems)
        files = {} if problems else _contents(before, problems)
        if problems:
            raise PackError(problems)
        if before == _stamps(path, problems) and before.keys() == files.keys():
            return Folder(path, files)
        time.sleep(PAUSE_SECONDS)
    changing = "its files change while they are read; try again when they have all come"
    raise PackError([Problem(shown(path), 1, changing)])


def here() -> Path:
    """The working folder; the root where that has been deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def shown(path: Path) -> str:
    """A path as a problem names it."""
    return str(path.relative_to(here()) if path.is_relative_to(here()) else path)


def _stamps(path: Path, problems: list[Problem]) -> dict[Path, tuple[int, ...]]:
    """Each file with what is different once it has been written to or replaced."""
    found: dict[Path, tuple[int, ...]] = {}
    size = 0
    if not path.is_dir():
        problems.append(Problem(shown(path), 1, "there is no such folder; it should hold YAML files"))
    for file in sorted(_yaml_files(path, problems), key=lambda file: (len(file.parts), file)):
        try:
            told = file.stat()
        except OSError as error:
            if file.is_symlink() or not isinstance(error, FileNotFoundError):
                problems.append(_unread(file, error))
            continue
        if not stat.S_ISREG(told.st_mode):
            problems.append(Problem(shown(file), 1, "this is no plain file; put one with text here"))
        elif told.st_size > LARGEST_FILE:
            larger = f"the file is larger than {LARGEST_FILE // MEGABYTE} MB; split it into several"
            problems.append(Problem(shown(file), 1, larger))
        size += told.st_size
        found[file] = (told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)
    if len(found) > MOST_FILES:
        problems.append(Problem(shown(path), 1, f"there are {len(found)} files in it; {MOST_FILES} are the most"))
    if size > LARGEST_FOLDER:
        larger = f"its files are larger than {LARGEST_FOLDER // MEGABYTE} MB together; leave some out"
        problems.append(Problem(shown(path), 1, larger))
    return found


def _yaml_files(path: Path, problems: list[Problem]) -> Iterator[Path]:
    """Those in a folder and below it. What has a dot before its name is hidden, and links to folders are not followed:
    they may lead in circles."""

    def closed(error: OSError) -> None:
        problems.append(_unread(Path(error.filename), error))

    for parent, folders, names in os.walk(path, onerror=closed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names if name.endswith(_YAML) and not name.startswith("."))


def _contents(files: Iterable[Path], problems: list[Problem]) -> dict[Path, bytes]:
    """What files hold; those that have gone are left out."""
    found: dict[Path, bytes] = {}
    for file in files:
        try:
            found[file] = _content(file)
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(_unread(file, error))
    return found


def _content(file: Path) -> bytes:
    """No more of a file than one may have, and nothing that has to be waited for. Raises OSError."""
    with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:  # noqa: PTH123
        return opened.read(LARGEST_FILE + 1)


def _unread(path: Path, error: OSError) -> Problem:
    return Problem(shown(path), 1, f"this cannot be read: {error.strerror}")
