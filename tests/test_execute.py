"""execute(): order, measurement, stopping, runaway figures; and the folder it is recorded in."""

import math
import threading

import pytest

import core.execute
import core.painters.running
from core.base import machine
from core.base.errors import PainterError
from core.base.request import RunRequest
from core.base.settings import DiffusionSettings
from core.execute import execute
from core.packs import open_pack_limited
from tests.support.fake_pack import FakeJudge, FakePack, FakePainter, painters
from tests.support.waiting import in_time


class Kept:
    """Recorder that keeps what it gets."""

    def __init__(self):
        self.frames, self.measurements = [], []

    def record(self, frame, measurement):
        self.frames.append(frame)
        self.measurements.append(measurement)


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    use(monkeypatch)


def use(monkeypatch, **others):
    classes = painters(**others)
    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes)


def request(**settings):
    settings = settings or {"pixels": {"steps": 8}, "vqgan": {"steps": 4}, "diffusion": {"steps": 2}}
    return RunRequest.make("a red fox", painters=tuple(settings), **settings)


def test_every_frame_of_every_painter_is_recorded_and_the_one_least_far_goes_first():
    kept = Kept()
    assert execute(request(), FakePack(), kept) == "done"
    steps = {p: [f.step for f in kept.frames if f.painter == p] for p in ("pixels", "vqgan", "diffusion")}
    assert steps == {"pixels": list(range(9)), "vqgan": list(range(5)), "diffusion": [0, 1, 2]}
    assert [f.painter for f in kept.frames[:3]] == [
        "pixels",
        "vqgan",
        "diffusion",
    ]  # every start is shown first
    latest = {}
    for frame in kept.frames[3:]:
        assert all(latest.get(frame.painter, 0) <= other for other in latest.values())
        latest[frame.painter] = frame.step / frame.total
        latest = {p: latest.get(p, 0) for p in steps}


def test_measurements_belong_to_their_frame():
    kept = Kept()
    execute(request(pixels={"steps": 4}), FakePack(), kept)
    for frame, m in zip(kept.frames, kept.measurements, strict=True):
        assert m.score == m.heldout == frame.image.mean() / 255
        assert m.realism == pytest.approx(1 - m.score)
        assert m.components == {
            "statistics": m.realism, "manifold": 1.0, "p_value": 0.5, "too_typical": 0.0, "colour": m.realism
        }  # fmt: skip


def test_the_heldout_judge_scores_against_its_own_target():
    class Other(FakeJudge):
        def encode(self, prompt):
            return f"heldout {prompt}"

        def score(self, image, target):
            return {"heldout a red fox": 0.25}[target]

    pack, kept = FakePack(), Kept()
    pack.heldout = Other()
    execute(request(pixels={"steps": 2}), pack, kept)
    assert {m.heldout for m in kept.measurements} == {0.25}


