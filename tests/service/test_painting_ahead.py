"""Painting ahead: what it paints, when it gives way, when it does not begin, and that it is nobody's."""

import json
import sys
import threading

import pytest

from core.base.request import RunRequest
from core.base.sweep_presets import SWEEP_PRESETS
from core.service import estimates, painting_ahead
from core.service.ahead_requests import chip_requests, offered_presets, preset_requests
from core.service.heartbeat import Heartbeat
from core.service.painter_loop import PainterLoop
from core.service.painting_ahead import QUIET_SECONDS, PaintingAhead
from core.service.prometheus import exposition_text, store_metrics
from core.storage.gallery import Gallery
from core.storage.painted_ahead import PaintedAhead, note_on_screen
from core.storage.sweep_store import read_sweep_state, start_sweep
from tests.conftest import EXAMPLES
from tests.support.fake_pack import FakePack
from tests.support.serving import wait_for

HASH = FakePack.hash


@pytest.fixture
def pack(tmp_path):
    """A folder that the server can read as a pack."""
    manifest = {
        "format": 1, "name": "fake", "title": "Fake", "size": 8, "licence": "none", "examples": EXAMPLES,
        "words": None, "vocabulary": None, "reference": None, "models": {"judge": {}, "heldout": {}},
    }  # fmt: skip
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "manifest.json").write_text(json.dumps(manifest))
    return str(tmp_path / "pack")


@pytest.fixture
def ahead(runs, pack, painting, monkeypatch):
    """Painting ahead into `runs` on a machine where nothing speaks against it, quiet for long enough."""
    monkeypatch.setenv("CTJP_PAINT_AHEAD", "1")
    monkeypatch.setattr(painting_ahead, "has_mains", lambda: True)
    monkeypatch.setattr(painting_ahead, "SPARE_DISK_BYTES", 0)
    seconds = [0.0]
    made = PaintingAhead(runs, pack, lambda text: None, lambda: seconds[0])
    made.paint_next(load, never)
    seconds[0] += QUIET_SECONDS
    made.seconds = seconds
    return made


def load(name):
    return FakePack()


def never():
    return False


def everything(ahead):
    """Paint until nothing is left; returns how many runs were begun."""
    number = 0
    while ahead.paint_next(load, never):
        number += 1
    return number


def asked(runs, request, secret="me"):
    return runs.submit(request, HASH, secret)


def test_the_chips_are_there_at_once_and_belong_to_nobody_before(runs, ahead, pack):
    chips = chip_requests(pack)
    assert [chip.prompt for chip in chips] == EXAMPLES
    assert everything(ahead) == len(EXAMPLES)
    assert Gallery(runs).page("", others=True) == ([], 0) and runs.recent() == []
    assert runs.queue.running_and_waiting() == ([], [])
    assert estimates.measured_runs(runs, HASH) == []
    assert 'ctjp_runs{status="done"} 0.0' in exposition_text(store_metrics(runs))
    run = asked(runs, chips[0])
    assert run.status == "done" and run.request == chips[0]
    assert all(runs.frame_path(run.id, painter, own.steps) for painter, own in run.request.settings.items())
    entries, number = Gallery(runs).page("me")
    assert number == 1 and entries[0].run.id == run.id and entries[0].mine
    assert estimates.measured_runs(runs, HASH) == [], "it took no time of its own"


def test_the_questions_about_the_run_on_the_screen_follow(runs, ahead, pack, painting, monkeypatch):
    request = RunRequest.make("a red fox", 3, pack, pixels={"steps": 4}, vqgan={"steps": 3})
    run = asked(runs, request)
    painting._take(runs.queue.take_next("w"))
    note_on_screen(runs, run.id)
    everything(ahead)
    monkeypatch.setattr(painting_ahead, "preset_requests", None)  # worked out once
    ahead.seconds[0] += QUIET_SECONDS
    assert everything(ahead) == 0
    settings = {"pixels": {"steps": 4}, "vqgan": {"steps": 3}}
    presets = offered_presets({"words": None, "models": {"judge": {}, "heldout": {}}})
    assert 2 <= len(presets) < len(SWEEP_PRESETS), "without robust judge and world some cannot be asked"
    assert len(list(preset_requests(run, pack, runs))) == sum(
        len(preset.plan("a red fox", 3, pack, settings).cells()) for preset in presets
    )
    for preset in presets:
        sweep = start_sweep(runs, preset.plan("a red fox", 3, pack, settings), HASH, "me")
        state = read_sweep_state(runs, sweep)
        assert state["done"] == state["total"] > 1, preset.name


def test_it_gives_way_between_two_steps_and_takes_it_up_later(runs, ahead, pack):
    other = RunRequest.make("somebody's", pack=pack, painters=("pixels",), pixels={"steps": 2})
    steps = []

    def somebody_comes_at_the_tenth():
        steps.append(1)
        if len(steps) == 10:
            asked(runs, other)
        return False

    assert ahead.paint_next(load, somebody_comes_at_the_tenth)
    assert len(steps) == 10 and runs.database.read("SELECT COUNT(*) AS n FROM steps")[0]["n"] == 9
    assert not ahead.paint_next(load, never), "somebody waits"
    run = runs.queue.take_next("w")
    assert run.request.prompt == "somebody's"
    runs.queue.finish(run.id, "done")
    ahead.seconds[0] += QUIET_SECONDS
    assert everything(ahead) == len(EXAMPLES)
    assert asked(runs, chip_requests(pack)[0]).status == "done"


