"""What commit f00a982 left behind opens, is painted and looks the same today; see tests/fixtures/f00a982."""

import json
import sqlite3
import tarfile
import threading
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from app import resources
from app.web import run_state
from core.base import links
from core.base.images import read_image
from core.base.png_records import read_picture_settings
from core.base.request import RunRequest
from core.base.revision import PAINTED_EARLIER, PAINTING_REVISION
from core.exports.figure import figure_png, read_figure_data
from core.measures.references import open_reference
from core.storage import run_folder, sweep_store
from core.storage.gallery import Gallery
from core.storage.run_store import RunStore

ARCHIVE = Path(__file__).parent / "fixtures" / "f00a982" / "old.tar.xz"
MINE = "mine"  # the secret of the owner of most runs
PACK = "own-pack"
BROKEN_OFF = "being painted when the server ended"
ROW = ("painter", "step", "total", "seconds", "evaluations", "score", "heldout", "realism", "has_frame")
TOLERANCE = 1e-4  # of measurements computed again, on whatever machine


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Folder with everything that was left behind, not to be written to."""
    folder = tmp_path_factory.mktemp("f00a982")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def expected(archive):
    """What that version showed."""
    return json.loads((archive / "expected.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def own_pack(archive):
    """The pack of somebody's own, opened today."""
    from core.packs import open_pack

    return open_pack(archive / PACK)


