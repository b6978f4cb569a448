"""The gallery's collection: search, stars, deletion with undo, thumbnails, the cap; who may do what."""

import sqlite3

import numpy as np
import pytest
from PIL import Image

from core.base.environment import store_cap_bytes
from core.base.errors import SettingError
from core.base.frame import Frame, Measurement
from core.base.request import RunRequest
from core.storage import migrations
from core.storage.gallery import CAP_NOTICE_SECONDS, KEEP_AFTER_END_SECONDS, UNDO_SECONDS, Gallery
from core.storage.paintings import find_painting
from core.storage.run_store import RunStore
from tests.support.serving import example_request, invented_steps, pack_with_example

MINE, THEIRS = "my secret", "their secret"


@pytest.fixture
def library(runs):
    return Gallery(runs)


def ended(runs, prompt="a red fox", owner=MINE, status="done", realism=0.5, side=64, **more):
    """A stored run of two painters with two steps each; its realism at the end is as asked."""
    run = runs.submit(RunRequest.make(prompt, painters=("pixels", "vqgan"), **more), "hash", owner)
    for painter in ("pixels", "vqgan"):
        for step in (0, 1):
            image = np.random.default_rng(step).integers(0, 255, (side, side, 3), np.uint8)
            figure = (
                realism * step * (1 if painter == "vqgan" else 0.5) + (1 - step) * 0.99
            )  # the start must not count
            runs.record(
                run.id, Frame(painter, step, 60, image, {}, step), Measurement(step, figure, figure, figure)
            )
    runs.queue.set_status(run.id, status)
    return run.id


def folder_of(runs, run_id, name="frames"):
    """Where the frames, or the thumbnails, of a run's pixel ascent lie."""
    with runs.database.reading() as db:
        return runs.folder / name / find_painting(db, run_id, "pixels").files


def ids(page):
    return [card.run.id for card in page[0]]


def finished_at(runs, run_id, when):
    with runs.database.transaction() as db:
        db.execute("UPDATE runs SET finished = ? WHERE id = ?", (when, run_id))


def test_cards_hold_the_last_row_of_every_painter_and_who_may_change_them(runs, library):
    mine, theirs = ended(runs), ended(runs, seed=1, owner=THEIRS)
    cards = {card.run.id: card for card in library.page(MINE)[0]}
    assert (cards[mine].mine, cards[theirs].mine) == (True, False)
    assert {painter: row.step for painter, row in cards[mine].last_rows.items()} == {"pixels": 1, "vqgan": 1}
    assert cards[mine].last_rows["vqgan"].realism == 0.5
    assert not any(card.mine for card in library.page("")[0])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("fox", 2),
        ("FOX sno", 1),
        ("snow fox", 1),
        ("ox", 0),
        ("100%", 1),
        ("%", 0),
        ("_", 0),
        ("a\\", 0),
        ("seed", 1),
        ("", 3),
    ],
)
def test_every_word_of_the_search_begins_a_word_of_the_prompt(runs, library, words, found):
    for prompt in ("a red fox in snow", "a blue fox", "100% seedless rabbit"):
        ended(runs, prompt)
    cards, matching = library.page(MINE, words=words)
    assert (len(cards), matching) == (found, found)


def test_filters_orders_and_pages(runs, library):
    low, high, middle = (
        ended(runs, f"{name} fox", realism=r, seed=i)
        for i, (name, r) in enumerate([("c", 0.1), ("b", 0.9), ("a", 0.4)])
    )
    waiting = runs.submit(RunRequest.make("d fox"), "hash", THEIRS).id
    assert ids(library.page(MINE)) == [waiting, middle, high, low]
    assert ids(library.page(MINE, sort="oldest")) == [low, high, middle, waiting]
    assert ids(library.page(MINE, sort="prompt")) == [middle, high, low, waiting]
    for figure in ("score", "heldout", "realism"):
        assert ids(library.page(MINE, sort=figure)) == [high, middle, low, waiting]  # no figures: last
    assert ids(library.page(MINE, mine=True)) == [middle, high, low]
    assert library.star(high, MINE)
    assert ids(library.page(THEIRS, starred=True)) == [high]
    assert library.page(MINE, limit=2, offset=2)[1] == 4 and ids(library.page(MINE, limit=2, offset=2)) == [
        high,
        low,
    ]


def test_only_whoever_started_a_run_stars_and_deletes_it(runs, library):
    run = ended(runs)
    for secret in (THEIRS, "", "x" * 64):
        assert not library.star(run, secret) and not library.delete(run, secret)
    assert library.star(run, MINE) and library.page(MINE)[0][0].starred
    assert library.star(run, MINE, False) and not library.page(MINE)[0][0].starred
    nobodys = ended(runs, seed=1, owner="")
    assert not library.delete(nobodys, "") and not library.star(nobodys, "")


