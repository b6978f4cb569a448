"""`--start`: what the painters start from, as it is typed."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.base.images import encode_png, read_image
from core.base.start import picture_hash
from core.storage.start_pictures import StartPictures
from tests.conftest import SIZE, smooth_picture

PICTURE = smooth_picture(np.random.default_rng(5))


def run(out: Path, pack: Path, *more: str) -> int:
    options = ["--prompt", "a red fox in snow", "--steps", "2", "--painters", "pixels", "--pack", str(pack)]
    return main(["run", "--out", str(out), *options, *more])


def start_in(out: Path) -> str:
    return json.loads((out / "run.json").read_text())["settings"]["pixels"]["start"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """PICTURE as a file."""
    path = tmp_path / "my picture.png"
    path.write_bytes(encode_png(PICTURE))
    return path


def test_a_run_starts_from_a_file_and_another_from_its_last_frame(tiny_pack, tmp_path, file, monkeypatch):
    monkeypatch.setenv("CTJP_THREADS", "1")
    out, further = tmp_path / "out", tmp_path / "further"
    assert run(out, tiny_pack.folder, "--start", str(file)) == 0
    assert np.array_equal(read_image(out / "frames/pixels/00000.png"), PICTURE) and len(PICTURE) == SIZE
    assert start_in(out) == f"picture:{picture_hash(PICTURE)}"  # no path, no name
    assert np.array_equal(StartPictures(out).picture(picture_hash(PICTURE)), PICTURE)
    assert main(["extras", str(out)]) == 0  # paints it again from the picture beside it
    assert run(further, tiny_pack.folder, "--pixels-start", f"frame:{out}/pixels") == 0
    last = read_image(out / "frames/pixels/00002.png")
    assert np.array_equal(read_image(further / "frames/pixels/00000.png"), last)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("nowhere.png", "there is no such file"),
        ("rendering:a blue car on sand@1", "Only packs of the miniature world"),
        ("picture:" + "ab" * 32, "not stored here"),
    ],
)
def test_what_cannot_be_a_start_is_one_line_and_leaves_nothing(tiny_pack, tmp_path, capsys, start, said):
    assert run(tmp_path / "out", tiny_pack.folder, "--start", start) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and not (tmp_path / "out").exists()
