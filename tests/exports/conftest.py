"""Runs to be exported: whole, stopped half-way, and one that is still being painted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.exports import source
from core.exports.source import ExportedRun
from core.storage.records import Run
from core.storage.run_store import RunStore
from tests.support.exporting import painted
from tests.support.serving import example_request, invented_steps


@pytest.fixture(scope="session")
def run(tiny_pack, tmp_path_factory) -> Path:
    """A finished run's folder."""
    return painted(tmp_path_factory.mktemp("exports") / "run", tiny_pack.folder)


@pytest.fixture(scope="session")
def whole(run: Path) -> ExportedRun:
    """The finished run."""
    return source.run_in_folder(run)


@pytest.fixture(scope="session")
def half(tiny_pack, tmp_path_factory) -> ExportedRun:
    """A run that was stopped half-way."""
    folder = tmp_path_factory.mktemp("exports") / "half"
    return source.run_in_folder(painted(folder, tiny_pack.folder, 0.5, "stopped"))


@pytest.fixture
def stored(tiny_pack, tmp_path: Path) -> Iterator[tuple[RunStore, Run]]:
    """(store, run) with a run that is being painted, half-way."""
    with RunStore(tmp_path / "store") as store:
        run = store.submit(example_request(tiny_pack.folder), "ab" * 32)
        store.queue.set_status(run.id, "running")
        for frame, measurement in invented_steps(run.request):
            if frame.step <= 0.5 * frame.total:
                store.record(run.id, frame, measurement)
        yield store, store.get(run.id)
