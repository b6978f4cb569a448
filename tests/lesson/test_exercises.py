"""Exercises: goals follow what was measured, checks follow the run, and every solution is one."""

import json
from types import SimpleNamespace

import pytest

from core.__main__ import main
from core.base.errors import StoreError
from core.base.links import read_link, request_parameters
from core.base.request import RunRequest
from core.lesson import exercise_ranges, exercises
from core.packs import pack_hash, read_manifest
from tests.conftest import tiny_manifest

REFERENCE = tiny_manifest()["reference"]
EXERCISE = {exercise.name: exercise for exercise in exercises.EXERCISES}
SPANS = {
    "start": {"score": [1.2, 1.5], "heldout": [0.0, 0.2], "realism": [0.1, 0.2], "gap": [1.0, 1.5]},
    "reference": {"score": [1.2, 1.5], "heldout": [0.8, 0.9], "realism": [0.6, 0.8], "gap": [0.1, 0.2]},
}
RANGES = {
    "format": exercises.FORMAT,
    "command": exercises.COMMAND,
    "pack": "tiny",
    "pack_hash": "hash",
    "prompts": ["a red fox in snow"],
    "seeds": [0],
    "exercises": {name: SPANS for name in EXERCISE},
}


def row(score: float = 0.5, heldout: float = 0.4, realism: float = 0.5) -> SimpleNamespace:
    return SimpleNamespace(score=score, heldout=heldout, realism=realism)


def checked(name: str, row: SimpleNamespace, **settings: object) -> list[bool]:
    """Which conditions of an exercise a run meets."""
    exercise = EXERCISE[name]
    request = RunRequest.make(
        "a red fox in snow", 0, "tiny", (exercise.painter,), **{exercise.painter: settings}
    )
    return [check.met for check in exercises.check_goals(exercise, request, row, REFERENCE, RANGES)]


def test_a_goal_lies_halfway_between_the_start_s_best_and_the_solution_s_worst():
    assert exercises.goal_bound(
        EXERCISE["least-bad"], EXERCISE["least-bad"].goals[1], REFERENCE, RANGES
    ) == pytest.approx((1.0 + 0.2) / 2)
    lower = exercises.Goal("realism", -1, exercises.HALFWAY)
    assert exercises.goal_bound(EXERCISE["break-diffusion"], lower, REFERENCE, RANGES) == pytest.approx(
        (0.1 + 0.8) / 2
    )


def test_other_goals_are_those_of_real_pictures():
    beat = EXERCISE["beat-realism"]
    assert [exercises.goal_bound(beat, goal, REFERENCE, RANGES) for goal in beat.goals] == [0.5, 0.25]


def test_the_least_bad_needs_both_judges_and_no_climbed_proxy():
    assert checked("least-bad", row(heldout=0.27)) == [True, True, True]  # a gap of 1.25 − 0.675
    assert checked("least-bad", row(heldout=0.25)) == [True, True, False]
    assert checked("least-bad", row(score=0.1, heldout=0.27)) == [True, False, True]
    assert checked("least-bad", row(heldout=0.27), also_optimise="S") == [False, True, True]


def test_diffusion_fails_when_realism_falls_and_the_judge_is_pleased():
    assert checked("break-diffusion", row(realism=0.44)) == [True, True]
    assert checked("break-diffusion", row(realism=0.46)) == [True, False]


def test_beating_realism_needs_the_proxy_climbed_and_the_judges_apart():
    won = row(score=0.6, heldout=0.0, realism=0.95)
    assert checked("beat-realism", won, also_optimise="S and K") == [True, True, True]
    assert checked("beat-realism", won) == [False, True, True]
    assert checked("beat-realism", row(score=0.4, heldout=0.4, realism=0.95), also_optimise="S") == [
        True,
        True,
        False,
    ]


def test_an_exercise_that_was_not_measured_says_what_to_do():
    with pytest.raises(StoreError, match="exercises --measure"):
        exercises.goal_bound(
            EXERCISE["least-bad"], EXERCISE["least-bad"].goals[1], REFERENCE, {"exercises": {}}
        )


def test_a_bundle_holds_settings_link_goals_and_range():
    bundle = json.loads(
        json.dumps(
            exercises.exercise_bundle(
                EXERCISE["least-bad"], REFERENCE, RANGES, "a red fox in snow", "tiny", "http://there"
            )
        )
    )
    assert RunRequest.from_dict(bundle["start"]).painters == ("pixels",)
    assert bundle["link"] == "http://there/?prompt=a+red+fox+in+snow&v=2&painters=pixels"
    judge, gap = bundle["goals"]
    assert judge == {"measure": "Judge, shared scale", "at": "least", "value": pytest.approx(0.5)}
    assert gap == {"measure": "Judge gap", "at": "most", "value": pytest.approx((1.0 + 0.2) / 2)}
    assert bundle["expected"]["reference solution"]["Realism"] == [0.6, 0.8]
    assert "cutouts" not in json.dumps(bundle["expected"])  # the solution itself is not handed out


