"""Packs kept on disk as they are in memory, so that a process need not read, check and index the files again.

A kept pack is used only where nothing that went into it has changed: the files of both folders, the code of the bot,
the packages beside it, the interpreter. It is a pickle, and reading a pickle can run any code: so it is read only from
a file and a folder that belong to the user who runs the bot and that nobody else may write to, and only when whole.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import is_dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zlib import crc32

from bot.intents.model import Phrases
from bot.knowledge import folders
from bot.knowledge.folders import Folder
from bot.pack import Languages, Pack, Understanding, pack_of

MOST_KEPT = 8
"""Packs in the folder; the oldest make way for the newest."""

_CODE = Path(__file__).parent
_SUM = 4
_BROKEN = (OSError, pickle.UnpicklingError, EOFError, ImportError, AttributeError, LookupError, TypeError, ValueError)


def load(knowledge: Path, intents: Path, phrases: Phrases = MappingProxyType({}), folder: Path | None = None) -> Pack:
    """The pack of two folders, as `load_pack` reads it: out of `folder` if it was kept there, else kept there now.

    Whatever is wrong with that folder, the pack is read. Raises PackError.
    """
    with _no_collection():
        found = folders.read(knowledge), folders.read(intents)
        if folder is None:
            return pack_of(*found, phrases)
        file = folder / f"{_fingerprint(*found, phrases)}.pack"
        pack = _read(file)
        if pack is None:
            pack = pack_of(*found, phrases)
            with suppress(OSError):
                _keep(pack, file)
        return pack


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without looking for garbage while a pack grows, nor ever again in what is there then: a pack has none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()


def _fingerprint(knowledge: Folder, intents: Folder, phrases: Phrases) -> str:
    """What changes whenever anything changes that a pack is made of, the places that problems name included."""
    digest = hashlib.sha256()
    needed = sorted((name, *sorted(values)) for name, values in phrases.items())
    installed = sorted(name for path in sys.path for name in _distributions(path))
    digest.update(repr((sys.version, folders.here(), needed, installed)).encode())
    code = sorted(path for path in _CODE.rglob("*") if path.suffix in (".py", ".yaml") and path.is_file())
    own = Folder(_CODE, {path: path.read_bytes() for path in code})
    for folder in (own, knowledge, intents):
        digest.update(f"\0{folder.path}\0".encode())
        for path, content in folder.files.items():
            digest.update(f"{path.relative_to(folder.path)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _distributions(path: str) -> Iterator[str]:
    """The names of the packages installed in a folder of the path, their versions in them."""
    with suppress(OSError), os.scandir(path or ".") as found:
        yield from (entry.name for entry in found if entry.name.endswith((".dist-info", ".egg-info")))


def _read(file: Path) -> Pack | None:
    """The pack in a file, or None if there is none, or it is damaged, or somebody else may have written it."""
    try:
        if not _is_ours(file.parent.stat()):
            return None
        with file.open("rb") as opened:
            content = memoryview(opened.read() if _is_ours(os.fstat(opened.fileno())) else b"")
        return _pack(content[_SUM:]) if content and _sum(content[_SUM:]) == content[:_SUM] else None
    except _BROKEN:
        return None


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _sum(body: bytes | memoryview) -> bytes:
    return crc32(body).to_bytes(_SUM)


def _keep(pack: Pack, file: Path) -> None:
    """Write a pack to a file that is there whole or not at all. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    body = _bytes(pack)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".new", delete=False) as written:
        try:
            written.write(_sum(body) + body)
            written.close()
            Path(written.name).replace(file)
        except OSError:
            Path(written.name).unlink(missing_ok=True)
            raise
    there = (*file.parent.glob("*.pack"), *file.parent.glob("*.new"))  # which a process left that was killed
    kept = sorted(there, key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[MOST_KEPT:]:
        old.unlink(missing_ok=True)


def _bytes(pack: Pack) -> bytes:
    """A pack as bytes; each language apart, to be made only when somebody speaks it."""
    pack.compile()
    core = BytesIO()
    _Pickler(core, pickle.HIGHEST_PROTOCOL).dump((pack.knowledge, pack.intents, pack.version, pack.environments))
    languages = {}
    for code, understanding in pack.languages.items():
        written = BytesIO()
        _LanguagePickler(written, pack).dump(understanding)
        languages[code] = written.getvalue()
    return pickle.dumps((core.getvalue(), languages), pickle.HIGHEST_PROTOCOL)


def _pack(body: memoryview) -> Pack:
    core, languages = pickle.loads(body)  # noqa: S301  our own, as the module says
    knowledge, intents, version, environments = pickle.loads(core)  # noqa: S301

    def understanding(code: str) -> Understanding:
        with _no_collection():
            made: Understanding = _LanguageUnpickler(languages[code], knowledge, intents).load()
            return made

    return Pack(knowledge, intents, version, environments, Languages(tuple(languages), understanding))


class _Pickler(pickle.Pickler):
    """Writes frozen values with slots, of which a pack is made, so that each is soon made again."""

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if not is_dataclass(kind) or "__slots__" not in kind.__dict__:
            return NotImplemented
        return _made, (kind, *(getattr(value, name) for name in kind.__dict__["__slots__"]))


class _LanguagePickler(_Pickler):
    """Writes a language's understanding without what all languages share."""

    def __init__(self, file: BytesIO, pack: Pack) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._shared: dict[int, Any] = {id(fact): n for n, fact in enumerate(pack.knowledge.facts)}
        self._shared |= {id(language): code for code, language in pack.intents.languages.items()}
        self._shared[id(pack.knowledge)] = ""

    def persistent_id(self, value: Any) -> Any:
        return self._shared.get(id(value))


class _LanguageUnpickler(pickle.Unpickler):
    def __init__(self, content: bytes, knowledge: Any, intents: Any) -> None:
        super().__init__(BytesIO(content))
        self._knowledge, self._intents = knowledge, intents

    def persistent_load(self, name: Any) -> Any:
        if isinstance(name, int):
            return self._knowledge.facts[name]
        return self._intents.languages[name] if name else self._knowledge


def _made(kind: Any, *values: Any) -> Any:
    made = object.__new__(kind)
    for put, value in zip(_slots(kind), values, strict=True):
        put(made, value)
    return made


@cache
def _slots(kind: Any) -> tuple[Callable[[Any, Any], None], ...]:
    return tuple(kind.__dict__[name].__set__ for name in kind.__dict__["__slots__"])
