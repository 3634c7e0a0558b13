"""SECURITY.md promises only what a test shows."""

from __future__ import annotations

import ast
import re

import pytest

from bot.settings import ROOT

PROMISES, _, _ = (ROOT / "SECURITY.md").read_text("utf-8").partition("## What is not promised")
SHOWN_BY = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PROMISES)


@pytest.mark.parametrize(("path", "name"), SHOWN_BY)
def test_a_promise_has_its_test(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_promise_names_a_test() -> None:
    promises = [part for part in PROMISES.split("\n\n") if part.startswith("**")]
    assert len(promises) > 5
    assert [part for part in promises if "`tests/" not in part] == []
