"""A store for tests of the service."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.storage.run_store import RunStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    """An empty store in a folder of its own."""
    with RunStore(tmp_path / "store") as opened:
        yield opened
