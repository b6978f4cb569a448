"""Own pictures: who sees them, how long they are kept, and that they are measured while a run is painted."""

import numpy as np
import pytest
from PIL import Image

from core.base import uploads
from core.base.errors import PromptError, StoreError, UserError
from core.base.request import RunRequest
from core.base.uploads import read_upload
from core.measures.picture_sentences import realism_parts
from core.service.side_jobs import PICTURE_BUG, SideJobs
from core.service.supervisor import Supervisor
from core.storage import own_pictures
from core.storage.own_pictures import GONE_REASON, KEEP_SECONDS, SEEN, WHOLE, OwnPictures
from tests.base.test_uploads import SIZE, encoded, thirds
from tests.service.test_painter_process import fake_command, wait_for
from tests.support.fake_pack import FakePack

# Kept in the store


@pytest.fixture
def pictures(runs):
    return OwnPictures(runs)


def brought(pictures, secret="me", name="x.png", prompt="a red fox", pack="fake", level=128, size=8):
    upload = uploads.Upload(
        90, 60, np.full((60, 90, 3), level, np.uint8), np.full((size, size, 3), level, np.uint8)
    )
    return pictures.add(upload, name, prompt, pack, secret)


def test_only_the_browser_that_brought_a_picture_lists_and_removes_it(pictures):
    first, second = brought(pictures), brought(pictures, name="y.png")
    assert [p.id for p in pictures.of_visitor("me")] == [second.id, first.id]
    assert pictures.of_visitor("you") == [] and pictures.of_visitor("") == []
    assert len(first.id) == 26 and first.id != second.id
    assert not pictures.remove(first.id, "you") and pictures.file(first.id, SEEN)
    assert pictures.remove(first.id, "me") and not pictures.remove(first.id, "me")
    assert pictures.file(first.id, SEEN) is None and not (pictures.folder / first.id).exists()
    for picture_id, kind in (
        ("../" + second.id, SEEN),
        (second.id, "../store.sqlite"),
        (second.id, ""),
        ("", SEEN),
    ):
        assert pictures.file(picture_id, kind) is None


def test_what_is_stored_was_encoded_by_us(pictures):
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    data = encoded(thirds(), "JPEG", exif=exif, comment=b"my secret")
    picture = pictures.add(read_upload(data, "x.jpg", SIZE), "x.jpg", "a fox", "fake", "me")
    for kind in (WHOLE, SEEN):
        stored = pictures.file(picture.id, kind).read_bytes()
        assert b"where I live" not in stored and b"my secret" not in stored and b"Exif" not in stored


def test_pictures_are_gone_after_a_day(pictures):
    picture = brought(pictures)
    pictures.tidy(now=picture.created + KEEP_SECONDS - 1)
    assert pictures.of_visitor("me", now=picture.created + KEEP_SECONDS - 1)
    assert pictures.of_visitor("me", now=picture.created + KEEP_SECONDS) == []
    stray = pictures.folder / ("b" * 26)
    stray.mkdir()
    pictures.tidy(now=picture.created + KEEP_SECONDS)
    assert list(pictures.folder.iterdir()) == []


def test_nobody_can_fill_the_store(pictures, monkeypatch):
    monkeypatch.setattr(own_pictures, "MOST_KEPT", 3)
    kept = [brought(pictures).id for _ in range(5)]
    assert [p.id for p in pictures.of_visitor("me")] == kept[:1:-1]
    monkeypatch.setattr(own_pictures, "MOST_WAITING", 3)
    with pytest.raises(StoreError, match="3 pictures wait"):
        brought(pictures, secret="you")


# Measured by the painter process


def test_a_picture_is_measured_like_a_frame(runs, pictures):
    picture = brought(pictures, level=51)
    errands = SideJobs(runs, pytest.fail)
    assert errands.between_steps({"fake": FakePack()}) and not errands.between_steps({"fake": FakePack()})
    (measured,) = pictures.of_visitor("me")
    assert (measured.id, measured.status, measured.waiting) == (picture.id, "done", False)
    assert measured.result["score"] == pytest.approx(0.2) and measured.result["realism"] == pytest.approx(0.8)
    assert measured.result["components"]["p_value"] == 0.5 and "seconds" not in measured.result
    assert measured.result["pack_hash"] == FakePack.hash


