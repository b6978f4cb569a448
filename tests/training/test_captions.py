"""Captions as people have them, and pictures that cannot be read."""

import json
import struct
import zlib

import numpy as np
import pytest

from core.base.errors import UserError
from core.base.images import write_png
from core.training.caption_tables import captions_in_tables, lines_of
from core.training.captioned import FEWEST, import_pictures
from core.training.data import load_split


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("captions.csv", 'file,caption\na.png,"a red\nfox"\n'),
        ("captions.csv", 'image,caption\r\na.png,"a red\nfox"\r\n'),
        ("metadata.csv", 'file_name,text\na.png,"a red\nfox"\n'),
        ("metadata.jsonl", json.dumps({"file_name": "a.png", "text": "a red\nfox"})),
        ("captions.jsonl", json.dumps({"image_path": "a.png", "caption": "a red\nfox"}) + "\n\n"),
    ],
)
def test_tables_are_read_as_data_sets_have_them(name, text, tmp_path):
    (tmp_path / name).write_bytes(text.encode())
    assert captions_in_tables(tmp_path) == {tmp_path / "a.png": ["a red\nfox"]}


def test_backslashes_part_folders_unless_a_file_has_one(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").touch()
    (tmp_path / "captions.csv").write_text("file,caption\nin\\a.png,one\n")
    assert list(captions_in_tables(tmp_path)) == [tmp_path / "in" / "a.png"]


def test_only_line_ends_end_a_line():
    assert lines_of("one\u2028still one\u0085too\r\ntwo\n") == ["one\u2028still one\u0085too", "two", ""]


def test_a_table_without_a_known_column_is_refused(tmp_path):
    (tmp_path / "metadata.csv").write_text("file_name,label\na.png,3\n")
    with pytest.raises(
        UserError, match="begins with file_name,label; its columns must be one of file, file_name"
    ):
        captions_in_tables(tmp_path)


def _claiming(side, png):
    """A PNG whose head says that its sides have so many pixels."""
    head = b"IHDR" + struct.pack(">II", side, side) + png[24:29]
    return png[:12] + head + struct.pack(">I", zlib.crc32(head)) + png[33:]


def test_a_damaged_picture_is_named_and_left_out(tmp_path):
    """Two more than the fewest: one cut off, one that claims far more pixels than are accepted."""
    images = tmp_path / "mine"
    images.mkdir()
    for number in range(FEWEST + 2):
        write_png(images / f"{number:03d}.png", np.full((128, 128, 3), number, np.uint8))
        (images / f"{number:03d}.txt").write_text(f"number {number}")
    whole = (images / "007.png").read_bytes()
    (images / "007.png").write_bytes(whole[: len(whole) - 30])
    (images / "050.png").write_bytes(_claiming(30_000, whole))
    told = []
    counts = import_pictures(images, tmp_path / "work", tmp_path / "data", told.append)
    assert sum(counts.values()) == FEWEST and "2 left out" in told[-1]
    assert sorted(line.split(":")[0] for line in told[:-1]) == ["Left out 007.png", "Left out 050.png"]
    pictures, scenes = zip(*(load_split(tmp_path / "data", split) for split in counts), strict=True)
    assert sum(map(len, pictures)) == sum(map(len, scenes)) == FEWEST
