"""A PostgreSQL that replicas share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import postgresql


@pytest.fixture(scope="package")
def server() -> Iterator[str]:
    """Its address."""
    with postgresql() as address:
        yield address
