"""The only conversions between tensors, arrays and files."""

import io
import os

import numpy as np
import pytest
from PIL import Image

from core.base.errors import OutputError, UserError
from core.base.files import write_bytes
from core.base.images import encode_png, read_image, to_tensor, to_uint8, write_png


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def test_tensor_round_trip_keeps_every_value():
    ramp = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    tensor = to_tensor(ramp)
    assert tuple(tensor.shape) == (1, 3, 16, 16) and float(tensor.min()) == 0 and float(tensor.max()) == 1
    assert np.array_equal(to_uint8(tensor), ramp) and np.array_equal(to_uint8(tensor[0]), ramp)


def test_to_uint8_rounds_and_clamps():
    import torch

    values = torch.tensor([-1.0, 0.4999 / 255, 0.5001 / 255, 2.0]).view(1, 1, 1, 4).expand(1, 3, 1, 4)
    assert to_uint8(values)[0, :, 0].tolist() == [0, 0, 1, 255]


def test_layout_is_rows_columns_rgb(picture):
    tensor = to_tensor(picture)
    assert float(tensor[0, 2, 3, 6]) == pytest.approx(picture[3, 6, 2] / 255)


def test_png_round_trip_with_text_and_density(picture):
    data = encode_png(picture, {"Prompt": "a fox 🦊", "Seed": 3}, dpi=200)
    assert np.array_equal(read_image(data), picture)
    with Image.open(io.BytesIO(data)) as image:
        assert image.text == {"Prompt": "a fox 🦊", "Seed": "3"}
        assert image.info["dpi"][0] == pytest.approx(200, abs=0.1)
    assert encode_png(picture) == encode_png(picture)


def test_write_replaces_and_leaves_nothing_else(tmp_path, picture):
    path = tmp_path / "new" / "picture.png"
    write_png(path, picture)
    write_png(path, picture[:2])
    assert read_image(path).shape == (2, 7, 3)
    assert [p.name for p in path.parent.iterdir()] == ["picture.png"]


def test_failed_write_keeps_the_old_file_and_says_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    write_bytes(path, b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left on device.*Choose a folder"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_a_file_where_a_folder_is_wanted(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="Cannot write"):
        write_bytes(tmp_path / "file" / "inside.png", b"x")


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n truncated"])
def test_what_is_not_a_picture_is_refused(data):
    with pytest.raises(UserError, match="Cannot read that picture"):
        read_image(data)


def test_truncated_picture_is_refused(picture):
    with pytest.raises(UserError):
        read_image(encode_png(np.tile(picture, (40, 40, 1)))[:200])
