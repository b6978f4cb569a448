"""A folder of captioned pictures becomes a model pack, and what cannot be used is named."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from core.base.errors import OutputError, SettingError, UserError
from core.base.images import write_png
from core.base.request import RunRequest
from core.cli import train
from core.execute import execute
from core.packs import open_pack
from core.training import evaluate
from core.training.captioned import FEWEST, captioned_pictures, divide, import_pictures, square
from core.training.data import load_split
from core.training.texts import Captioned, caption, every_text, facets, paraphrase
from tests.conftest import smooth_picture
from tests.support.training_data import small

# A batch may be larger than there are pictures.
BATCH = {"judge": 8, "heldout": 99, "vqgan": 3, "decoder": 4, "denoiser": 2, "robust": 4, "eyes": 8}
COLOURS = {"red": (200, 40, 40), "blue": (40, 40, 200)}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """The fewest pictures: half with a text beside them, half in tables, some in a sub-folder."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "more").mkdir()
    rng = np.random.default_rng(0)
    rows = ["file,caption"]
    lines = []
    for i in range(FEWEST):
        name = f"{'more/' if i % 3 == 0 else ''}{i:03d}.png"
        colour = list(COLOURS)[i % 2]
        picture = smooth_picture(rng, 130)[:128] // 2 + np.array(COLOURS[colour], np.uint8) // 2
        write_png(folder / name, picture)
        if i % 2:
            said = f"A {colour}  cloud, number {i}\n\nsomething {colour}\n"
            (folder / name).with_suffix(".txt").write_text(said, "utf-8")
        elif i % 4:
            rows.append(f'{name},"a {colour} cloud, at {i}"')
        else:
            lines.append(json.dumps({"file": name, "caption": f"some {colour} cloud"}))
    (folder / "captions.csv").write_text("\n".join(rows), "utf-8-sig")
    (folder / "captions.jsonl").write_text("\n".join(lines))
    write_png(folder / "icon.png", smooth_picture(rng, 24))  # too small: left out, and needs no caption
    return folder


def test_captions_come_from_beside_and_from_tables(images):
    found = captioned_pictures(images, 128)
    assert len(found) == FEWEST
    assert found[images / "001.png"] == ("A blue cloud, number 1", "something blue")
    assert found[images / "002.png"] == ("a red cloud, at 2",)
    assert found[images / "more/000.png"] == ("some red cloud",)


def test_every_picture_is_in_one_split(images):
    paths = list(captioned_pictures(images, 128))
    parts = divide(paths, images)
    counts = {name: len(part) for name, part in parts.items()}
    assert counts == {"test": 20, "calibration": 20, "train": FEWEST - 40}
    assert sorted(sum(parts.values(), [])) == paths and divide(paths[::-1], images) == parts


def test_the_middle_square_is_kept(tmp_path):
    picture = np.zeros((128, 256, 3), np.uint8)
    picture[:, 64:192] = 255
    write_png(tmp_path / "wide.png", picture)
    assert (square(tmp_path / "wide.png", 128) == 255).all()
    Image.new("RGB", (400, 300), (10, 20, 30)).save(tmp_path / "large.jpg", quality=95)
    assert square(tmp_path / "large.jpg", 128).shape == (128, 128, 3)


def _delete(*names):
    """A change to a folder: the files that match these patterns are gone."""

    def change(folder):
        for path in [path for name in names for path in folder.rglob(name)]:
            path.unlink()

    return change


