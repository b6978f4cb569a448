"""Estimates before a run: on synthetic machines whose every second is known, and from a store."""

import random

import numpy as np
import pytest

from core.base.frame import Frame, Measurement
from core.base.request import RunRequest
from core.base.settings import PAINTERS
from core.service import estimates
from core.service.estimates import MeasuredRun, estimate
from core.storage.run_store import RunStore

# A machine unlike the one that COSTS were measured on: other ratios, and slower.
TRUE = {"pixels": (0.03, 0.02), "vqgan": (0.1, 0.05), "diffusion": (0.02, 0.06, 0.02, 0.06)}


def request(painters=tuple(PAINTERS), **settings):
    return RunRequest.make("a red fox", painters=painters, **settings)


def some_request(rng):
    counts = {p: {"steps": rng.randint(5, 120), "cutouts": rng.choice([1, 2, 4, 8, 16])} for p in PAINTERS}
    counts["diffusion"] |= {
        "mode": rng.choice(["judge", "text", "both"]),
        "guide_stop": rng.choice([0.5, 1.0]),
    }
    return request(**counts)


def truth(asked):
    """painter → seconds per step on the synthetic machine."""
    return {p: float(np.dot(estimates.parts_per_step(p, s), TRUE[p])) for p, s in asked.settings.items()}


def total(asked, outside):
    steps = sum(s.steps * truth(asked)[p] for p, s in asked.settings.items())
    return steps + outside * sum(s.steps + 1 for s in asked.settings.values())


def measured(asked, rng, noise=0.0, **more):
    seconds = {p: value * rng.uniform(1 - noise, 1 + noise) for p, value in truth(asked).items()}
    return MeasuredRun(asked, seconds, **{"overhead_per_frame": 0.02, "peak": 10**9, **more})


