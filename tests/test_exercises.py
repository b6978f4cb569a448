"""Exercises: goals follow what was measured, checks follow the run, and every solution is one."""

import json
from types import SimpleNamespace

import pytest

from core.__main__ import main
from core.errors import StoreError
from core.lesson import exercises, measure
from core.links import of, read
from core.packs import pack_hash, read_manifest
from core.settings import RunRequest
from tests.conftest import tiny_manifest

REFERENCE = tiny_manifest()["reference"]
EXERCISE = {exercise.name: exercise for exercise in exercises.EXERCISES}
SPANS = {
    "start": {"score": [0.5, 0.6], "heldout": [0.0, 0.2], "realism": [0.1, 0.2], "gap": [0.1, 0.2]},
    "reference": {"score": [0.5, 0.6], "heldout": [0.8, 0.9], "realism": [0.6, 0.8], "gap": [0.1, 0.2]},
}
RANGES = {
    "format": 1,
    "command": exercises.COMMAND,
    "pack": "tiny",
    "pack_hash": "hash",
    "prompts": ["a red fox in snow"],
    "seeds": [0],
    "exercises": {name: SPANS for name in EXERCISE},
}


def row(score=0.5, heldout=0.4, realism=0.5):
    return SimpleNamespace(score=score, heldout=heldout, realism=realism)


def checked(name, row, **settings):
    exercise = EXERCISE[name]
    request = RunRequest.make("a red fox in snow", 0, "tiny", (exercise.painter,), **{exercise.painter: settings})
    return [check.met for check in exercises.check(exercise, request, row, REFERENCE, RANGES)]


def test_a_goal_lies_halfway_between_the_start_s_best_and_the_solution_s_worst():
    assert exercises.bound(EXERCISE["least-bad"], EXERCISE["least-bad"].goals[1], REFERENCE, RANGES) == pytest.approx((0.2 + 0.6) / 2)
    lower = exercises.Goal("realism", -1, exercises.HALFWAY)
    assert exercises.bound(EXERCISE["break-diffusion"], lower, REFERENCE, RANGES) == pytest.approx((0.1 + 0.8) / 2)


def test_other_goals_are_those_of_real_photographs():
    beat = EXERCISE["beat-realism"]
    assert [exercises.bound(beat, goal, REFERENCE, RANGES) for goal in beat.goals] == [0.5, 0.25]


def test_the_least_bad_needs_judge_realism_and_no_climbed_proxy():
    assert checked("least-bad", row(realism=0.41)) == [True, True, True]
    assert checked("least-bad", row(realism=0.39)) == [True, True, False]
    assert checked("least-bad", row(score=0.1, realism=0.41)) == [True, False, True]
    assert checked("least-bad", row(realism=0.41), also_optimise="S") == [False, True, True]


def test_diffusion_fails_when_realism_falls_and_the_judge_is_pleased():
    assert checked("break-diffusion", row(realism=0.44)) == [True, True]
    assert checked("break-diffusion", row(realism=0.46)) == [True, False]


def test_beating_realism_needs_the_proxy_climbed_and_the_judges_apart():
    won = row(score=0.6, heldout=0.0, realism=0.95)
    assert checked("beat-realism", won, also_optimise="S and K") == [True, True, True]
    assert checked("beat-realism", won) == [False, True, True]
    assert checked("beat-realism", row(score=0.4, heldout=0.4, realism=0.95), also_optimise="S") == [True, True, False]


def test_an_exercise_that_was_not_measured_says_what_to_do():
    with pytest.raises(StoreError, match="exercises --measure"):
        exercises.bound(EXERCISE["least-bad"], EXERCISE["least-bad"].goals[1], REFERENCE, {"exercises": {}})


def test_a_bundle_holds_settings_link_goals_and_range():
    bundle = json.loads(json.dumps(exercises.bundle(EXERCISE["least-bad"], REFERENCE, RANGES, "a red fox in snow", "tiny", "http://there")))
    assert RunRequest.from_dict(bundle["start"]).painters == ("pixels",)
    assert bundle["link"] == "http://there/?prompt=a+red+fox+in+snow&painters=pixels"
    assert bundle["goals"][1] == {"measure": "Realism", "at": "least", "value": pytest.approx((0.2 + 0.6) / 2)}
    assert bundle["expected"]["reference solution"]["Realism"] == [0.6, 0.8]
    assert "cutouts" not in json.dumps(bundle["expected"])  # the solution itself is not handed out


@pytest.mark.parametrize("exercise", exercises.EXERCISES, ids=lambda one: one.name)
@pytest.mark.parametrize("side", measure.SIDES)
def test_the_settings_of_every_exercise_are_accepted(exercise, side):
    request = exercise.request(side, "a red fox in snow", "tiny")
    assert request.painters == (exercise.painter,)
    assert read(of(request)).junk == ()


def test_measuring_paints_both_sides_and_writes_what_is_read(monkeypatch, tmp_path):
    def execute(request, pack, recorder):
        solved = any(request == e.request("reference", request.prompt, "fake", request.seed) for e in exercises.EXERCISES)
        recorder.record(None, row(realism=0.9 if solved else 0.1 * (1 + request.seed)))

    monkeypatch.setattr(measure, "execute", execute)
    pack = SimpleNamespace(name="fake", hash="fake-hash", manifest={"reference": REFERENCE})
    told = []
    ranges = measure.measure(pack, ["a", "b"], range(2), tell=told.append)
    assert ranges["exercises"]["least-bad"]["start"]["realism"] == [0.1, 0.2]
    assert ranges["exercises"]["least-bad"]["reference"]["realism"] == [0.9, 0.9]
    assert len(told) == 2 * len(EXERCISE)
    named = [fault.split(":")[0] for fault in measure.faults(ranges, REFERENCE)]
    assert "least-bad" not in named and "break-diffusion" in named  # here the solution raises realism
    measure.write(ranges, tmp_path / "ranges.json")
    assert exercises.read_ranges(tmp_path / "ranges.json") == ranges


def test_a_solution_that_misses_its_goal_is_named():
    assert measure.faults(RANGES, REFERENCE)[-1] == "beat-realism: the solution's Judge gap of 0.10 misses 0.25."


def test_ranges_that_cannot_be_read_are_one_sentence(tmp_path):
    assert exercises.read_ranges(tmp_path / "none.json") is None
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(StoreError, match="Make it again with"):
        exercises.read_ranges(tmp_path / "bad.json")


def test_the_shipped_ranges_are_of_the_shipped_pack_and_every_solution_solves():
    ranges = exercises.read_ranges()
    assert ranges["pack_hash"] == pack_hash(read_manifest("miniature"))
    assert set(ranges["exercises"]) == set(EXERCISE)
    assert measure.faults(ranges, read_manifest("miniature")["reference"]) == []


def test_the_command_prints_goals_and_solutions(capsys):
    assert main(["exercises"]) == 0
    told = capsys.readouterr().out
    assert all(exercise.title in told for exercise in exercises.EXERCISES) and "also_optimise" not in told
    assert main(["exercises", "--seeds", "0"]) == 2
