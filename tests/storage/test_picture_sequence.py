"""`run --frames DIR`: a folder that can be played while it grows."""

import numpy as np
import pytest

from core.__main__ import main
from core.base.errors import OutputError
from core.base.frame import Frame
from core.base.images import read_image
from core.base.request import RunRequest
from core.storage.picture_sequence import SequenceRecorder
from tests.support.fake_pack import FakePack


class Nobody:
    """A recorder that counts."""

    def __init__(self):
        self.frames = 0

    def record(self, frame, measurement):
        self.frames += 1


def request(*painters):
    return RunRequest.make("a red fox", painters=painters)


def frame(painter, level, size=8):
    return Frame(painter, 0, 1, np.full((size, size, 3), level, np.uint8), {}, 0)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_painters_stand_side_by_side_once_each_has_begun(tmp_path):
    told = Nobody()
    sequence = SequenceRecorder(told, tmp_path / "live", request("pixels", "vqgan"), 8)
    sequence.record(frame("pixels", 10), None)
    assert not (tmp_path / "live").exists()
    sequence.record(frame("vqgan", 20), None)
    sequence.record(frame("pixels", 30), None)
    assert names(tmp_path / "live") == ["000000.png", "000001.png"] and told.frames == 3
    first, second = (read_image(tmp_path / "live" / name) for name in names(tmp_path / "live"))
    assert first.shape == second.shape == (8, 16, 3)
    assert (first[:, :8] == 10).all() and (first[:, 8:] == 20).all() and (second[:, :8] == 30).all()


def test_a_second_run_goes_on_with_the_numbers(tmp_path):
    for level in (10, 20):
        SequenceRecorder(Nobody(), tmp_path, request("pixels"), 8).record(frame("pixels", level), None)
    assert (
        names(tmp_path) == ["000000.png", "000001.png"] and (read_image(tmp_path / "000001.png") == 20).all()
    )


def test_a_picture_appears_only_when_it_is_whole(tmp_path, monkeypatch):
    """A player that lists the folder at any moment finds no half of a picture under a picture's name."""
    import core.base.files

    seen = []
    replace = core.base.files.os.replace

    def watched(source, target):
        seen.append(([name for name in names(tmp_path) if name.endswith(".png")], read_image(source).shape))
        replace(source, target)

    monkeypatch.setattr(core.base.files.os, "replace", watched)
    SequenceRecorder(Nobody(), tmp_path, request("pixels"), 8).record(frame("pixels", 10), None)
    assert seen == [([], (8, 8, 3))] and names(tmp_path) == ["000000.png"]


def test_what_would_spoil_the_film_is_refused(tmp_path):
    SequenceRecorder(Nobody(), tmp_path, request("pixels"), 8).record(frame("pixels", 10), None)
    with pytest.raises(OutputError, match="8 × 8 pixels, this run's have 16 × 8"):
        SequenceRecorder(Nobody(), tmp_path, request("pixels", "vqgan"), 8)
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(OutputError, match="holiday.jpg.*empty folder"):
        SequenceRecorder(Nobody(), tmp_path, request("pixels"), 8)


def test_the_command_writes_it_and_refuses_before_it_paints(tmp_path, tiny_pack, monkeypatch, capsys):
    import core.execute
    import core.exports.figure
    import core.packs
    from tests.support.fake_pack import painters

    class Pack(FakePack):
        size = tiny_pack.size

    fakes = painters()
    monkeypatch.setattr(core.packs, "open_pack_limited", lambda name: Pack())
    monkeypatch.setattr(core.execute, "painter_classes", lambda: fakes)
    monkeypatch.setattr(core.exports.figure, "figure_png", lambda sheet: b"")
    line = [
        "run",
        "--prompt",
        "a red fox",
        "--pack",
        str(tiny_pack.folder),
        "--painters",
        "pixels,diffusion",
        "--steps",
        "4",
    ]
    assert main([*line, "--out", str(tmp_path / "run"), "--frames", str(tmp_path / "live")]) == 0
    # five frames of each painter; the first picture comes with the second painter's start
    assert names(tmp_path / "live") == [f"{number:06d}.png" for number in range(9)]
    assert len(names(tmp_path / "run" / "frames" / "pixels")) == 5
    (tmp_path / "live" / "other.txt").write_text("")
    capsys.readouterr()
    assert main([*line, "--out", str(tmp_path / "second"), "--frames", str(tmp_path / "live")]) == 2
    assert "other.txt" in capsys.readouterr().err and not (tmp_path / "second").exists()
