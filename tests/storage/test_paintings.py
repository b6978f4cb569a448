"""Paintings: what several runs share is painted once, and kept as long as one of them needs it."""

import pytest

import core.execute
from core.base.png_records import read_picture_settings
from core.base.request import RunRequest
from core.base.sweep_plan import SweepAxis, SweepPlan
from core.storage import run_store
from core.storage.gallery import UNDO_SECONDS, Gallery
from core.storage.paintings import find_painting
from core.storage.sweep_store import start_sweep
from tests.support.sharing import (
    MINE,
    STEPS,
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

# Sharing


def test_after_one_knob_was_turned_only_its_painter_paints(runs, loop, painted):
    frames, _ = painted
    first = ask(runs, request())
    paint_next(runs, loop)
    assert painters_of(frames) == set(STEPS)
    frames.clear()
    second = ask(runs, request(**STRONGER), YOURS)
    before = runs.rows(second)
    assert {row.painter for row in before} == {"pixels", "vqgan"}, "there before anything is painted"
    assert paint_next(runs, loop) == second and painters_of(frames) == {"diffusion"}
    assert status(runs, first, second) == ["done", "done"]
    assert steps(runs, first) == steps(runs, second) == WHOLE
    assert len(runs.rows(second, after=max(row.seq for row in before))) == STEPS["diffusion"] + 1
    progress = runs.progress(second)
    assert [name for name, one in progress.items() if one.taken] == ["pixels", "vqgan"]
    assert not any(one.taken for one in runs.progress(first).values())


@pytest.mark.parametrize("chosen", [("pixels",), ("vqgan", "diffusion")])
def test_a_painter_taken_away_leaves_a_run_that_is_done_at_once(runs, loop, painted, chosen):
    frames, _ = painted
    ask(runs, request())
    paint_next(runs, loop)
    fewer = ask(runs, request(*chosen))
    assert runs.get(fewer).status == "done" and runs.get(fewer).finished
    assert steps(runs, fewer) == {painter: WHOLE[painter] for painter in chosen}
    assert paint_next(runs, loop) is None and len(frames) == sum(map(len, WHOLE.values()))


def test_a_painter_added_is_all_that_is_painted(runs, loop, painted):
    frames, _ = painted
    ask(runs, request("pixels", "vqgan"))
    paint_next(runs, loop)
    frames.clear()
    assert runs.missing(request(), "fake-hash").painters == ("diffusion",)
    more = ask(runs, request())
    paint_next(runs, loop)
    assert painters_of(frames) == {"diffusion"} and steps(runs, more) == WHOLE
    assert runs.missing(request(), "fake-hash").painters == ()


def test_nothing_is_shared_that_something_else_would_determine(runs, loop, painted, monkeypatch):
    ask(runs, request())
    paint_next(runs, loop)
    others = [request(seed=1), RunRequest.make("a blue fox", painters=("pixels",), pixels={"steps": 6})]
    asked = [ask(runs, other) for other in others]
    asked.append(runs.submit(request("pixels"), "other pack").id)
    for name in ("PAINTING_REVISION", "MEASURING_REVISION"):
        with monkeypatch.context() as newer:
            newer.setattr(run_store, name, "other code")
            asked.append(ask(runs, request("pixels", seed=0)))
    assert runs.rows(asked[0]) == runs.rows(asked[1]) == runs.rows(asked[2]) == runs.rows(asked[3]) == []


def test_what_is_there_is_taken_without_asking_the_quotas(runs, loop, painted):
    def refuse(db):
        raise AssertionError("nothing is queued")

    ask(runs, request())
    paint_next(runs, loop)
    assert runs.submit(request("vqgan"), "fake-hash", YOURS, admit=refuse).status == "done"
    with pytest.raises(AssertionError):
        runs.submit(request(**STRONGER), "fake-hash", YOURS, admit=refuse)
    assert len(runs.recent()) == 2


def test_sweeps_and_runs_share(runs, loop, painted):
    frames, _ = painted
    ask(runs, request())
    paint_next(runs, loop)
    frames.clear()
    axis = SweepAxis("guidance_strength", (RunRequest.make("a").settings["diffusion"].guidance_strength, 0.9))
    base = {"diffusion": {"steps": STEPS["diffusion"]}}
    plan = SweepPlan.make("a red fox", "diffusion", axis, base=base)
    sweep = start_sweep(runs, plan, "fake-hash", MINE)
    assert status(runs, *sweep.runs) == ["done", "queued"]
    paint_next(runs, loop)
    assert len(frames) == STEPS["diffusion"] + 1
    assert ask(runs, request(**STRONGER)) and paint_next(runs, loop) is None, "all of it has been painted"


# Deleting, the cap, files


def test_deleting_one_of_two_keeps_what_the_other_needs(runs, loop, painted):
    library = Gallery(runs)
    first, second = ask(runs, request()), ask(runs, request(**STRONGER), YOURS)
    while paint_next(runs, loop):
        continue
    library.thumbnail(first, "pixels", 1)
    own = runs.frame_path(first, "diffusion", 1).parent
    shared = runs.frame_path(first, "pixels", 1)
    assert shared == runs.frame_path(second, "pixels", 1)
    assert library.delete(first, MINE, now=1000.0)
    assert runs.frame_path(first, "pixels", 1) is None, "gone at once"
    assert steps(runs, second) == WHOLE
    library.tidy(now=1000.0 + UNDO_SECONDS)
    assert not own.exists() and shared.is_file() and steps(runs, second) == WHOLE
    assert library.delete(second, YOURS, now=2000.0)
    library.tidy(now=2000.0 + UNDO_SECONDS)
    assert not list((runs.folder / "frames").rglob("*.png"))
    assert not list((runs.folder / "thumbnails").iterdir())
    for table in ("paintings", "run_paintings", "steps"):
        assert runs.database.read(f"SELECT * FROM {table}") == []


def test_shared_files_count_once_and_a_run_that_frees_nothing_is_kept(runs, loop, painted):
    library = Gallery(runs)
    part, whole = ask(runs, request("pixels")), ask(runs, request())
    alone = ask(runs, request("vqgan", seed=1), YOURS)
    while paint_next(runs, loop):
        continue
    library.star(whole, MINE)
    library.tidy(cap=1e9)
    real = sum(path.stat().st_size for path in (runs.folder / "frames").rglob("*") if path.is_file())
    assert library.disk().bytes == real
    assert sum(entry.bytes for entry in library.page(MINE)[0]) > real, "what a run shows is all that it has"
    with runs.database.transaction() as db:
        db.execute("UPDATE runs SET finished = 1000, weighed = 1000")
    library.tidy(now=1e6, cap=0)
    assert runs.get(alone) is None and status(runs, part, whole) == ["done", "done"]
    library.star(whole, MINE, False)
    library.tidy(now=1e6, cap=0)
    assert runs.recent() == [] and library.disk().bytes == 0


def test_a_frame_to_keep_tells_of_the_run_it_was_asked_for_under(runs, loop, painted, tmp_path):
    first, second = ask(runs, request()), ask(runs, request(**STRONGER))
    while paint_next(runs, loop):
        continue
    for run_id in (first, second):
        told = read_picture_settings(runs.frame_png(run_id, "pixels", 2), "miniature")
        assert told.request.settings == runs.get(run_id).request.settings and (told.painter, told.step) == (
            "pixels",
            2,
        )
        runs.export_run(run_id, tmp_path / run_id)
        exported = (tmp_path / run_id / "frames" / "pixels" / "00002.png").read_bytes()
        assert exported == runs.frame_png(run_id, "pixels", 2)
    kept = read_picture_settings(runs.frame_path(second, "pixels", 2).read_bytes(), "miniature")
    assert kept.request.painters == ("pixels",), "the file is the same, whichever run painted it"


def test_an_imported_run_shares_nothing(runs, loop, painted, tmp_path):
    first = ask(runs, request())
    paint_next(runs, loop)
    runs.export_run(first, tmp_path / "out")
    imported = runs.import_run(tmp_path / "out")
    with runs.database.reading() as db:
        mine, theirs = (find_painting(db, run_id, "pixels") for run_id in (first, imported.id))
    assert mine.id != theirs.id and theirs.files == imported.id
    assert Gallery(runs).remove(imported.id) and steps(runs, first) == WHOLE


def test_a_painter_paints_the_same_alone_and_in_company(runs, tiny_pack):
    """So a painting may come from a run with other painters."""
    settings = {painter: {"steps": 3} for painter in STEPS}
    asked = RunRequest.make("a red fox in snow", 5, str(tiny_pack.folder), **settings)
    together = [frame for frame, _ in core.execute.measured_frames(asked, tiny_pack)]
    for painter in STEPS:
        alone = [frame for frame, _ in core.execute.measured_frames(asked.only([painter]), tiny_pack)]
        ours = [frame for frame in together if frame.painter == painter]
        assert len(alone) == 4 and all((a.image == b.image).all() for a, b in zip(alone, ours, strict=True))