@pytest.mark.parametrize("exercise", exercises.EXERCISES, ids=lambda one: one.name)
@pytest.mark.parametrize("side", exercise_ranges.SETTINGS_KINDS)
def test_the_settings_of_every_exercise_are_accepted(exercise, side):
    request = exercise.request(side, "a red fox in snow", "tiny")
    assert request.painters == (exercise.painter,)
    assert read_link(request_parameters(request)).ignored == ()


def test_measuring_paints_both_sides_and_writes_what_is_read(monkeypatch, tmp_path):
    def execute(request: RunRequest, pack: object, recorder: object) -> None:
        solved = any(
            request == e.request("reference", request.prompt, "fake", request.seed)
            for e in exercises.EXERCISES
        )
        heldout = 0.48 if solved else 0.04 * (1 + request.seed)
        recorder.record(None, row(heldout=heldout, realism=0.9 if solved else 0.1))

    monkeypatch.setattr(exercise_ranges, "execute", execute)
    pack = SimpleNamespace(name="fake", hash="fake-hash", manifest={"reference": REFERENCE})
    told = []
    ranges = exercise_ranges.measure_exercises(pack, ["a", "b"], range(2), tell=told.append)
    assert ranges["exercises"]["least-bad"]["start"]["gap"] == [1.05, 1.15]
    assert ranges["exercises"]["least-bad"]["reference"]["gap"] == [0.05, 0.05]
    assert len(told) == 2 * len(EXERCISE)
    named = [fault.split(":")[0] for fault in exercise_ranges.goal_faults(ranges, REFERENCE)]
    assert "least-bad" not in named and "break-diffusion" in named  # here the solution raises realism
    exercise_ranges.write_ranges(ranges, tmp_path / "ranges.json")
    assert exercises.read_ranges(tmp_path / "ranges.json") == ranges


def test_a_solution_that_misses_its_goal_is_named():
    *_, fault = exercise_ranges.goal_faults(RANGES, REFERENCE)
    assert fault == "beat-realism: the solution's Judge gap of 0.10 misses 0.25."


def test_a_start_that_reaches_its_goal_as_it_is_shown_is_named():
    near = {"start": SPANS["start"], "reference": SPANS["reference"] | {"gap": [0.1, 0.997]}}
    ranges = {**RANGES, "exercises": RANGES["exercises"] | {"least-bad": near}}
    fault, *_ = exercise_ranges.goal_faults(ranges, REFERENCE)
    assert fault.startswith("least-bad: the starting settings' Judge gap of 1.00 reaches 1.00")


def test_no_shipped_goal_is_met_by_every_run():
    """The starting settings miss what was measured with them; an unrelated picture, static or a real picture
    misses the percentiles of real pictures."""
    ranges, reference = exercises.read_ranges(), read_manifest("miniature")["reference"]
    for exercise in exercises.EXERCISES:
        for goal in exercise.goals:
            bound = round(exercises.goal_bound(exercise, goal, reference, ranges), 2)
            started = ranges["exercises"][exercise.name]["start"][goal.measure]
            missing = started if goal.bound == exercises.HALFWAY else [0.0]
            assert all(goal.sign * (round(one, 2) - bound) < 0 for one in missing), (exercise.name, goal)


def test_ranges_that_cannot_be_read_are_one_sentence(tmp_path):
    assert exercises.read_ranges(tmp_path / "none.json") is None
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(StoreError, match="Make it again with"):
        exercises.read_ranges(tmp_path / "bad.json")


def test_the_shipped_ranges_are_of_the_shipped_pack_and_every_solution_solves():
    ranges = exercises.read_ranges()
    assert ranges["pack_hash"] == pack_hash(read_manifest("miniature"))
    assert set(ranges["exercises"]) == set(EXERCISE)
    assert exercise_ranges.goal_faults(ranges, read_manifest("miniature")["reference"]) == []


def test_the_command_prints_goals_and_solutions(capsys):
    assert main(["exercises"]) == 0
    told = capsys.readouterr().out
    assert all(exercise.title in told for exercise in exercises.EXERCISES) and "also_optimise" not in told
    assert main(["exercises", "--seeds", "0"]) == 2