def test_seconds_are_the_painters_own_and_leave_measurement_out(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(core.painters.running.time, "perf_counter", lambda: clock[0])

    class Slow(FakePainter):
        name = "pixels"

        def frames(self):
            for frame in super().frames():
                clock[0] += 1.0
                yield frame

    class SlowJudge(FakeJudge):
        def score(self, image, target):
            clock[0] += 100.0
            return 0.5

    use(monkeypatch, pixels=Slow)
    pack, kept = FakePack(), Kept()
    pack.judge = SlowJudge()
    execute(request(pixels={"steps": 3}, vqgan={"steps": 3}), pack, kept)
    assert [
        m.seconds for f, m in zip(kept.frames, kept.measurements, strict=True) if f.painter == "pixels"
    ] == [1, 2, 3, 4]
    assert {
        m.seconds for f, m in zip(kept.frames, kept.measurements, strict=True) if f.painter == "vqgan"
    } == {0}


def test_stopping_between_steps_keeps_what_was_recorded():
    kept = Kept()
    assert execute(request(), FakePack(), kept, lambda: len(kept.frames) >= 5) == "stopped"
    assert len(kept.frames) == 5


@pytest.mark.parametrize("extras", [False, True])
def test_extras_only_on_request(extras):
    kept = Kept()
    execute(request(pixels={"steps": 1}), FakePack(), kept, extras=extras)
    assert [bool(f.extras) for f in kept.frames] == [extras, extras]


@pytest.mark.parametrize(
    "painter, words",
    [
        ("pixels", "learning rate (now 0.05)"),
        ("diffusion", f"judge guidance strength (now {DiffusionSettings().guidance_strength})"),
    ],
)
@pytest.mark.parametrize("figure", ["judge", "heldout", "realism"])
def test_a_figure_that_is_not_finite_names_painter_step_and_knob(painter, words, figure):
    pack, kept, calls = FakePack(), Kept(), []
    original = getattr(pack, figure).score

    def score(image, *target):
        calls.append(image)
        reading = original(image, *target)
        if len(calls) < 3:
            return reading
        if figure == "realism":
            reading.realism = math.inf
            return reading
        return math.nan

    getattr(pack, figure).score = score
    with pytest.raises(PainterError) as caught:
        execute(request(**{painter: {"steps": 9}}), pack, kept)
    assert "at step 2 of 9" in str(caught.value) and words in str(caught.value)
    assert [f.step for f in kept.frames] == [0, 1]


def test_a_picture_that_becomes_nan_is_named_not_shown_black(monkeypatch):
    class Overflowing(FakePainter):
        name = "vqgan"

        def frames(self):
            frames = super().frames()
            yield next(frames)
            raise FloatingPointError

    use(monkeypatch, vqgan=Overflowing)
    with pytest.raises(
        PainterError, match=r"VQGAN\+CLIP: the picture became NaN.* at step 1 of 6.*learning rate"
    ):
        execute(request(vqgan={"steps": 6}), FakePack(), Kept())


def test_an_absurd_learning_rate_of_a_real_painter_is_named(monkeypatch, tiny_pack):
    """NaN inside the real pixel painter reaches the message: no black picture with a finite score."""
    import torch

    from core.painters.classes import PAINTER_CLASSES

    monkeypatch.setattr(core.execute, "painter_classes", lambda: PAINTER_CLASSES)
    grad = torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", lambda *a, **k: tuple(g * math.nan for g in grad(*a, **k)))
    kept = Kept()
    with pytest.raises(PainterError, match="Pixel ascent: the picture became NaN.* at step 1 of 3"):
        execute(request(pixels={"steps": 3}), tiny_pack, kept)
    assert [f.step for f in kept.frames] == [0]


def test_painters_side_by_side_paint_what_they_paint_one_after_the_other(monkeypatch, tiny_pack):
    from core.painters.classes import PAINTER_CLASSES

    monkeypatch.setattr(core.execute, "painter_classes", lambda: PAINTER_CLASSES)
    runs = {}
    for side_by_side in (False, True):
        monkeypatch.setattr(tiny_pack, "side_by_side", side_by_side)
        kept = runs[side_by_side] = Kept()
        execute(request(), tiny_pack, kept)
    for apart, together in zip(runs[False].frames, runs[True].frames, strict=True):
        assert (apart.painter, apart.step) == (together.painter, together.step)
        assert apart.image.tobytes() == together.image.tobytes()
    assert [m.score for m in runs[False].measurements] == [m.score for m in runs[True].measurements]


@pytest.mark.parametrize("side_by_side", [False, True])
@pytest.mark.parametrize("steps", [1, 14, 15, 30, 31, 45, 50, 60, 61, 62, 63, 90, 100])
def test_a_run_ends_however_many_frames_are_left_for_its_last_measurement(
    monkeypatch, steps, side_by_side
):
    """Frames are measured in groups of up to four, and the last group may be smaller."""
    for name, value in (("side_by_side", side_by_side), ("small_networks", True)):
        monkeypatch.setattr(FakePack, name, value)
    kept = Kept()
    asked = request(pixels={"steps": steps}, vqgan={"steps": steps})
    assert in_time(lambda: execute(asked, FakePack(), kept)) == "done"
    for painter in asked.painters:
        assert [f.step for f in kept.frames if f.painter == painter] == list(range(steps + 1))


@pytest.mark.parametrize(("cores", "side_by_side"), [(1, False), (2, True), (8, True)])
def test_a_small_pack_computes_with_one_thread_on_any_number_of_cores(
    cores, side_by_side, tiny_pack, monkeypatch
):
    """So it paints the same bytes on all of them; see the test before."""
    for name in ("usable_cores", "usable_cpus"):
        monkeypatch.setattr(machine, name, lambda: cores)
    monkeypatch.delenv("CTJP_THREADS", raising=False)
    import torch

    with machine.torch_threads():
        opened = open_pack_limited(tiny_pack.folder)
        assert (torch.get_num_threads(), opened.side_by_side) == (1, side_by_side)


def test_stopping_ends_painters_that_are_side_by_side(monkeypatch):
    monkeypatch.setattr(FakePack, "side_by_side", True)
    before, kept = threading.active_count(), Kept()
    assert execute(request(), FakePack(), kept, should_stop=lambda: len(kept.frames) == 3) == "stopped"
    assert threading.active_count() == before
