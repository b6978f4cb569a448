"""`python -m core sweep`: which cells it paints again."""

import json

import pytest

import core.execute
import core.packs
from core.__main__ import main
from core.base.images import read_image
from tests.support.fake_pack import FakePack, painters


@pytest.fixture
def sweep(monkeypatch, tiny_pack, tmp_path):
    """Paints a sweep with painters that cost nothing; returns what each cell's folder says of its run."""
    pack = FakePack()
    pack.hash = tiny_pack.hash
    monkeypatch.setattr(core.packs, "open_pack_limited", lambda name: pack)
    classes = painters()
    monkeypatch.setattr(core.execute, "painter_classes", lambda: classes)
    out = tmp_path / "out"

    def call(*more, prompt="a red fox", steps=2):
        command = ["sweep", "--prompt", prompt, "--painter", "pixels", "--x", "seed=1,2"]
        where = ["--pack", str(tiny_pack.folder), "--out", str(out)]
        status = main([*command, "--set", f"steps={steps}", *where, *more])
        return status, [json.loads(path.read_text()) for path in sorted(out.glob("*/run.json"))]

    call.pack = pack
    call.out = out
    return call


def test_a_cell_that_is_done_is_not_painted_again(sweep):
    _, before = sweep()
    assert [cell["status"] for cell in before] == ["done", "done"]
    assert read_image(sweep.out / "tradeoff.png").shape[1] == 1800
    assert sweep() == (0, before)
    assert sweep("--force") == (0, before)


def test_another_prompt_is_refused_and_painted_by_force(sweep):
    sweep(steps=3)
    assert sweep(prompt="a blue fox")[0] == 2
    status, cells = sweep("--force", prompt="a blue fox", steps=2)
    assert status == 0 and {cell["prompt"] for cell in cells} == {"a blue fox"}
    frames = sorted(path.name for path in (sweep.out / "00-1").rglob("frames/*/*.png"))
    assert frames == ["00000.png", "00001.png", "00002.png"], "no frame of the run before is left"


def test_another_pack_is_painted_again(sweep, monkeypatch):
    _, before = sweep()
    monkeypatch.setattr(core.packs, "pack_hash", lambda manifest: "another")
    sweep.pack.hash = "another"
    _, cells = sweep()
    assert [cell["pack_hash"] for cell in cells] == ["another", "another"] != before
