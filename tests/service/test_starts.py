"""Pictures to start from, looked up for whoever asks for a run."""

import numpy as np
import pytest

from core.base.errors import SettingError
from core.base.request import RunRequest
from core.base.start import Start, picture_hash
from core.base.sweep_plan import SweepAxis, SweepPlan
from core.base.sweep_presets import REAL_PICTURE, SWEEP_PRESETS
from core.execute import start_picture
from core.packs import read_manifest
from core.service import starts
from core.service.starts import StartResolver
from core.storage.start_pictures import StartPictures
from core.world.grammar import Scene
from core.world.reading import scene_of
from tests.conftest import smooth_picture
from tests.support.serving import example_request, invented_steps

PICTURE = smooth_picture(np.random.default_rng(1), 128)


def asked(start: str, pack: str = "miniature") -> RunRequest:
    return RunRequest.make("a red fox", pack=pack, painters=("pixels",), pixels={"start": start})


@pytest.fixture
def rendered(monkeypatch) -> None:
    """The renderer, which is slow, draws PICTURE."""
    monkeypatch.setattr(starts, "rendering", lambda caption, seed, manifest: PICTURE)


def test_a_rendering_gets_its_hash_and_is_kept(runs, rendered):
    found = StartResolver.of_store(runs).request(asked(REAL_PICTURE))
    start = found.settings["pixels"].start
    assert start == f"{REAL_PICTURE}#{picture_hash(PICTURE)}"
    picture = start_picture(found.settings["pixels"], StartPictures(runs.folder).picture)
    assert np.array_equal(picture, PICTURE)
    assert StartResolver.of_store(runs).request(found) == found


def test_a_preset_of_a_sweep_is_still_recognised_once_its_pictures_are_known(runs, rendered):
    (preset,) = [preset for preset in SWEEP_PRESETS if preset.needs_world]
    assert preset is SWEEP_PRESETS[0]
    plan = StartResolver.of_store(runs).plan(preset.plan("a red fox in snow", 0, "miniature", {}))
    assert picture_hash(PICTURE) in plan.x.values[0] and plan.x.values[1] == "noise"
    assert preset.matches(plan) and SweepPlan.from_text(plan.canonical()) == plan
    other = SweepPlan.make("a red fox", "pixels", SweepAxis("start", ("noise", "grey")))
    assert not preset.matches(StartResolver.of_store(runs).plan(other))


def test_the_last_frame_of_a_run_is_kept_at_the_pack_s_size(runs, tiny_pack):
    run = runs.submit(example_request(tiny_pack.folder), "hash")
    for frame, measurement in invented_steps(run.request):
        runs.record(run.id, frame, measurement)
    resolver = StartResolver.of_store(runs)
    found = resolver.request(asked(f"frame:{run.id}/vqgan", str(tiny_pack.folder)))
    start = Start.read(found.settings["pixels"].start)
    kept = resolver.pictures.picture(start.digest)
    assert kept.shape == (tiny_pack.size, tiny_pack.size, 3)
    assert np.array_equal(kept, starts.fitted(starts.last_frame(runs, run.id, "vqgan"), tiny_pack.size))
    # The run may go: its last frame is kept under its hash.
    assert StartResolver(resolver.pictures, lambda *_: None).request(found) == found


@pytest.mark.parametrize("start", [f"picture:{'ab' * 32}", f"frame:{'a' * 26}/pixels"])
def test_a_picture_that_is_not_here_is_said_in_one_sentence(runs, start):
    with pytest.raises(SettingError, match="not stored here"):
        StartResolver.of_store(runs).request(asked(start))


def test_renderings_are_for_packs_of_the_miniature_world(tiny_pack):
    with pytest.raises(SettingError, match="Only packs of the miniature world"):
        starts.rendering("a blue car on sand", 1, tiny_pack.manifest)
    with pytest.raises(SettingError, match="no scene “a zebra in snow”"):
        starts.rendering("a zebra in snow", 1, read_manifest("miniature"))


def test_a_start_that_was_not_looked_up_is_not_painted():
    with pytest.raises(SettingError, match="has not been looked up"):
        start_picture(asked(REAL_PICTURE).settings["pixels"], lambda digest: PICTURE)
    assert start_picture(asked("grey").settings["pixels"], None) is None


@pytest.mark.parametrize(
    "text, scene",
    [
        ("a yellow duck on the lake at sunset", Scene("duck", "yellow", "water", "sunset")),
        ("A teddy bear, crimson, in the snow", Scene("bear", "red", "snow", "day")),
        ("at night a blue house on grass in fog", Scene("house", "blue", "grass", "night", "fog")),
        ("a red fox next to a blue house in snow", None),
        ("a red fox", None),
        ("a red dog in snow", None),
    ],
)
def test_captions_are_read_back(text, scene):
    assert scene_of(text) == scene
