"""A folder of captioned pictures becomes a model pack: every stage runs on it, and what cannot be used is named."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from core.errors import OutputError, SettingError, UserError
from core.images import write_png
from core.settings import RunRequest
from core.training import cli
from core.training.captioned import FEWEST, captioned_pictures, divide, import_pictures, square
from core.training.data import load_split
from core.training.texts import Captioned, caption, every_text, facets, paraphrase
from tests.conftest import smooth_picture

COLOURS = {"red": (200, 40, 40), "blue": (40, 40, 200)}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """The fewest pictures: half with a text beside them, half in tables, some in a sub-folder."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "more").mkdir()
    rng, rows, lines = np.random.default_rng(0), ["file,caption"], []
    for i in range(FEWEST):
        name, colour = f"{'more/' if i % 3 == 0 else ''}{i:03d}.png", list(COLOURS)[i % 2]
        picture = smooth_picture(rng, 130)[:128] // 2 + np.array(COLOURS[colour], np.uint8) // 2
        write_png(folder / name, picture)
        if i % 2:
            (folder / name).with_suffix(".txt").write_text(f"A {colour}  cloud, number {i}\n\nsomething {colour}\n", "utf-8")
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
    assert {name: len(part) for name, part in parts.items()} == {"test": 20, "calibration": 20, "train": FEWEST - 40}
    assert sorted(sum(parts.values(), [])) == paths and divide(paths[::-1], images) == parts


def test_the_middle_square_is_kept(tmp_path):
    picture = np.zeros((128, 256, 3), np.uint8)
    picture[:, 64:192] = 255
    write_png(tmp_path / "wide.png", picture)
    assert (square(tmp_path / "wide.png", 128) == 255).all()
    Image.new("RGB", (400, 300), (10, 20, 30)).save(tmp_path / "large.jpg", quality=95)
    assert square(tmp_path / "large.jpg", 128).shape == (128, 128, 3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "001.txt").unlink(), "1 of 100 pictures .* have no caption, such as 001.png. Write them into"),
        (lambda folder: (folder / "001.txt").write_text(" \n"), "1 of 100 pictures"),
        (lambda folder: (folder / "001.txt").write_bytes(b"\xff\xfe\x00"), "001.txt cannot be read"),
        (lambda folder: (folder / "captions.csv").write_text("name;text"), "begins with name;text; its first line must be file,caption"),
        (lambda folder: (folder / "captions.csv").write_text("file,caption\n001.png," + "x" * 140_000), "is not readable"),
        (lambda folder: (folder / "captions.csv").write_text("file,caption\n001.png"), "row 1, names no file and caption"),
        (lambda folder: (folder / "captions.jsonl").write_text("{"), "captions.jsonl is not readable"),
        (lambda folder: (folder / "captions.jsonl").write_text("[1]"), "row 1, names no file"),
        (lambda folder: [path.unlink() for path in (folder / "001.png", folder / "005.png")], "holds 98 pictures .* 100 are the fewest"),
        (lambda folder: [path.unlink() for path in [*folder.rglob("*.txt"), *folder.glob("captions.*")]], "None of the 100 pictures"),
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
    with pytest.raises(OutputError, match="holds a training on other pictures. Choose another folder with --work"):
        import_pictures(images, tmp_path, tmp_path / "world")
    (tmp_path / "rendered/world/train").mkdir(parents=True)
    with pytest.raises(OutputError, match="other pictures"):
        import_pictures(images, tmp_path / "rendered", tmp_path / "rendered/world")
    with pytest.raises(SettingError, match="pictures needs --images"):
        cli.main(["pictures", "--work", str(tmp_path / "new")])


def test_captions_stand_where_scenes_do():
    scene, rng = Captioned(("one", "two")), np.random.default_rng(0)
    assert caption(scene) == "one" and every_text([scene]) == ["one", "two"] and facets([scene]) == {}
    assert {paraphrase(scene, rng)[0] for _ in range(20)} == {"one", "two"}
    assert len(every_text()) > 100 and "subject" in facets()


def test_every_stage_runs_and_the_pack_paints(images, tmp_path, monkeypatch, capsys):
    from core.packs import open_pack
    from core.runs import execute
    from core.training import autoencoder, denoiser, evaluate, judges
    from tests.test_training import CONFIG, UNET

    monkeypatch.setattr(autoencoder, "CONFIG", CONFIG)
    monkeypatch.setattr(autoencoder, "WARMUP", 1)
    monkeypatch.setattr(denoiser, "CONFIG", UNET)
    whole = evaluate.sampling
    monkeypatch.setattr(evaluate, "sampling", lambda pack, scenes: whole(pack, scenes[:2], steps=2))
    for tower in judges.TOWERS:
        monkeypatch.setitem(judges.TOWERS, tower, {"layers": 1, "width": 32, "head_width": 16, "patch_size": 32})
    work = tmp_path / "clouds"
    assert cli.main(["pictures", "--images", str(images), "--work", str(work)]) == 0
    pictures, scenes = load_split(work / "world", "train")
    assert pictures.shape == (FEWEST - 40, 128, 128, 3) and all(scene.captions for scene in scenes)
    batch = {"judge": "8", "heldout": "999", "vqgan": "2", "decoder": "1", "denoiser": "2"}
    for stage in cli.STEPS:  # a batch larger than there are pictures is made smaller
        assert cli.main([stage, "--work", str(work), "--steps", "2", "--batch", batch[stage], "--threads", "1"]) == 0
    assert cli.main(["pack", "--work", str(work), "--threads", "1"]) == 0
    pack = open_pack(work / "pack")
    manifest = pack.manifest
    assert manifest["name"] == "clouds" and len(manifest["examples"]) == 8 and "choices" not in manifest
    assert {"red", "blue", "cloud"} <= set(manifest["words"]) and "fox" not in manifest["words"]
    assert manifest["models"]["realism"]["training"]["pictures"] == FEWEST - 40
    assert {"score", "heldout", "gap", "realism"} <= set(manifest["reference"]) and manifest["reference"]["pictures"] == 20
    rows = []
    recorder = type("Recorder", (), {"record": lambda self, frame, found: rows.append(found.realism)})()
    request = RunRequest.make("a red cloud", pack=str(work / "pack"), pixels={"steps": 1}, vqgan={"steps": 1}, diffusion={"steps": 2})
    assert execute(request, pack, recorder) == "done" and len(rows) == 7
    # the same measurement for a pack that was trained elsewhere: no stage's data, only a folder
    assert cli.main(["reference", "--out", str(work / "pack"), "--images", str(images), "--threads", "1"]) == 0
    assert open_pack(work / "pack").manifest["reference"]["pictures"] == FEWEST
    assert "reference:" in capsys.readouterr().out
