"""A painting that two runs want while it is painted: shared, cancelled by one, left by a dead process."""

import numpy as np
import pytest

from core.base.frame import Frame, Measurement
from core.storage.run_store import RunStore
from tests.support.sharing import (
    MINE,
    STRONGER,
    WHOLE,
    YOURS,
    ask,
    paint_next,
    painters_of,
    request,
    status,
    steps,
)


def test_two_runs_share_what_is_being_painted(runs, loop, painted):
    frames, at = painted
    seen = {}

    def other_person():
        seen["id"] = ask(runs, request("pixels", "diffusion", **STRONGER), YOURS)
        seen["rows"] = len(runs.rows(seen["id"]))
        seen["only"] = ask(runs, request("pixels"), YOURS)

    def look():
        seen["later"] = len(runs.rows(seen["id"]))
        seen["status"] = status(runs, seen["only"], seen["id"])

    at[("pixels", 2)], at[("pixels", 5)], at[("vqgan", 4)] = other_person, look, lambda: None
    first = ask(runs, request())
    assert paint_next(runs, loop) == first
    assert seen["rows"] == 2 and seen["later"] == 5, "its rows come while another run paints them"
    assert seen["status"] == ["queued", "queued"]
    assert status(runs, first, seen["only"], seen["id"]) == ["done", "done", "queued"]
    assert paint_next(runs, loop) == seen["id"] and frames.count(("pixels", 3)) == 1
    assert frames.count(("diffusion", 3)) == 2, "it has settings of its own"
    assert steps(runs, seen["id"]) == {"pixels": WHOLE["pixels"], "diffusion": WHOLE["diffusion"]}


def test_cancelling_one_of_two_stops_only_what_the_other_does_not_want(runs, loop, painted):
    frames, at = painted
    asked = request("pixels", "vqgan", vqgan={"cutouts": 5})
    other, told = [], []
    at[("pixels", 2)] = lambda: other.append(ask(runs, asked, YOURS))

    def cancel():
        assert runs.queue.request_cancel(first, MINE)

    at[("pixels", 3)] = cancel
    at[("pixels", 5)] = lambda: told.append(runs.get(first))
    first = ask(runs, request())
    paint_next(runs, loop)
    (stopped,) = told
    assert stopped.status == "stopped" and "Stopped at step" in stopped.reason, "at once, not at the end"
    assert runs.get(first).reason == stopped.reason
    assert frames.count(("pixels", 6)) == 1 and ("vqgan", 4) not in frames and ("diffusion", 3) not in frames
    assert status(runs, *other) == ["queued"] and steps(runs, other[0])["pixels"] == WHOLE["pixels"]
    kept = steps(runs, first)
    assert kept["pixels"] == WHOLE["pixels"] and 0 < len(kept["vqgan"]) < 5
    assert ask(runs, request()) == first and status(runs, first) == ["queued"], "it may be asked for again"
    while paint_next(runs, loop):
        continue
    assert frames.count(("pixels", 3)) == 1 and steps(runs, first) == WHOLE
    assert status(runs, first, *other) == ["done", "done"]


def test_cancelling_both_stops_everything(runs, loop, painted):
    frames, at = painted
    other = []

    def both():
        assert runs.queue.request_cancel(first, MINE) and runs.queue.request_cancel(other[0], YOURS)

    at[("pixels", 1)] = lambda: other.append(ask(runs, request("pixels"), YOURS))
    at[("pixels", 3)] = both
    first = ask(runs, request())
    paint_next(runs, loop)
    assert ("pixels", 5) not in frames and status(runs, first, *other) == ["stopped", "stopped"]
    assert paint_next(runs, loop) is None


def test_what_was_half_painted_is_shown_and_painted_again_with_the_same_bytes(runs, loop, painted):
    frames, at = painted
    at[("pixels", 3)] = lambda: runs.queue.request_cancel(first, MINE)
    first = ask(runs, request())
    paint_next(runs, loop)
    kept = steps(runs, first)["pixels"]
    before = {step: runs.frame_path(first, "pixels", step).read_bytes() for step in kept}
    assert runs.get(first).status == "stopped" and len(before) == 4
    second = ask(runs, request("pixels"), YOURS)
    assert steps(runs, second) == {"pixels": [0, 1, 2, 3]}, "of an earlier attempt"
    paint_next(runs, loop)
    assert steps(runs, second)["pixels"] == steps(runs, first)["pixels"] == WHOLE["pixels"]
    assert before == {step: runs.frame_path(first, "pixels", step).read_bytes() for step in before}
    assert runs.get(first).status == "stopped", "its other painters have not ended"


