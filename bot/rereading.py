"""A pack read anew beside answers: its files are read by a process of its own, so that nobody waits for that.

What that process keeps is what is loaded here. If it comes to nothing, the files are read here.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import MappingProxyType

from bot import compiled
from bot.intents.model import Phrases
from bot.pack import Pack, PackError, Problem

_ROOT = Path(__file__).parents[1]


def load(knowledge: Path, intents: Path, phrases: Phrases = MappingProxyType({}), folder: Path | None = None) -> Pack:
    """As `compiled.load` has it. Raises PackError."""
    with tempfile.TemporaryDirectory() as ours:
        folder = folder or Path(ours)
        needed = {name: list(values) for name, values in phrases.items()}
        found = _ask({"folders": list(map(str, (knowledge, intents, folder))), "phrases": needed})
        if found:
            raise PackError([Problem(*problem) for problem in found])
        return compiled.load(knowledge, intents, phrases, folder)


def _ask(job: object) -> list[tuple[str, int, str]]:
    """The problems that a process finds that reads and keeps a pack; it goes when this one does."""
    command = [sys.executable, "-P", "-m", __name__]
    try:
        with subprocess.Popen(  # noqa: S603  ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(_ROOT)}, start_new_session=True,
        ) as reader:  # fmt: skip
            atexit.register(reader.kill)
            said, _ = reader.communicate(json.dumps(job).encode())
            atexit.unregister(reader.kill)
        return json.loads(said) if reader.returncode == 0 else []
    except OSError:
        return []


def main() -> None:
    """Read and keep the pack that standard input asks for; standard output has the problems."""
    job = json.load(sys.stdin)
    knowledge, intents, folder = map(Path, job["folders"])
    problems: list[Problem] = []
    try:
        compiled.load(knowledge, intents, job["phrases"], folder)
    except PackError as error:
        problems = error.problems
    json.dump([(problem.file, problem.line, problem.message) for problem in problems], sys.stdout)


if __name__ == "__main__":
    main()
