"""What the lesson pages ask for: refused or computed, stored once, done a slice at a time."""

import types
from collections.abc import Generator, Iterator

import pytest

from core.base.errors import SettingError, StoreError
from core.base.images import read_image
from core.cli.lesson import precompute
from core.lesson import codebook, job_runner, jobs, real_pictures
from core.service.side_jobs import SideJobs
from core.storage.run_store import RunStore

SIDE = 8  # codes along a picture of the tiny pack
CODES = 16


@pytest.fixture
def store(tmp_path) -> Iterator[RunStore]:
    with RunStore(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def lessons(store, monkeypatch, tmp_path) -> jobs.LessonJobs:
    monkeypatch.setattr(jobs, "PRECOMPUTED", tmp_path / "shown")
    return jobs.LessonJobs(store)


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("noise", {"scene": "trampoline"}),
        ("noise", {"scene": "fox", "seed": 100}),
        ("noise", {"scene": "fox", "seed": "1"}),
        ("noise", [1]),
        ("codebook", {"scene": ["fox"]}),
        ("codebook", {"scene": "fox", "change": "all"}),
        ("codebook", {"scene": "fox", "change": "shuffle", "seed": -1}),
        ("codebook", {"scene": "fox", "codes": [0] * (SIDE * SIDE - 1)}),
        ("codebook", {"scene": "fox", "codes": [CODES] + [0] * (SIDE * SIDE - 1)}),
        ("codebook", {"scene": "fox", "codes": [True] * SIDE * SIDE}),
        ("codebook", "fox"),
        ("nonsense", {}),
    ],
)
def test_what_cannot_be_computed_is_refused_in_one_sentence(tiny_pack, kind, request_):
    with pytest.raises(SettingError) as caught:
        jobs.make_job(kind, request_, tiny_pack.folder)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_job_is_named_by_what_determines_it(tiny_pack):
    def name(**request: object) -> str:
        return jobs.make_job("codebook", {"scene": "fox", **request}, tiny_pack.folder).id

    assert name() == name(change="none", seed=3)  # without a change there is nothing to draw
    assert len({name(), name(change="shuffle"), name(change="shuffle", seed=1), name(change="random")}) == 4
    assert name(change="shuffle") != name(change="shuffle", scene="duck")


def test_what_is_asked_is_computed_once_and_then_there(lessons, store, tiny_pack):
    side_jobs = SideJobs(store, pytest.fail)
    name = str(tiny_pack.folder)
    request = {"scene": "fox", "change": "shuffle"}
    asked = lessons.ask("codebook", request, name)
    assert asked.status == "waiting" and lessons.result(asked.id) is None
    while side_jobs.between_steps({name: tiny_pack}):
        pass
    done = lessons.ask("codebook", request, name)
    assert (done.id, done.status, done.share) == (asked.id, "done", 1)
    assert lessons.result(done.id)["kind"] == "codebook" and read_image(
        lessons.file(done.id, "picture.png")
    ).shape == (32, 32, 3)
    assert not side_jobs.between_runs({name: tiny_pack}.get)


def test_files_are_given_out_by_known_names_only(lessons):
    assert lessons.get("../../etc") is None and lessons.result("x") is None
    assert lessons.file("0" * 32, "../result.json") is None


def test_another_packs_job_waits_while_a_run_is_painted(lessons, store, tiny_pack):
    lessons.ask("codebook", {"scene": "fox"}, str(tiny_pack.folder))
    side_jobs = SideJobs(store, pytest.fail)
    assert not side_jobs.between_steps({"miniature": None})


@pytest.fixture
def told(monkeypatch) -> list[tuple[str, int]]:
    """A lesson kind whose computation says in which order its slices came."""
    order = []

    def compute(pack: object, request: dict) -> Generator:
        for part in range(request["parts"]):
            order.append((request["name"], part))
            if request["name"] == "broken":
                raise RuntimeError("no")
            yield (part + 1) / request["parts"]
        return {"name": request["name"]}, {}

    monkeypatch.setitem(
        jobs.LESSON_KINDS,
        "told",
        types.SimpleNamespace(check=lambda request, manifest: request, compute=compute, RESULT_VERSION=1),
    )
    return order


