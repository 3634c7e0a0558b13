"""An audit that could not look a package up never says that it is clean."""

from __future__ import annotations

import json

import pytest

from tests.vulnerabilities import verdict

CLEAN = {"name": "yarl", "version": "1.25.1", "vulns": []}
SKIPPED = {"name": "babel", "skip_reason": "Dependency not found on PyPI and could not be audited: babel (2.18)"}
BAD = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}


@pytest.mark.parametrize(
    ("packages", "said", "status"),
    [
        ([CLEAN], "1 packages, no known vulnerability", 0),
        ([CLEAN, SKIPPED], "not audited: 1 of 2 packages cannot be looked up from here", 2),
        ([CLEAN, SKIPPED, BAD], "jinja2 2.0: PYSEC-1, fixed in 2.1", 1),
        ([], "not audited: 0 of 0 packages cannot be looked up from here", 2),
    ],
)
def test_a_report_is_told_honestly(packages: list[object], said: str, status: int) -> None:
    assert verdict(json.dumps({"dependencies": packages})) == (said, status)


def test_no_report_is_no_audit() -> None:
    assert verdict("")[1] == 2