def test_pressing_run_for_what_is_being_painted_ahead_paints_it_for_that_person(runs, ahead, pack, painting):
    first = chip_requests(pack)[0]
    stop = iter([False, False, True])
    assert ahead.paint_next(load, lambda: next(stop))
    run = asked(runs, first)
    assert run.status == "queued"
    painting._take(runs.queue.take_next("w"))
    assert runs.get(run.id).status == "done"


def test_what_fails_is_not_tried_again(runs, ahead, pack, monkeypatch):
    tried = []

    def broken(request, *_, **__):
        tried.append(request.prompt)
        raise ValueError("a bug")

    monkeypatch.setattr(painting_ahead, "execute", broken)
    assert everything(ahead) == len(EXAMPLES) and tried == EXAMPLES
    assert everything(after_a_restart(ahead)) == 0


def after_a_restart(ahead):
    """The same in a new process, quiet for long enough."""
    made = PaintingAhead(ahead.store, ahead.pack_name, ahead.log, ahead.clock)
    made.paint_next(load, never)
    ahead.seconds[0] += QUIET_SECONDS
    return made


@pytest.mark.parametrize("reason", ["switch", "battery", "cap", "disk", "noise", "run waits"])
def test_it_does_not_begin(runs, ahead, pack, monkeypatch, reason):
    if reason == "switch":
        monkeypatch.setenv("CTJP_PAINT_AHEAD", "0")
    elif reason == "battery":
        monkeypatch.setattr(painting_ahead, "has_mains", lambda: False)
    elif reason == "cap":
        monkeypatch.setattr(painting_ahead, "store_cap_bytes", lambda: -1)
    elif reason == "disk":
        monkeypatch.setattr(painting_ahead, "SPARE_DISK_BYTES", 1e18)
    elif reason == "noise":
        ahead.something_happened()
    else:
        asked(runs, chip_requests(pack)[0])
    assert everything(ahead) == 0 and runs.database.read("SELECT * FROM steps") == []


@pytest.mark.parametrize(("plugged", "may"), [(True, True), (False, False), (None, True)])
def test_a_battery_speaks_against_it(monkeypatch, plugged, may):
    import types

    battery = types.SimpleNamespace(power_plugged=plugged)
    monkeypatch.setattr(painting_ahead.psutil, "sensors_battery", lambda: battery, raising=False)
    assert painting_ahead.has_mains() is may
    monkeypatch.setattr(painting_ahead.psutil, "sensors_battery", lambda: None, raising=False)
    assert painting_ahead.has_mains()


def test_it_goes_first_when_space_is_needed(runs, ahead, pack, painting):
    own = asked(runs, RunRequest.make("mine", pack=pack, painters=("pixels",), pixels={"steps": 2}))
    painting._take(runs.queue.take_next("w"))
    everything(ahead)
    gallery = Gallery(runs)
    with runs.database.transaction() as db:  # ended long ago, unlike what was painted ahead
        db.execute("UPDATE runs SET finished = 1000, weighed = 0 WHERE id = ?", (own.id,))
    gallery.tidy(cap=1e12)
    before = gallery.disk().bytes
    gallery.tidy(cap=before - 1)
    assert runs.database.read("SELECT COUNT(*) AS n FROM runs WHERE ahead")[0]["n"] == len(EXAMPLES) - 1
    assert runs.get(own.id) is not None and gallery.disk().removed == 0, "nobody's run was removed"
    assert everything(ahead) == 0, "what had to go is not painted again at once"


def test_what_another_pack_has_painted_ahead_is_forgotten(runs, ahead):
    everything(ahead)
    PaintedAhead(runs, HASH).remove_outdated()
    assert runs.database.read("SELECT COUNT(*) AS n FROM paintings")[0]["n"] == 3 * len(EXAMPLES)
    PaintedAhead(runs, "another").remove_outdated()
    assert runs.database.read("SELECT COUNT(*) AS n FROM paintings")[0]["n"] == 0
    assert list((runs.folder / "frames").glob("*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the other tests of the loop run there")
def test_the_painter_process_paints_ahead_while_it_is_idle(runs, ahead, pack, painting, monkeypatch):
    monkeypatch.setattr(painting_ahead, "QUIET_SECONDS", 0.0)
    stop = threading.Event()
    loop = PainterLoop(runs, Heartbeat(runs, "w"), stop, load)
    thread = threading.Thread(target=loop.loop, args=(pack,))
    thread.start()
    try:
        done = "SELECT COUNT(*) AS n FROM paintings WHERE complete"
        wait_for(lambda: runs.database.read(done)[0]["n"] == 3 * len(EXAMPLES), what="the chips")
        assert runs.queue.painter_state().state == "ready", "to people it is free"
    finally:
        stop.set()
        thread.join()