def test_an_active_run_must_be_cancelled_before_it_is_deleted(runs, library):
    run = runs.submit(RunRequest.make("a red fox"), "hash", MINE)
    assert not library.delete(run.id, MINE)
    runs.queue.take_next("w")
    assert not library.delete(run.id, MINE) and runs.get(run.id).status == "running"
    runs.queue.request_cancel(run.id, MINE)
    runs.queue.set_status(run.id, "stopped")
    assert library.delete(run.id, MINE) and not library.delete(run.id, MINE)


def test_the_shipped_example_belongs_to_nobody(runs, library, tmp_path):
    (tmp_path / "empty").mkdir()
    folder = pack_with_example(tmp_path / "empty", tmp_path / "pack") / "example"
    example = runs.import_run(folder)
    for secret in (MINE, ""):
        assert not library.delete(example.id, secret) and not library.star(example.id, secret)
    library.tidy(cap=0, now=9e9)
    assert runs.get(example.id) and (folder / "frames").is_dir()
    assert library.thumbnail(example.id, "pixels", 20).is_file()  # beside the store's own, not in the pack


def test_a_deleted_run_is_gone_everywhere_until_it_is_brought_back(runs, library):
    run, other = ended(runs), ended(runs, seed=1)
    assert library.delete(run, MINE)
    assert (
        ids(library.page(MINE)) == [other]
        and runs.get(run) is None
        and [r.id for r in runs.recent()] == [other]
    )
    assert [r.id for r in library.deleted(MINE)] == [run] and library.deleted(THEIRS) == []
    assert runs.frame_path(run, "pixels", 1) is None and library.thumbnail(run, "pixels", 1) is None
    assert not library.restore(run, THEIRS)
    library.tidy()
    assert library.restore(run, MINE) and not library.restore(run, MINE)
    assert runs.get(run).status == "done" and len(runs.rows(run)) == 4 and runs.frame_path(run, "pixels", 1)


def test_after_the_grace_period_files_and_rows_are_removed(runs, library):
    run, kept = ended(runs), ended(runs, seed=1)
    library.thumbnail(run, "pixels", 1)
    library.delete(run, MINE, now=1000.0)
    library.tidy(now=999.0 + UNDO_SECONDS)
    folders = [folder_of(runs, run, name) for name in ("frames", "thumbnails")]
    assert all(folder.is_dir() for folder in folders) and library.deleted(MINE, now=999.0 + UNDO_SECONDS)
    library.tidy(now=1000.0 + UNDO_SECONDS)
    assert library.deleted(MINE, now=1000.0 + UNDO_SECONDS) == [] and not library.restore(run, MINE)
    assert not any(folder.exists() for folder in folders)
    assert runs.rows(run) == [] and runs.get(kept) and folder_of(runs, kept).is_dir()


def test_a_run_asked_for_anew_in_time_is_not_removed(runs, library):
    request = RunRequest.make("a red fox", painters=("pixels", "vqgan"))
    run = ended(runs)
    library.delete(run, MINE, now=1000.0)
    assert runs.submit(request, "hash", THEIRS).id == run
    assert runs.get(run).status == "done" and library.page(THEIRS)[0][0].mine
    library.tidy(now=1e9)
    assert runs.get(run)


def test_a_deleted_interrupted_run_is_not_taken_up_again(runs, library):
    run = ended(runs, status="interrupted")
    library.delete(run, MINE)
    runs.queue.recover()
    assert runs.queue.take_next("w") is None
    assert library.restore(run, MINE) and runs.get(run).status == "interrupted"


def test_thumbnails_are_small_made_once_and_safe(runs, library):
    run = ended(runs, side=512)
    path = library.thumbnail(run, "pixels", "1")
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("WEBP", (192, 192))
    first = path.stat().st_mtime_ns
    assert library.thumbnail(run, "pixels", 1) == path and path.stat().st_mtime_ns == first
    for painter, step in (("pixels", 7), ("pixels", "x"), ("..", 1), ("diffusion", 1)):
        assert library.thumbnail(run, painter, step) is None
    assert library.thumbnail("../frames", "pixels", 1) is None