def test_repeats_cost_passes_and_nudges_in_proportion():
    def parts(**values: float) -> tuple[float, ...]:
        once = {"repeats": 1, "repeat_stop": 1.0}
        settings = PAINTERS["diffusion"](mode="judge", cutouts=2, **once | values)
        return estimates.parts_per_step("diffusion", settings)

    assert parts() == (1.0, 1.0, 1.0, 2.0)
    assert parts(repeats=4, repeat_stop=0.6) == pytest.approx((1.0, 2.8, 2.8, 5.6))
    assert parts(repeats=4, guide_stop=0.5) == pytest.approx((1.0, 2.5, 2.0, 4.0))
    assert parts(repeats=4, guidance_strength=0.0) == (1.0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", range(20))
def test_forty_runs_with_20_percent_noise_predict_unseen_settings_within_20_percent(seed):
    rng = random.Random(seed)
    samples = [measured(some_request(rng), rng, 0.2) for _ in range(40)]
    unseen = [some_request(rng) for _ in range(20)]
    errors = [abs(estimate(asked, samples).seconds / total(asked, 0.02) - 1) for asked in unseen]
    assert max(errors) < 0.2


@pytest.mark.parametrize("seed", range(10))
def test_one_run_predicts_its_own_settings_and_scales_with_steps(seed):
    rng = random.Random(seed)
    known = some_request(rng)
    found = estimate(known, [measured(known, rng)])
    assert found.seconds == pytest.approx(total(known, 0.02), rel=0.02)
    assert found.measured_elsewhere == ()
    longer = request(**{p: {**vars(s), "steps": 2 * s.steps} for p, s in known.settings.items()})
    assert estimate(longer, [measured(known, rng)]).seconds == pytest.approx(total(longer, 0.02), rel=0.02)


@pytest.mark.parametrize("seed", range(10))
def test_more_work_is_never_estimated_to_take_less_time(seed):
    rng = random.Random(seed)
    samples = [measured(some_request(rng), rng, 0.5) for _ in range(rng.randint(0, 12))]
    for painter in PAINTERS:
        times = [
            estimate(request((painter,), **{painter: {"cutouts": n}}), samples).seconds for n in (1, 2, 8, 32)
        ]
        assert times == sorted(times) and times[0] > 0


def test_runs_slowed_down_by_others_do_not_spoil_the_estimate():
    rng = random.Random(0)
    samples = [measured(some_request(rng), rng, 0.1) for _ in range(30)]
    for place in range(0, 30, 6):  # every sixth ran twenty times slower
        samples[place] = MeasuredRun(
            samples[place].request, {p: 20 * v for p, v in samples[place].seconds.items()}, 0.02, peak=10**9
        )
    asked = request()
    assert estimate(asked, samples).seconds == pytest.approx(total(asked, 0.02), rel=0.5)


def test_without_own_runs_the_other_machine_s_seconds_are_shown_as_such():
    asked = request()
    away = MeasuredRun(asked, truth(asked), 0.02, measured_here=False)
    found = estimate(asked, [away])
    assert found.seconds == pytest.approx(total(asked, 0.02), rel=0.01)
    assert (found.bytes, found.measured_elsewhere) == (None, tuple(PAINTERS))
    assert "another machine" in found.source() and "GB" not in found.text()


def test_a_painter_not_measured_here_is_scaled_by_those_that_are():
    asked = request()
    away = MeasuredRun(asked, truth(asked), 0.02, measured_here=False)
    mine = request(("pixels",))
    found = estimate(
        asked, [away, MeasuredRun(mine, {"pixels": 3 * truth(mine)["pixels"]}, 0.02, peak=10**9)]
    )
    assert found.measured_elsewhere == ("vqgan", "diffusion")
    assert found.seconds == pytest.approx(
        3 * (total(asked, 0.02) - total(asked, 0)) / 3 + 3 * total(asked, 0), rel=0.02
    )
    assert found.source().startswith("Partly from another machine")


def crowded(asked, slower=2.5, pace=0.4, **more):
    """A run whose painters worked at the same time: each took longer than alone, all together less."""
    return MeasuredRun(asked, {p: slower * s for p, s in truth(asked).items()}, pace=pace, **more)


@pytest.mark.parametrize("here", [True, False])
def test_painters_that_share_the_cores_are_not_added_up(here):
    asked = request()
    found = estimate(asked, [crowded(asked, measured_here=here)])
    assert found.seconds == pytest.approx(2.5 * 0.4 * total(asked, 0), rel=0.01)


def test_one_painter_is_estimated_from_runs_of_one_painter(monkeypatch):
    monkeypatch.setattr(estimates, "usable_cpus", lambda: 2)
    together, alone = request(), request(("vqgan",))
    samples = [crowded(together) for _ in range(5)]
    first = estimate(alone, samples).seconds  # nobody knows what it takes alone: less than beside two others
    assert first == pytest.approx(2.5 * 0.8 * total(alone, 0), rel=0.01)
    samples.append(MeasuredRun(alone, truth(alone), 0.02))
    assert estimate(alone, samples).seconds == pytest.approx(total(alone, 0.02), rel=0.02)
    assert estimate(together, samples).seconds == pytest.approx(total(together, 0), rel=0.01)


def test_two_painters_are_estimated_from_runs_of_three_rather_than_of_one(monkeypatch):
    monkeypatch.setattr(estimates, "usable_cpus", lambda: 2)
    alone = [request((painter,)) for painter in PAINTERS]
    samples = [MeasuredRun(asked, truth(asked), 0.02) for asked in alone] + [crowded(request())]
    both = request(("vqgan", "diffusion"))
    assert estimate(both, samples).seconds == pytest.approx(2.5 * 0.4 * total(both, 0), rel=0.01)


def test_a_painter_that_never_painted_alone_is_not_taken_to_be_as_slow_as_among_three(monkeypatch):
    monkeypatch.setattr(estimates, "usable_cpus", lambda: 2)
    pixels, vqgan = request(("pixels",)), request(("vqgan",))
    samples = [MeasuredRun(pixels, truth(pixels), 0.02), crowded(request())]
    assert estimate(vqgan, samples).seconds == pytest.approx(2.5 * 0.8 * total(vqgan, 0), rel=0.01)


def test_memory_grows_with_the_cutouts_as_it_was_measured():
    def run(cutouts, peak):
        asked = request(("pixels",), pixels={"cutouts": cutouts})
        return MeasuredRun(asked, truth(asked), 0.02, peak=peak)

    samples = [run(1, 10**9), run(9, 1_800_000_000)]
    assert estimate(request(("pixels",), pixels={"cutouts": 5}), samples).bytes == pytest.approx(1.4e9)
    assert estimate(request(("pixels",), pixels={"cutouts": 5}), samples[:1]).bytes == 10**9
    assert estimate(request(("pixels",)), [run(1, 0)]).bytes is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (8.4, "8 s"), (24.2, "25 s"), (88, "90 s"), (200, "3 min"), (7200, "2.0 h")],
)
def test_seconds_as_a_person_says_them(seconds, words):
    assert estimates.duration_text(seconds) == words


def test_samples_come_from_finished_runs_of_the_same_pack_and_the_example_is_marked(tmp_path):
    with RunStore(tmp_path / "store") as store:

        def paint(asked, pack, status):
            run = store.submit(asked, pack)
            store.queue.take_next("w")
            for painter, settings in asked.settings.items():
                for step in (0, settings.steps):
                    frame = Frame(painter, step, settings.steps, np.zeros((8, 8, 3), np.uint8))
                    store.record(run.id, frame, Measurement(0.1 * step, 0.0, 0.0, 0.0))
            store.queue.note_peak(run.id, 123)
            store.queue.set_status(run.id, status)
            return run.id

        done = paint(request(("pixels",), pixels={"steps": 10}), "mine", "done")
        paint(request(("vqgan",)), "mine", "failed")
        paint(request(("vqgan",), vqgan={"steps": 3}), "other pack", "done")
        store.export_run(done, tmp_path / "export")
        example = store.import_run(tmp_path / "export").id
        found = estimates.measured_runs(store, "mine", example)
        assert sorted((s.request.painters, s.measured_here, s.peak) for s in found) == [
            (("pixels",), False, 0),
            (("pixels",), True, 123),
        ]
        assert all(s.seconds == {"pixels": pytest.approx(0.1)} for s in found)
        assert estimates.measured_runs(store, "mine") == [s for s in found if s.measured_here]
