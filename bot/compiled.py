"""Packs kept on disk as they are in memory, so that a process need not read, check and index the files again.

A kept pack is used only where nothing that went into it has changed: the files of both folders, the code of the bot,
the packages beside it, the interpreter. It is a pickle, and reading a pickle can run any code: so it is read only from
a file and a folder that belong to the user who runs the bot and that nobody else may write to, and only when whole.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import is_dataclass, replace
from functools import cache
from io import BytesIO
from itertools import islice
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any
from zlib import crc32

from bot.intents.model import Phrases
from bot.knowledge import folders
from bot.knowledge.folders import MEGABYTE, Folder
from bot.letting_go import no_collection
from bot.pack import Languages, Pack, Understanding, pack_of

MOST_KEPT = 8
"""Packs in the folder; the oldest make way for the newest."""

_CODE = Path(__file__).parent
_SUM = 4
PIECE = 1000
"""Items of something large in one pickle."""

_BROKEN = (OSError, pickle.UnpicklingError, EOFError, ImportError, AttributeError, LookupError, TypeError, ValueError)


def load(knowledge: Path, intents: Path, phrases: Phrases = MappingProxyType({}), folder: Path | None = None) -> Pack:
    """The pack of two folders, as `load_pack` reads it: out of `folder` if it was kept there, else kept there now.

    Whatever is wrong with that folder, the pack is read. Raises PackError.
    """
    with no_collection():
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


def _fingerprint(knowledge: Folder, intents: Folder, phrases: Phrases) -> str:
    """What changes whenever anything changes that a pack is made of, the places that problems name included."""
    digest = hashlib.sha256()
    needed = sorted((name, *sorted(values)) for name, values in phrases.items())
    installed = sorted(name for path in sys.path for name in _distributions(path))
    digest.update(repr((sys.version, folders.here(), needed, installed)).encode())
    digest.update(_code(_CODE))
    for folder in (knowledge, intents):
        _add(digest, folder)
    return digest.hexdigest()


@cache
def _code(path: Path) -> bytes:
    """A digest of the bot's own files as they are when it is first asked for: what a process runs stays as it began."""
    digest = hashlib.sha256()
    files = sorted(file for file in path.rglob("*") if file.suffix in (".py", ".yaml") and file.is_file())
    _add(digest, Folder(path, {file: file.read_bytes() for file in files}))
    return digest.digest()


def _add(digest: hashlib._Hash, folder: Folder) -> None:
    digest.update(f"\0{folder.path}\0".encode())
    for path, content in folder.files.items():
        digest.update(f"{path.relative_to(folder.path)}\0{len(content)}\0".encode())
        digest.update(content)


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
            if not _is_ours(os.fstat(opened.fileno())) or opened.read(_SUM) != _sum(opened):
                return None
            opened.seek(_SUM)
            return _pack(opened)
    except _BROKEN:
        return None


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _sum(body: IO[bytes]) -> bytes:
    """The checksum of what is left of a file."""
    found = 0
    while part := body.read(MEGABYTE):
        found = crc32(part, found)
    return found.to_bytes(_SUM)


