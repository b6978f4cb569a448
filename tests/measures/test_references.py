"""References from a folder of pictures: the split, the crops, what is written, and what is refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.base.errors import PackError, UserError
from core.bench.page_data import read_realism_page
from core.measures.reencodings import KINDS
from core.measures.references import RECIPE_FILE, REFERENCE_FILE, REFERENCES, read_recipe
from core.packs import open_pack, pack_hash, read_manifest
from core.packs.photograph_realism import open_for_pack
from core.packs.realism_encoder import encoder_record
from core.training.folder import crops, part_of, pictures_in, split
from core.training.realism import from_folder
from tests.conftest import OWN_SIDES, SIZE, fitted_reference, smooth_picture

COUNT = len(OWN_SIDES)


@pytest.fixture(scope="module")
def folder(own_pictures: Path) -> Path:
    """The folder of COUNT pictures."""
    return own_pictures


@pytest.fixture(scope="module")
def alone(own_reference: tuple[Path, dict[str, Any]]) -> tuple[Path, dict[str, Any]]:
    """A reference of that folder, and its recipe."""
    return own_reference


def test_only_pictures_that_are_large_enough_count(folder):
    assert [path.name for path in pictures_in(folder, SIZE)] == [f"{i:03d}.png" for i in range(COUNT)]
    assert len(pictures_in(folder, 24)) == COUNT + 1


def test_every_picture_is_in_one_part_whatever_else_is_there(folder):
    paths = pictures_in(folder, SIZE)
    parts = split(paths, 0)
    assert sorted(sum(parts.values(), [])) == paths
    assert [len(parts[part]) / COUNT for part in ("reference", "calibration", "test")] == pytest.approx(
        [0.5, 0.25, 0.25], abs=0.12
    )
    assert split(paths[::2], 0)["test"] == [path for path in parts["test"] if path in paths[::2]]
    assert [part_of(path, 1) for path in paths] != [part_of(path, 0) for path in paths]


def test_crops_repeat_and_enlarge_nothing(folder):
    paths = pictures_in(folder, SIZE)[:3]
    one, again, other = (np.stack(list(crops(paths, SIZE, 4, seed))) for seed in (0, 0, 1))
    assert one.shape == (12, SIZE, SIZE, 3) and one.dtype == np.uint8
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert np.array_equal(one[4:8], np.stack(list(crops(paths[1:2], SIZE, 4, 0))))
    exact = np.stack(list(crops(paths[:1], 40, 3, 0)))
    source = np.array(Image.open(paths[0]))
    assert all(any(np.array_equal(crop, source[:, x : x + 40]) for x in range(9)) for crop in exact)


def test_a_reference_stands_alone(alone, tiny_pack, folder):
    out, recipe = alone
    assert {path.name for path in out.iterdir()} == {REFERENCE_FILE, RECIPE_FILE}
    realism = open_for_pack(out, tiny_pack)
    assert (
        realism.size == (SIZE, SIZE)
        and 0 < realism.score(smooth_picture(np.random.default_rng(9))).realism <= 1
    )
    assert recipe["pictures"] + recipe["calibration"] + len(recipe["test"]) == COUNT
    assert recipe["figures"]["pictures"] == 2 * len(recipe["test"]) and recipe["figures"]["share_half"] > 0.5
    assert recipe == read_recipe(out)


def test_the_same_command_gives_the_same_reference_in_as_many_threads(alone, folder, tiny_pack, tmp_path):
    again = fitted_reference(folder, tiny_pack.folder, tmp_path / "again")
    assert again["sha256"] == alone[1]["sha256"]


def test_a_pack_gets_its_own_reference(folder, tiny_pack, tmp_path):
    copy = shutil.copytree(tiny_pack.folder, tmp_path / "pack")
    before = read_manifest(copy)
    manifest = from_folder(folder, "miniature", copy, each=1, tell=lambda text: None)
    assert manifest == read_manifest(copy) and pack_hash(manifest) != pack_hash(before)
    entry = manifest["models"]["realism"]
    assert entry["training"]["versions"] == ["as they are", *KINDS]
    assert entry["encoder"] == encoder_record(before)
    assert manifest["reference"]["realism"] != before["reference"]["realism"]
    assert manifest["reference"]["score"] == before["reference"]["score"]
    assert {name: entry for name, entry in manifest["models"].items() if name != "realism"} == {
        name: entry for name, entry in before["models"].items() if name != "realism"
    }
    assert open_pack(copy).realism.score(smooth_picture(np.random.default_rng(9))).realism > 0


def test_another_encoder_is_refused(alone, tiny_pack, tmp_path):
    copy = shutil.copytree(alone[0], tmp_path / "copy")
    recipe = json.loads((copy / RECIPE_FILE).read_text())
    (copy / RECIPE_FILE).write_text(
        json.dumps(recipe | {"encoder": recipe["encoder"] | {"sha256": "0" * 64}})
    )
    with pytest.raises(PackError, match="another encoder.*train realism"):
        open_for_pack(copy, tiny_pack)


def test_an_altered_reference_is_refused(alone, tiny_pack, tmp_path):
    copy = shutil.copytree(alone[0], tmp_path / "copy")
    data = (copy / REFERENCE_FILE).read_bytes()
    (copy / REFERENCE_FILE).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(PackError, match="altered"):
        open_for_pack(copy, tiny_pack)
    with pytest.raises(PackError, match="Unknown realism reference.*choose from"):
        open_for_pack(tmp_path / "nothing", tiny_pack)


def test_too_few_pictures_are_refused(folder, tiny_pack, tmp_path):
    with pytest.raises(UserError, match="0 pictures of at least 64×64 px.*Add pictures, or lower --size"):
        from_folder(folder, tiny_pack.folder, tmp_path / "out", size=64)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options, words",
    [
        (["--images", "nowhere", "--out", "x"], "no folder nowhere"),
        (["--images", "nowhere"], "--images needs --out"),
        (["--images", "nowhere", "--out", "x", "--size", "7"], "--size is 7; it takes 16 to 2048"),
        (["--images", "nowhere", "--out", "x", "--crops", "0"], "--crops is 0"),
    ],
)
def test_bad_options_give_one_line(options, words, capsys, tiny_pack):
    assert main(["train", "realism", "--pack", str(tiny_pack.folder), *options]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_the_shipped_reference_is_small_and_belongs_to_the_shipped_pack():
    folder = REFERENCES / "photographs"
    recipe = read_recipe(folder)
    assert recipe["size"] == 224
    assert recipe["encoder"].items() >= encoder_record(read_manifest("miniature")).items()
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000


def test_the_shipped_page_is_small_and_belongs_to_the_shipped_pack():
    figures, folder = read_realism_page("miniature")
    assert figures["pack_hash"] == pack_hash(read_manifest("miniature"))
    assert figures["pictures"]["real"] >= 500 and figures["example"]["caption"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 600_000
