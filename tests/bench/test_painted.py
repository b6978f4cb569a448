"""Figures of what was painted: right where the truth is known."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("numba")

from core.bench import painted, referee  # noqa: E402
from core.bench.frechet import frechet_distance  # noqa: E402
from core.measures.intervals import interval  # noqa: E402

REAL = {"heldout": {"mismatched": 0.1, "matched": 0.5}}


def test_the_frechet_distance_of_two_gaussians_is_the_one_of_the_formula():
    rng = np.random.default_rng(0)
    one = rng.normal(size=(50_000, 3))
    other = 2 * rng.normal(size=(50_000, 3)) + 1
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(one, other) == pytest.approx(3 + 3 * (2 - 1) ** 2, abs=0.1)


def test_an_interval_resamples_prompts_and_not_their_runs():
    alike = np.repeat(np.arange(12.0)[:, None], 50, axis=1)  # 50 equal runs of a prompt say no more than one
    low, high = interval(alike, np.mean)
    assert low < 4.2 and high > 6.8
    assert interval(alike, np.mean) == interval(alike[:, :1], np.mean)


def test_the_referees_names_are_counted_for_each_prompt_and_run(monkeypatch):
    facts = {"colour": "red", "ground": "snow", "time": "day", "relation": ""}
    of_two = SimpleNamespace(subject="house", **{**facts, "relation": "on"})  # does not count
    scenes = [SimpleNamespace(subject=name, **facts) for name in ("fox", "car")] + [of_two]
    pictures = np.arange(3, dtype=np.uint8)[:, None, None, None] % 2 * np.ones((3, 4, 4, 3), np.uint8)

    def named(shown):
        words = {0: "fox", 1: "car", 2: "house"}
        return [{"subject": words[int(picture[0, 0, 0])], **facts} for picture in shown]

    def setup(*subjects):
        shown = np.array(subjects, np.uint8)[:, :, None, None, None] * np.ones((3, 2, 4, 4, 3), np.uint8)
        return {"picture": shown, "heldout": np.full((3, 2), 0.5)}

    runs = {name: setup((0, 0), (1, 2), (0, 0)) for name in painted.NAMES}
    runs["both"] = setup((0, 2), (2, 2), (0, 0))
    test = SimpleNamespace(
        seeds=2,
        pictures=pictures,
        scenes=scenes,
        drawn=scenes,
        runs=runs,
        pack=SimpleNamespace(manifest={"reference": REAL}),
        tell=lambda text: None,
    )
    monkeypatch.setattr(referee, "named", named)
    found = {row.name: row for row in painted.named_subjects(test)}
    assert found["referee: subject of real pictures right"].figure == 1
    assert found["text alone: subject right by the referee, relative to real pictures"].figure == 0.75
    assert found["text and judge: subjects lost against text alone"].figure == 0.5
    assert not found["text and judge: subjects lost against text alone"].ok
    fooled = found["judge alone: subject right by the referee"]
    assert fooled.ok is None and "fool the referee" in fooled.note
    assert found["judge alone: held-out score on the shared scale, median"].figure == 1