def test_between_steps_only_the_pack_in_memory_is_used(runs, pictures):
    brought(pictures, pack="another")
    errands = SideJobs(runs, pytest.fail)
    assert not errands.between_steps({"fake": FakePack()}) and pictures.of_visitor("me")[0].waiting
    assert errands.between_runs(lambda name: FakePack()) and not pictures.of_visitor("me")[0].waiting


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PromptError("The judge knows no word of it."), "The judge knows no word of it."),
        (ZeroDivisionError(), PICTURE_BUG.format(name="ZeroDivisionError")),
    ],
)
def test_a_measurement_that_fails_says_why_and_the_next_one_is_done(runs, pictures, error, reason):
    brought(pictures)
    brought(pictures, name="second")
    logged = []

    class Failing(FakePack):
        @property
        def heldout(self):
            raise error

        @heldout.setter
        def heldout(self, value):
            pass

    errands = SideJobs(runs, logged.append)
    assert errands.between_runs(lambda name: Failing())
    assert errands.between_runs(lambda name: FakePack())
    second, first = pictures.of_visitor("me")
    assert (first.status, first.reason) == ("failed", reason) and second.status == "done"
    assert bool(logged) == (not isinstance(error, UserError))


def test_a_picture_that_took_the_process_with_it_is_not_tried_again(runs, pictures):
    brought(pictures)
    assert pictures.take_next()[1].shape == (8, 8, 3)
    SideJobs(runs, pytest.fail).recover()
    assert (
        pictures.of_visitor("me")[0].status == "failed"
        and "upload it again" in pictures.of_visitor("me")[0].reason
    )


def test_a_broken_store_ends_no_run(runs, monkeypatch):
    logged = []
    errands = SideJobs(runs, logged.append)

    def locked(*_):
        raise StoreError("The run store is locked.")

    monkeypatch.setattr(errands.pictures, "take_next", locked)
    assert errands.between_steps({}) is False and logged == ["The run store is locked."]


def test_the_painter_process_measures_while_it_paints(runs, pictures):
    run = runs.submit(
        RunRequest.make("a red fox", painters=("pixels",), pixels={"steps": 500}), "fake-hash", "me"
    )
    with Supervisor(runs, command=fake_command(runs, 0.05)):
        wait_for(lambda: len(runs.rows(run.id)) >= 2, "the first steps")
        brought(pictures, pack="miniature")  # which the run uses, so that it is in memory
        wait_for(lambda: not pictures.of_visitor("me")[0].waiting, "the figures")
        assert pictures.of_visitor("me")[0].status == "done" and runs.get(run.id).status == "running"
        runs.queue.request_cancel(run.id, "me")


def test_the_real_models_measure_a_picture(tiny_pack, runs, pictures):
    image = np.random.default_rng(0).integers(0, 255, (tiny_pack.size, tiny_pack.size, 3), np.uint8)
    picture = pictures.add(
        uploads.Upload(40, 40, image, image), "noise.png", "a red fox in snow", "tiny", "me"
    )
    brought(pictures, pack="tiny", size=16)  # of another size than the pack's
    errands = SideJobs(runs, pytest.fail)
    assert errands.between_steps({"tiny": tiny_pack}) and errands.between_steps({"tiny": tiny_pack})
    wrong, measured = pictures.of_visitor("me")
    target = tiny_pack.judge.encode("a red fox in snow")
    assert measured.id == picture.id and measured.result["score"] == pytest.approx(
        tiny_pack.judge.score(image, target), abs=1e-6
    )
    assert measured.result["realism"] == pytest.approx(tiny_pack.realism.score(image).realism, abs=1e-6)
    assert wrong.status == "failed" and "32×32" in wrong.reason
    assert [part["key"] for part in realism_parts(measured.result)] == [
        *("statistics", "manifold", "spectrum", "local contrast", "edges", "colour", "p_value")
    ]


def test_a_picture_that_has_gone_when_its_turn_comes_has_failed(pictures):
    gone, next_one = brought(pictures), brought(pictures, name="next.png")
    pictures.file(gone.id, SEEN).unlink()
    assert pictures.take_next()[0].id == next_one.id
    assert (
        pictures.queue.get(gone.id).status == "failed" and pictures.queue.get(gone.id).reason == GONE_REASON
    )


def test_a_picture_that_may_not_wait_leaves_no_files(pictures, monkeypatch):
    monkeypatch.setattr(own_pictures, "MOST_WAITING", 0)
    with pytest.raises(StoreError):
        brought(pictures)
    assert list(pictures.folder.iterdir()) == []