def _keep(pack: Pack, file: Path) -> None:
    """Write a pack to a file that is there whole or not at all. Raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".new", delete=False) as written:
        try:
            written.write(bytes(_SUM))
            _write(pack, written)
            written.seek(_SUM)
            found = _sum(written)
            written.seek(0)
            written.write(found)
            written.close()
            Path(written.name).replace(file)
        except OSError:
            Path(written.name).unlink(missing_ok=True)
            raise
    there = (*file.parent.glob("*.pack"), *file.parent.glob("*.new"))  # which a process left that was killed
    kept = sorted(there, key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[MOST_KEPT:]:
        old.unlink(missing_ok=True)


def _write(pack: Pack, file: IO[bytes]) -> None:
    """What all languages share, but for the indexes of facts, which are made as soon as they would be read; then each
    language, to be made only when somebody speaks it.
    """
    pack.compile()
    knowledge, intents = pack.knowledge, pack.intents
    shared = _Writer(file, {})
    shared.write(knowledge.facts)
    facts: dict[int, Name] = {id(fact): n for n, fact in enumerate(knowledge.facts)}
    shared.known |= facts
    shared.write((replace(knowledge), intents, pack.version, pack.environments))
    known = facts | {id(knowledge): ""} | {id(language): code for code, language in intents.languages.items()}
    languages = {}
    for code, understanding in pack.languages.items():
        written = BytesIO()
        _Writer(written, known).write(understanding)
        languages[code] = written.getvalue()
    pickle.dump(languages, file, pickle.HIGHEST_PROTOCOL)


def _pack(file: IO[bytes]) -> Pack:
    shared = _Reader(file)
    facts = shared.facts = shared.read()
    knowledge, intents, version, environments = shared.read()
    knowledge.index()
    languages = pickle.load(file)  # noqa: S301  our own, as the module says
    codes = tuple(languages)

    def understanding(code: str) -> Understanding:
        with no_collection():
            reader = _Reader(BytesIO(languages.pop(code)), facts, {"": knowledge, **intents.languages})
            made: Understanding = reader.read()
            return made

    return Pack(knowledge, intents, version, environments, Languages(codes, understanding))


Name = int | str | tuple[type, int]
"""What stands for a value that is there already: the number of a fact, a language, the kind and place of something
large."""

_GROWING: Mapping[type, type] = {dict: dict, list: list, tuple: list, set: set, frozenset: set}
"""Each kind of value that may be large, and what its pieces are put together as."""


class _Writer:
    """Writes values as pickles, one after the other. What is large comes in pieces, before the value that holds it:
    while a pickle is read nobody else gets a turn, so that none may be long.
    """

    def __init__(self, file: IO[bytes], known: Mapping[int, Name]) -> None:
        self.known = dict(known)
        self._file = file
        self._large: list[Any] = []

    def write(self, value: Any) -> None:
        self._write(None, value)

    def in_pieces(self, value: Any) -> Name:
        """What stands for a large value, which is written now."""
        kind, place = type(value), len(self._large)
        self.known[id(value)] = kind, place
        self._large.append(value)  # lives as long as its id stands for it
        items, grown = iter(value.items() if isinstance(value, dict) else value), _GROWING[kind]
        while piece := grown(islice(items, PIECE)):
            self._write(place, piece)
        return kind, place

    def _write(self, place: int | None, value: Any) -> None:
        body = BytesIO()
        _Pickler(body, self).dump((place, value))
        self._file.write(body.getbuffer())


class _Pickler(pickle.Pickler):
    """Writes frozen values with slots, of which a pack is made, so that each is soon made again."""

    def __init__(self, file: IO[bytes], writer: _Writer) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._writer = writer

    def persistent_id(self, value: Any) -> Name | None:
        found = self._writer.known.get(id(value))
        if found is None and type(value) in _GROWING and len(value) > PIECE:
            return self._writer.in_pieces(value)
        return found

    def reducer_override(self, value: Any) -> Any:
        kind: Any = type(value)
        parts = _parts(kind)
        return (_made, parts(value)) if parts else NotImplemented


class _Reader:
    """Reads values as `_Writer` has written them."""

    def __init__(
        self, file: IO[bytes], facts: Sequence[Any] = (), shared: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        self.facts = facts
        self._file, self._shared = file, shared
        self._large: dict[int, Any] = {}

    def read(self) -> Any:
        """The next value."""
        while True:
            place, value = _Unpickler(self._file, self).load()
            if place is None:
                return value
            grown = self._large.setdefault(place, value)
            if grown is not value:
                (grown.extend if isinstance(grown, list) else grown.update)(value)

    def named(self, name: Name) -> Any:
        """What a name stands for."""
        if isinstance(name, int):
            return self.facts[name]
        if isinstance(name, str):
            return self._shared[name]
        kind, place = name
        if type(self._large[place]) is not kind:
            self._large[place] = kind(self._large[place])
        return self._large[place]


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: IO[bytes], reader: _Reader) -> None:
        super().__init__(file)
        self._reader = reader

    def persistent_load(self, name: Any) -> Any:
        return self._reader.named(name)


@cache
def _parts(kind: Any) -> Callable[[Any], tuple[Any, ...]] | None:
    """What gives the kind of a value and what its slots hold, if it is a dataclass that has some."""
    slots = kind.__dict__.get("__slots__") if is_dataclass(kind) else None
    return attrgetter("__class__", *slots) if slots else None


def _made(kind: Any, *values: Any) -> Any:
    made = object.__new__(kind)
    for put, value in zip(_slots(kind), values, strict=True):
        put(made, value)
    return made


@cache
def _slots(kind: Any) -> tuple[Callable[[Any, Any], None], ...]:
    return tuple(kind.__dict__[name].__set__ for name in kind.__dict__["__slots__"])
