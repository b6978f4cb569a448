"""What the judge saw: recorded beside the frames, served by known names only, made again only for equal
frames.
"""

import io

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

import core.execute
from app import resources
from app.web.routes import routes
from core.base.errors import OutputError
from core.base.frame import Frame
from core.base.images import read_image, write_png
from core.base.request import RunRequest
from core.execute import execute
from core.storage import frame_extras
from core.storage.run_folder import FolderRecorder, frame_file
from core.storage.run_store import RunStore
from tests.support.fake_pack import FakePack, painters

SETTINGS = {"pixels": {"steps": 8}, "diffusion": {"steps": 4}}


@pytest.fixture
def store(tmp_path, monkeypatch):
    classes = painters()
    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes)
    with RunStore(tmp_path / "store") as opened:
        yield opened


def request(seed=0, **settings):
    settings = settings or SETTINGS
    return RunRequest.make("a red fox", seed, painters=tuple(settings), **settings)


def painted(store, extras=4):
    run = store.submit(request(), "fake-hash")
    execute(run.request, FakePack(), store.recorder(run.id), extras=extras)
    store.queue.set_status(run.id, "done")
    return store.get(run.id)


def all_extras(store, run):
    """Painter → step → names."""
    found = {}
    for painter in run.request.painters:
        found |= frame_extras.extras_index(store.frames.extras_folder(run.id, painter), [painter])
    return found


@pytest.fixture
def client(store, monkeypatch):
    monkeypatch.setattr(resources, "store", lambda: store)
    return TestClient(Starlette(routes=routes()), raise_server_exceptions=False)