def test_what_was_asked_last_is_done_first_and_the_rest_goes_on(lessons, store, tiny_pack, told):
    side_jobs = SideJobs(store, pytest.fail)
    name = str(tiny_pack.folder)
    long = lessons.ask("told", {"name": "long", "parts": 4}, name)
    side_jobs.between_steps({name: tiny_pack})
    assert lessons.get(long.id).share == 0.25
    short = lessons.ask("told", {"name": "short", "parts": 1}, name)
    while side_jobs.between_steps({name: tiny_pack}):
        pass
    assert told == [("long", 0), ("short", 0), ("long", 1), ("long", 2), ("long", 3)]
    assert [lessons.get(job.id).status for job in (long, short)] == ["done", "done"]


def test_a_computation_that_fails_says_so_and_may_be_asked_again(lessons, store, tiny_pack, told):
    logged: list[str] = []
    name = str(tiny_pack.folder)
    side_jobs = SideJobs(store, logged.append)
    job = lessons.ask("told", {"name": "broken", "parts": 1}, name)
    assert side_jobs.between_steps({name: tiny_pack})
    assert (lessons.get(job.id).status, lessons.get(job.id).reason) == (
        "failed",
        job_runner.LESSON_BUG.format(name="RuntimeError"),
    )
    assert "no" in logged[0]
    assert lessons.ask("told", {"name": "broken", "parts": 1}, name).status == "waiting"


def test_a_vanished_painter_process_fails_what_it_was_computing(lessons, tiny_pack):
    job = lessons.ask("codebook", {"scene": "fox"}, str(tiny_pack.folder))
    assert lessons.take_next().id == job.id
    lessons.queue.recover()
    assert (lessons.get(job.id).status, lessons.get(job.id).reason) == ("failed", jobs.LOST_REASON)


def test_too_much_waiting_is_refused_but_what_is_known_is_not(lessons, tiny_pack, told, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_WAITING", 2)
    name = str(tiny_pack.folder)
    for number in (1, 2):
        lessons.ask("told", {"name": str(number), "parts": 1}, name)
    assert lessons.ask("told", {"name": "1", "parts": 1}, name).status == "waiting"
    with pytest.raises(StoreError, match="2 computations"):
        lessons.ask("told", {"name": "3", "parts": 1}, name)


def test_the_oldest_results_give_way(lessons, tiny_pack, told, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_KEPT", 1)
    kept = [
        lessons.ask("told", {"name": str(number), "parts": 1}, str(tiny_pack.folder)) for number in (1, 2)
    ]
    for job in kept:
        lessons.finish(job.id, {"kind": "told"}, {})
    lessons.tidy()
    assert [lessons.result(job.id) is None for job in kept] == [True, False]
    assert lessons.get(kept[0].id) is None


def test_what_comes_with_the_program_needs_no_painter_process(lessons, tiny_pack, capsys):
    precompute.write_first_states(str(tiny_pack.folder), "codebook", [{"scene": "fox"}])
    job = lessons.ask("codebook", {"scene": "fox"}, str(tiny_pack.folder))
    assert job.status == "done" and lessons.result(job.id)["scene"] == "fox"
    assert lessons.file(job.id, "picture.png")
    assert lessons.take_next() is None
    precompute.write_first_states(
        str(tiny_pack.folder), "codebook", [{"scene": "duck"}]
    )  # in place of what lay there
    assert lessons.ask("codebook", {"scene": "fox"}, str(tiny_pack.folder)).status == "waiting"


def test_the_default_states_are_shipped_and_small():
    wanted = [("noise", {"scene": real_pictures.DEFAULT_SCENE}), ("codebook", {"palette": True})]
    wanted += [
        ("codebook", {"scene": scene, "change": change})
        for scene in real_pictures.SCENES
        for change in codebook.CHANGES
    ]
    sizes = {}
    for kind, request in wanted:
        folder = jobs.PRECOMPUTED / jobs.make_job(kind, request, "miniature").id
        made = f"make it again: python -m core lesson {kind}"
        assert (folder / jobs.RESULT).is_file(), made
        sizes[kind] = sizes.get(kind, 0) + sum(path.stat().st_size for path in folder.iterdir())
    assert all(size <= precompute.MOST_BYTES for size in sizes.values()), sizes


def test_the_pictures_are_real_ones_at_any_size():
    for scene in real_pictures.SCENES:
        assert real_pictures.load_scene(scene, 128).shape == (128, 128, 3) and real_pictures.load_scene(
            scene, 32
        ).shape == (32, 32, 3)
        assert real_pictures.load_scene(scene, 128).std() > 10