def test_disk_use_is_measured_when_a_run_has_ended_and_again_when_it_is_repeated(runs, library):
    run = ended(runs, status="stopped")
    assert library.disk().bytes == 0
    library.tidy()
    real = sum(path.stat().st_size for path in (runs.folder / "frames").rglob("*.png"))
    assert real > 1000 and library.disk().bytes == real == library.page(MINE)[0][0].bytes
    runs.submit(RunRequest.make("a red fox", painters=("pixels", "vqgan")), "hash", MINE)
    runs.queue.take_next("w")
    for step in range(2, 6):
        runs.record(
            run, Frame("pixels", step, 60, np.zeros((64, 64, 3), np.uint8), {}, step), Measurement(0, 0, 0, 0)
        )
    library.tidy()
    assert library.disk().bytes == real  # not while it is painted
    runs.queue.set_status(run, "done")
    library.tidy()
    assert library.disk().bytes > real


def test_over_the_cap_the_oldest_runs_without_a_star_go_first(runs, library):
    now = 1e6
    old, starred, newer, fresh = (ended(runs, seed=n) for n in range(4))
    active = runs.submit(RunRequest.make("a rabbit"), "hash", MINE).id
    library.star(starred, MINE)
    for number, run in enumerate((starred, old, newer)):
        finished_at(runs, run, 1000.0 + number)
    finished_at(runs, fresh, now - KEEP_AFTER_END_SECONDS / 2)
    library.tidy(now=now, cap=int(1e9))
    each = library.page(MINE, words="fox")[0][0].bytes
    assert library.disk().bytes == 4 * each and library.disk(now).removed == 0
    frames = folder_of(runs, old)
    library.tidy(now=now, cap=3 * each)
    assert set(ids(library.page(MINE))) == {starred, newer, fresh, active}
    assert not frames.exists()
    assert (library.disk(now).removed, library.disk(now).removed_at) == (1, now)
    library.tidy(now=now, cap=0)
    assert set(ids(library.page(MINE))) == {starred, fresh, active}, (
        "starred, active and fresh ones stay, whatever the cap"
    )
    assert library.disk(now).removed == 2
    assert library.disk(now + CAP_NOTICE_SECONDS).removed == 0
    library.tidy(now=now + KEEP_AFTER_END_SECONDS, cap=0)
    assert set(ids(library.page(MINE))) == {starred, active}


def test_what_was_deleted_anyway_gives_way_first(runs, library):
    old, deleted = ended(runs), ended(runs, seed=1)
    library.delete(deleted, MINE)
    for number, run in enumerate((old, deleted)):
        finished_at(runs, run, 1000.0 + number)
    library.tidy(cap=int(1e9))
    library.tidy(cap=library.disk().bytes - 1)
    assert runs.get(old) and library.deleted(MINE) == []


def test_files_that_no_run_owns_are_removed(runs, library):
    run = ended(runs)
    stray = runs.folder / "frames" / ("b" * 26) / "pixels"
    stray.mkdir(parents=True)
    (stray / "00000.png").write_bytes(b"left over")
    library.remove_orphans()
    assert not stray.parent.exists() and runs.frame_path(run, "pixels", 1)


@pytest.mark.parametrize(("value", "expected"), [(None, 4e9), ("", 4e9), ("0.5", 5e8), ("12", 12e9)])
def test_the_cap_is_given_in_gigabytes(monkeypatch, value, expected):
    monkeypatch.delenv("CTJP_STORE_CAP", raising=False)
    if value is not None:
        monkeypatch.setenv("CTJP_STORE_CAP", value)
    assert store_cap_bytes() == expected


@pytest.mark.parametrize("value", ["4 GB", "-1", "0", "nan", "inf"])
def test_a_cap_that_is_no_size_is_said(monkeypatch, value):
    monkeypatch.setenv("CTJP_STORE_CAP", value)
    with pytest.raises(SettingError, match="CTJP_STORE_CAP") as caught:
        store_cap_bytes()
    assert value in str(caught.value)


def test_a_store_made_before_the_gallery_is_brought_up_to_date(tmp_path, monkeypatch):
    everything = migrations.MIGRATIONS
    monkeypatch.setattr(migrations, "MIGRATIONS", everything[:1])
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path, isolation_level=None) as connection:
        migrations.migrate(connection, path)
        request = example_request("pack").canonical()
        connection.execute(
            "INSERT INTO runs (id, status, request, pack_hash, code_revision, created, finished, ticket) "
            "VALUES (?, 'done', ?, '', '', 1, 2, 1)",
            ("a" * 26, request),
        )
    connection.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", everything)
    with RunStore(tmp_path) as runs:
        for frame, measurement in invented_steps(runs.get("a" * 26).request):
            runs.record("a" * 26, frame, measurement)
        Gallery(runs).tidy()
        (card,) = Gallery(runs).page(MINE)[0]
        assert card.bytes > 0 and not card.starred and set(card.last_rows) == {"pixels", "vqgan", "diffusion"}