def rainbow(height, width):
    """uint8 height×width×3, smooth, every pixel another."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * x / width, 255 * y / height, 128 + 0 * x], -1).astype(np.uint8)


def test_extras_lie_beside_the_frames_and_the_index_names_them(store):
    run = painted(store, extras=4)
    folder = store.frames.extras_folder(run.id, "pixels")
    found = all_extras(store, run)
    assert {p: list(steps) for p, steps in found.items()} == {
        "pixels": [0, 2, 4, 6, 8],
        "diffusion": [0, 1, 2, 3, 4],
    }
    assert all(names == ["gradient"] for by_step in found.values() for names in by_step.values())
    path = frame_extras.find_extra(folder, "pixels", 8, "gradient")
    assert path.is_relative_to(store.frame_path(run.id, "pixels", 8).parents[1]), "removed with the frames"
    assert abs(read_image(path).astype(int) - 255).max() <= 2
    assert frame_extras.find_extra(folder, "pixels", 9, "gradient") is None


def test_a_run_without_extras_has_an_empty_index(store):
    run = painted(store, extras=0)
    assert all_extras(store, run) == {
        "pixels": {},
        "diffusion": {},
    }


def test_other_files_in_the_folder_are_no_pictures(tmp_path):
    place = tmp_path / "extras" / "pixels"
    place.mkdir(parents=True)
    for name in (
        ".writing-abc",
        "00001-secret.webp",
        "00001-gradient.txt",
        "1-gradient.webp",
        "00002-cutouts.png",
        "00002-x0.webp",
    ):
        (place / name).write_bytes(b"")
    assert frame_extras.extras_index(tmp_path, ("pixels",)) == {"pixels": {2: ["cutouts", "x0"]}}


def test_a_large_sheet_of_cutouts_is_shrunk_by_averaging(tmp_path):
    sheet = np.zeros((1024, 512, 3), np.uint8)
    sheet[::2] = 200  # stripes of one pixel: taking every other one would keep only one colour
    frame_extras.write_extras(
        tmp_path, Frame("vqgan", 3, 9, sheet, {"cutouts": sheet, "gradient": rainbow(64, 64)})
    )
    small = read_image(frame_extras.find_extra(tmp_path, "vqgan", 3, "cutouts"))
    assert small.shape == (512, 256, 3)
    assert abs(small.astype(int) - 100).max() <= 2
    kept = read_image(frame_extras.find_extra(tmp_path, "vqgan", 3, "gradient")).astype(int)
    assert kept.shape == (64, 64, 3) and abs(kept - rainbow(64, 64)).mean() < 3


def test_the_pictures_the_command_line_writes_are_found_too(tmp_path):
    place = tmp_path / "extras" / "pixels"
    place.mkdir(parents=True)
    Image.fromarray(rainbow(8, 8)).save(place / "00007-gradient.png")
    assert frame_extras.extras_index(tmp_path, ("pixels",)) == {"pixels": {7: ["gradient"]}}
    assert frame_extras.find_extra(tmp_path, "pixels", 7, "gradient").suffix == ".png"


def test_a_full_disk_ends_the_run_with_a_sentence(tmp_path):
    (tmp_path / "extras").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="Choose a folder"):
        frame_extras.write_extras(tmp_path, Frame("pixels", 1, 2, rainbow(8, 8), {"gradient": rainbow(8, 8)}))


def test_the_route_serves_what_the_index_names_for_ever(store, client):
    run = painted(store)
    index = client.get(f"/extras/{run.id}.json")
    assert index.headers["cache-control"] == "no-store"
    assert index.json()["pixels"]["8"] == ["gradient"]
    answer = client.get(f"/extras/{run.id}/pixels/8/gradient")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/webp"
    assert (
        "immutable" in answer.headers["cache-control"]
        and answer.headers["x-content-type-options"] == "nosniff"
    )
    assert Image.open(io.BytesIO(answer.content)).size == (8, 8)


@pytest.mark.parametrize(
    "path",
    [
        "{run}/pixels/8/cutouts",  # not there
        "{run}/pixels/3/gradient",
        "{run}/vqgan/1/gradient",
        "{run}/pixels/8/secret",
        "{run}/pixels/-8/gradient",
        "{run}/pixels/٨/gradient",
        "{run}/pixels/8/..%2F..%2Fpixels%2F00008.png",
        "{run}/..%2F{run}/8/gradient",
        "{run}/pixels/..%2F8/gradient",
        "..%2F..%2Fstore.sqlite/pixels/8/gradient",
        "aaaaaaaaaaaaaaaaaaaaaaaaaa/pixels/8/gradient",
        "{upper}/pixels/8/gradient",
        "aaaaaaaaaaaaaaaaaaaaaaaaaa.json",
        "..%2F.json",
        "{run}.jsonx",
    ],
)
def test_anything_else_is_not_found(store, client, path):
    run = painted(store)
    folder = store.frames.extras_folder(run.id, "pixels") / "extras" / "pixels"
    (folder / "00008-secret.webp").write_bytes(b"other people's")
    answer = client.get("/extras/" + path.format(run=run.id, upper=run.id.upper()))
    assert answer.status_code == 404
    assert answer.headers.get("cache-control", "no-store") == "no-store"


def test_a_deleted_runs_pictures_are_gone_at_once(store, client):
    run = painted(store)
    with store.database.transaction() as db:
        db.execute("UPDATE runs SET deleted_at = 1 WHERE id = ?", (run.id,))
    assert client.get(f"/extras/{run.id}.json").status_code == 404
    assert client.get(f"/extras/{run.id}/pixels/8/gradient").status_code == 404


def test_an_imported_runs_extras_are_those_of_its_folder(store, client, tmp_path):
    asked = request()
    with FolderRecorder(tmp_path / "run", asked, "fake-hash") as recorder:
        execute(asked, FakePack(), recorder)
        recorder.finish("done")
    execute(asked, FakePack(), frame_extras.RepaintRecorder(tmp_path / "run"), extras=2)
    run = store.import_run(tmp_path / "run")
    assert client.get(f"/extras/{run.id}.json").json()["diffusion"]["4"] == ["gradient"]
    assert client.get(f"/extras/{run.id}/diffusion/4/gradient").status_code == 200


def test_extras_are_not_added_to_pictures_that_come_out_different(tmp_path):
    write_png(frame_file(tmp_path, "pixels", 1), rainbow(8, 8))
    other = rainbow(8, 8)
    other[3, 3, 0] += 1
    same = Frame("pixels", 1, 2, rainbow(8, 8), {"gradient": rainbow(8, 8)})
    frame_extras.RepaintRecorder(tmp_path).record(same, None)
    with pytest.raises(OutputError, match="Step 1 of pixels comes out different"):
        frame_extras.RepaintRecorder(tmp_path).record(Frame("pixels", 1, 2, other, {"gradient": other}), None)
    frame_extras.RepaintRecorder(tmp_path).record(Frame("pixels", 2, 2, other, {"gradient": other}), None)
    assert frame_extras.extras_index(tmp_path, ("pixels",)) == {"pixels": {1: ["gradient"]}}, (
        "only frames that are there get extras"
    )


def test_painting_again_with_extras_gives_the_stored_bytes(store, tiny_pack, monkeypatch):
    """The real painters on tiny models: what is shown as the judge's view belongs to the very frames
    shown.
    """
    monkeypatch.undo()
    asked = RunRequest.make(
        "a red fox in snow",
        pack=str(tiny_pack.folder),
        pixels={"steps": 3},
        vqgan={"steps": 3},
        diffusion={"steps": 3},
    )
    run = store.submit(asked, tiny_pack.hash)
    files = []
    for extras in (0, 2):
        execute(asked, tiny_pack, store.recorder(run.id), extras=extras)
        files.append(
            {(p, s): store.frame_path(run.id, p, s).read_bytes() for p in asked.painters for s in range(4)}
        )
    assert files[0] == files[1]
    found = all_extras(store, run)
    assert {p: list(steps) for p, steps in found.items()} == {p: [1, 2, 3] for p in asked.painters}
    assert found["diffusion"][2] == ["cutouts", "gradient", "noisy", "x0"] and found["vqgan"][3] == [
        "cutouts",
        "gradient",
    ]
