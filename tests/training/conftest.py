"""Small networks and striped pictures for the trainers' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.training import autoencoder, denoiser, eyes, finish, judges, robust
from tests.support.training_data import small, striped, trained

SETS = ("judge", "heldout", "painters", "robust", "eyes", "referee", "test")


@pytest.fixture(scope="module")
def small_models() -> Iterator[None]:
    """The real trainers on small networks: the shipped sizes take hours."""
    with pytest.MonkeyPatch.context() as patch:
        small(patch)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a striped set for every network."""
    folder = tmp_path_factory.mktemp("world")
    for name in SETS:
        striped(folder, name)
    return folder


@pytest.fixture(scope="module")
def before(data: Path, small_models: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which judge and autoencoder are there for the stages that build on them."""
    work = tmp_path_factory.mktemp("before")
    for stage in ("judge", "vqgan"):
        trained(stage, data, work, 2)
    return work


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold what looks at the total: the rate, and when the realism network leaves the crops."""
    monkeypatch.setattr(eyes, "CROPS", 0.6)  # two of two steps, or three of four: the same first two
    for module in (judges, autoencoder, finish, denoiser, robust, eyes):
        monkeypatch.setattr(module, "schedule", lambda step, progress, **_: 1.0)
