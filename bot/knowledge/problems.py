"""Mistakes in a pack's files, each with its place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A mistake in a file: where, what is wrong, and what would be right."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


MOST_PROBLEMS = 1000


class PackError(Exception):
    """A pack that cannot be used; `problems` holds every mistake found, in order, the first 1000 of more."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))[:MOST_PROBLEMS]
        super().__init__("\n".join(map(str, self.problems)))