@pytest.fixture
def old(tmp_path, monkeypatch):
    """The present folder, with everything in it: the runs name their pack by its place there."""
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(tmp_path, filter="data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def store(old):
    """The old store, brought up to date."""
    with RunStore(old / "store") as opened:
        yield opened


def asked(link):
    """The request that a link asks for."""
    chosen = {painter: link.settings.get(painter, {}) for painter in link.painters}
    return RunRequest.make(link.prompt, link.seed, painters=link.painters, **chosen)


# The store


def test_every_run_is_there_as_it_was(store, expected):
    for name, state in expected["states"].items():
        run = store.get(state["id"])
        assert (run.status, run.reason, run.request.prompt, run.request.seed) == (
            *(state[key] for key in ("status", "reason", "prompt", "seed")),
        )
        for painter, settings in state["settings"].items():
            assert vars(run.request.settings[painter]).items() >= settings.items()
        rows = [{key: getattr(row, key) for key in ROW} for row in store.rows(run.id)]
        assert rows == [{key: row[key] for key in ROW} for row in expected["rows"][name]], name
    assert store.get(expected["runs"]["deleted"]) is None


def test_every_frame_and_what_happened_inside_a_step_is_there(old, expected):
    files = {path: path.read_bytes() for path in (old / "store/frames").rglob("*") if path.is_file()}
    with RunStore(old / "store") as store:
        for name, rows in expected["rows"].items():
            run_id = expected["runs"][name]
            for row in rows:
                path = store.frame_path(run_id, row["painter"], row["step"])
                original = old / f"store/frames/{run_id}/{row['painter']}/{row['step']:05d}.png"
                assert path.read_bytes() == files[original] and read_image(path).shape == (32, 32, 3)
        extras = store.frames.extras_folder(expected["runs"]["all painters"], "diffusion") / "extras"
        shown = [path.name for path in sorted(extras.glob("diffusion/*.webp"))]
        kinds = ("gradient", "noisy", "x0")
        assert shown == [f"0000{step}-{kind}.webp" for step in (1, 2, 3) for kind in kinds]


def test_the_player_is_told_what_it_was_told(store, expected, monkeypatch):
    monkeypatch.setattr(resources, "store", lambda: store)
    monkeypatch.setattr(resources, "example_id", lambda: None)
    run_state._verdict.cache_clear()
    for name, before in expected["states"].items():
        now = run_state.describe_run(store.get(before["id"]), 0)
        same = ("id", "status", "active", "reason", "prompt", "seed", "ahead", "seq")
        assert {key: now[key] for key in same} == {key: before[key] for key in same}, name
        assert [row[: len(ROW)] for row in now["rows"]] == before["rows"]
        assert len(now["turns"]) == len(before["turns"])
        if before["status"] == "done":
            assert PAINTED_EARLIER in now["verdict"]
    run_state._verdict.cache_clear()


def test_the_gallery_lists_what_it_listed_and_a_deleted_run_comes_back(store, expected):
    gallery = Gallery(store)
    entries, count = gallery.page(MINE, sort="oldest")
    assert count == expected["gallery"]["count"]
    assert [e.run.id for e in entries if e.starred] == expected["gallery"]["starred"]
    assert sorted(e.run.id for e in entries if e.mine) == expected["mine"]
    deleted = expected["runs"]["deleted"]
    record = store.database.read("SELECT deleted_at FROM runs WHERE id = ?", deleted)[0]
    assert [run.id for run in gallery.deleted(MINE, now=record["deleted_at"] + 1)] == [deleted]
    assert gallery.restore(deleted, MINE) and store.get(deleted).status == "done"
    assert len(store.rows(deleted)) == 3


def test_the_sweep_shows_its_grid(store, expected):
    before = expected["sweep"]
    sweep = sweep_store.get_sweep(store, before["id"])
    assert list(sweep.runs) == before["runs"]
    assert [cell.request.settings["pixels"].steps for cell in sweep.plan.cells()] == [2] * 4
    state = sweep_store.read_sweep_state(store, sweep)
    assert (state["done"], state["total"], state["active"]) == (3, 4, True)
    for now, then in zip(state["cells"], before["state"]["cells"], strict=True):
        assert now.items() >= then.items()


def test_whoever_started_a_run_still_owns_it(store, expected):
    waiting = expected["runs"]["waiting"]
    assert store.queue.may_cancel(waiting, "yours") and not store.queue.may_cancel(waiting, MINE)
    assert Gallery(store).star(expected["runs"]["all painters"], MINE, False)


# The queue, painted by today's painters


def test_what_waited_is_painted_in_its_turn_and_what_broke_off_says_so(store, expected, own_pack):
    from core.service.heartbeat import Heartbeat
    from core.service.painter_loop import PainterLoop

    assert store.queue.running_and_waiting()[1] == expected["queue"]
    store.queue.recover()
    broken = store.get(expected["runs"][BROKEN_OFF])
    assert broken.status == "interrupted" and "press Run to paint it again" in broken.reason
    assert len(store.rows(broken.id)) == 2, "what was painted stays"
    painted = []
    heartbeat, stop = Heartbeat(store, "now"), threading.Event()
    loop = PainterLoop(store, heartbeat, stop, lambda name: own_pack)
    while run := store.queue.take_next("now"):
        loop._take(run)
        painted.append(run.id)
    assert painted == expected["queue"]
    for run in map(store.get, painted):
        assert (run.status, run.reason, run.code_revision) == ("done", "", PAINTING_REVISION)
        assert run.version_note == ""
        for painter, progress in store.progress(run.id).items():
            assert progress.step == progress.total == run.request.settings[painter].steps
            assert store.frame_path(run.id, painter, progress.total) is not None
    sweep = sweep_store.get_sweep(store, expected["sweep"]["id"])
    assert sweep_store.read_sweep_state(store, sweep)["done"] == 4


@pytest.mark.parametrize("name", ["all painters", "later settings"])
def test_a_run_painted_again_gives_the_pictures_and_measurements_of_then(archive, expected, own_pack, name):
    from core.execute import execute

    state, run_id = expected["states"][name], expected["runs"][name]
    painted, measured = {}, {}

    class Kept:
        def record(self, frame, measurement):
            painted[frame.painter, frame.step] = frame.image
            measured[frame.painter, frame.step] = measurement

    chosen = state["settings"]
    request = RunRequest.from_dict(
        {"prompt": state["prompt"], "seed": state["seed"], "pack": PACK, "settings": chosen}
    )
    assert execute(request, own_pack, Kept()) == "done"
    for row in expected["rows"][name]:
        place = (row["painter"], row["step"])
        before = read_image(archive / f"store/frames/{run_id}/{row['painter']}/{row['step']:05d}.png")
        assert np.abs(painted[place].astype(int) - before.astype(int)).mean() < 0.5
        for measure in ("score", "heldout", "realism"):
            assert getattr(measured[place], measure) == pytest.approx(row[measure], abs=TOLERANCE)


# Packs, references, run folders


def test_the_pack_is_the_same_pack(own_pack, expected):
    assert own_pack.hash == expected["pack_hash"]
    assert own_pack.manifest["models"]["denoiser"]["latent"]["shape"] == [8, 8, 8]


def test_the_references_read_as_they_did(archive, expected, own_pack):
    from core.packs.manifest import weights_hash

    pictures = [read_image(path)[:32, :32] for path in sorted((archive / "pictures").glob("*.png"))]
    own = [own_pack.realism.score(picture).realism for picture in pictures]
    assert own == pytest.approx(expected["realism"]["own"], abs=TOLERANCE)
    encoder = weights_hash(own_pack.manifest["models"]["heldout"])
    alone = open_reference(archive / "own-reference", own_pack.image_features, encoder)
    readings = [alone.score(picture).realism for picture in pictures]
    assert readings == pytest.approx(expected["realism"]["alone"], abs=TOLERANCE)


def test_a_run_folder_is_read_imported_and_drawn(old, store):
    description, rows = run_folder.read_run(old / "plain-run")
    assert (description.status, description.version_note) == ("done", PAINTED_EARLIER)
    run = store.import_run(old / "plain-run")
    assert [row.score for row in store.rows(run.id)] == [row.score for row in rows] and len(rows) == 10
    assert store.frame_path(run.id, "diffusion", 3).is_file()
    store.export_run(run.id, old / "again")
    assert (old / "again/metrics.csv").read_text().splitlines()[0].startswith("painter,step")
    assert figure_png(read_figure_data(old / "plain-run")).startswith(b"\x89PNG")


def test_settings_are_read_back_from_a_frame(archive, expected):
    for name in ("all painters", "later settings"):
        state = expected["states"][name]
        frame = archive / f"store/frames/{state['id']}/pixels/00002.png"
        found = read_picture_settings(frame.read_bytes(), PACK)
        assert found.ignored == () and (found.painter, found.step, found.total) == ("pixels", 2, 2)
        stored = sqlite3.connect(archive / "store/store.sqlite").execute(
            "SELECT request FROM runs WHERE id = ?", (state["id"],)
        )
        assert found.request.canonical() == stored.fetchone()[0]


# Links and bundles


def test_every_address_asks_for_what_it_asked_for(expected):
    assert len(expected["addresses"]) > 10
    for saved in expected["addresses"]:
        link = links.read_link(saved["address"])
        assert link.ignored == () and asked(link).canonical() == saved["means"]


def test_every_bundle_and_its_link_start_from_the_same_settings(expected):
    assert len(expected["bundles"]) == 3
    for bundle in expected["bundles"]:
        link = links.read_link(dict(parse_qsl(urlsplit(bundle["link"]).query)))
        start = RunRequest.from_dict(bundle["start"])
        assert link.ignored == () and asked(link).canonical() == start.canonical()
        assert start.to_dict() == bundle["start"]