def _write(name, content):
    """A change to a folder: a file has this text, or these bytes."""

    def change(folder):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_delete("001.txt"), "1 of 100 pictures .* have no caption, such as 001.png. Write them into"),
        (_write("001.txt", " \n"), "1 of 100 pictures"),
        (_write("001.txt", b"\xff\xfe\x00"), "001.txt cannot be read"),
        (_write("captions.csv", "name;text"), "begins with name;text; its columns must be one of file"),
        (_write("captions.csv", "file,caption\n001.png," + "x" * 140_000), "is not readable"),
        (_write("captions.csv", "file,caption\n001.png"), "row 1, names no file and caption"),
        (_write("captions.jsonl", "{"), "captions.jsonl is not readable"),
        (_write("captions.jsonl", "[1]"), "row 1, names no file"),
        (_delete("001.png", "005.png"), "holds 98 pictures .* 100 are the fewest"),
        (_delete("*.txt", "captions.*"), "None of the 100 pictures"),
    ],
)
def test_what_cannot_be_used_is_named(change, words, images, tmp_path):
    folder = shutil.copytree(images, tmp_path / "copy")
    change(folder)
    with pytest.raises(UserError, match=words) as caught:
        captioned_pictures(folder, 128)
    assert "\n" not in str(caught.value)


def test_a_training_on_other_pictures_is_left_alone(images, tmp_path):
    (tmp_path / "judge.pt").touch()
    words = "holds a training on other pictures. Choose another folder with --work"
    with pytest.raises(OutputError, match=words):
        import_pictures(images, tmp_path, tmp_path / "world")
    (tmp_path / "rendered/world/train").mkdir(parents=True)
    with pytest.raises(OutputError, match="other pictures"):
        import_pictures(images, tmp_path / "rendered", tmp_path / "rendered/world")
    with pytest.raises(SettingError, match="pictures needs --images"):
        train.main(["pictures", "--work", str(tmp_path / "new")])


def test_captions_stand_where_scenes_do():
    scene, rng = Captioned(("one", "two")), np.random.default_rng(0)
    assert caption(scene) == "one" and every_text([scene]) == ["one", "two"] and facets([scene]) == {}
    assert {paraphrase(scene, rng)[0] for _ in range(20)} == {"one", "two"}
    assert len(every_text()) > 100 and "subject" in facets()


class Recorder:
    """Counts the frames that were measured."""

    def __init__(self):
        self.frames = 0

    def record(self, frame, measured):
        assert measured.realism is not None
        self.frames += 1


@pytest.fixture
def quick(monkeypatch):
    """Small networks, and two pictures in the place of forty where the denoiser is measured."""
    whole = evaluate.sampling
    small(monkeypatch)
    monkeypatch.setattr(evaluate, "sampling", lambda pack, scenes: whole(pack, scenes[:2], steps=2))


def _train(stage, work, *more):
    assert train.main([stage, "--work", str(work), "--threads", "1", *more]) == 0


@pytest.mark.usefixtures("quick")
def test_every_stage_runs_and_the_pack_paints(images, tmp_path, capsys):
    work = tmp_path / "clouds"
    _train("pictures", work, "--images", str(images))
    pictures, scenes = load_split(work / "world", "train")
    assert pictures.shape == (FEWEST - 40, 128, 128, 3) and all(scene.captions for scene in scenes)
    for stage, batch in BATCH.items():
        _train(stage, work, "--steps", "2", "--batch", str(batch))
    _train("pack", work)
    pack = open_pack(work / "pack")
    manifest = pack.manifest
    assert manifest["name"] == "clouds" and len(manifest["examples"]) == 8 and "choices" not in manifest
    assert {"red", "blue", "cloud"} <= set(manifest["words"]) and "fox" not in manifest["words"]
    assert manifest["models"]["realism"]["training"]["pictures"] == FEWEST - 40
    assert {"score", "heldout", "gap", "realism"} <= set(manifest["reference"])
    assert manifest["reference"]["pictures"] == 20
    recorder = Recorder()
    steps = {"pixels": {"steps": 1}, "vqgan": {"steps": 1}, "diffusion": {"steps": 2}}
    request = RunRequest.make("a red cloud", pack=str(work / "pack"), **steps)
    assert execute(request, pack, recorder) == "done" and recorder.frames == 7
    # the same measurement for a pack that was trained elsewhere: no stage's data, only a folder
    pack_folder = str(work / "pack")
    _train("reference", work, "--out", pack_folder, "--images", str(images))
    assert open_pack(pack_folder).manifest["reference"]["pictures"] == FEWEST
    assert "reference:" in capsys.readouterr().out