def test_a_run_that_lacks_nothing_any_more_is_done(runs, loop, painted):
    _, at = painted
    at[("pixels", 3)] = lambda: runs.queue.request_cancel(first, MINE)
    first = ask(runs, request("pixels"))
    paint_next(runs, loop)
    assert runs.get(first).status == "stopped"
    ask(runs, request("pixels", "vqgan"), YOURS)
    paint_next(runs, loop)
    assert (runs.get(first).status, runs.get(first).reason) == ("done", "")


def test_a_process_that_dies_loses_no_step_and_its_claims(runs, loop, painted):
    frames, at = painted
    first = ask(runs, request())
    other = ask(runs, request("pixels"), YOURS)

    def die():
        raise SystemExit

    at[("diffusion", 2)] = die
    with pytest.raises(SystemExit):
        paint_next(runs, loop)
    kept = steps(runs, first)
    assert len(kept["pixels"]) > 2 and status(runs, other) == ["queued"] and runs.queue.take_next("x") is None
    with RunStore(runs.folder) as again:  # as the next painter process does
        again.queue.recover()
    assert steps(runs, first) == kept and status(runs, first, other) == ["queued", "queued"]
    while paint_next(runs, loop):
        continue
    assert status(runs, first, other) == ["done", "done"] and steps(runs, first) == WHOLE


def test_what_waited_while_the_program_was_updated_takes_nothing_of_the_old_code(runs, loop, painted):
    frames, _ = painted
    old = ask(runs, request())
    paint_next(runs, loop)
    waiting = ask(runs, request(**STRONGER), YOURS)
    with runs.database.transaction() as db:
        db.execute("UPDATE runs SET code_revision = 'older'")
    before = runs.rows(old)
    frames.clear()
    runs.queue.recover()
    assert runs.rows(waiting) == [] and runs.rows(old) == before
    assert paint_next(runs, loop) == waiting and painters_of(frames) == set(WHOLE)
    assert steps(runs, waiting) == WHOLE and runs.rows(old) == before


def test_a_process_that_dies_after_the_last_frame_leaves_a_run_that_is_done(runs, loop, painted, monkeypatch):
    run_id = ask(runs, request("pixels"))
    with monkeypatch.context() as patch:
        patch.setattr(runs.queue, "finish", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            paint_next(runs, loop)
    assert runs.get(run_id).status == "running"
    runs.queue.recover()
    assert runs.get(run_id).status == "done" and runs.queue.take_next("w") is None


# With several workers


def test_a_run_waits_for_what_another_worker_paints_and_paints_the_rest(runs):
    first, second = ask(runs, request("pixels")), ask(runs, request("pixels", "vqgan"), YOURS)
    third = ask(runs, request("pixels", "vqgan", vqgan={"cutouts": 3}), YOURS)
    assert runs.queue.take_next("w").id == first and runs.queue.claim(first) == ("pixels",)
    assert runs.queue.take_next("w").id == second and runs.queue.claim(second) == ("vqgan",)
    assert runs.queue.take_next("w").id == third and runs.queue.claim(third) == ("vqgan",)
    for run_id, painter in ((second, "vqgan"), (third, "vqgan")):
        record_whole(runs, run_id, painter)
        runs.queue.finish(run_id, "done")
    assert status(runs, first, second, third) == ["running", "queued", "queued"]
    assert runs.queue.take_next("w") is None, "there is nothing left for it to do"
    runs.queue.finish(first, "failed", "It went wrong.")
    taken = runs.queue.take_next("w")
    assert taken.id == second and runs.queue.claim(second) == ("pixels",), "it takes over"
    record_whole(runs, second, "pixels")
    runs.queue.finish(second, "done")
    assert status(runs, first, second, third) == ["done", "done", "done"]


def record_whole(runs, run_id, painter):
    total = runs.get(run_id).request.settings[painter].steps
    for step in range(total + 1):
        image = np.full((8, 8, 3), 9 * step, np.uint8)
        runs.record(run_id, Frame(painter, step, total, image), Measurement(step, 0.1, 0.2, 0.3))
