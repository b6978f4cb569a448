"""Every kind of export is what it says, carries the settings, and has a harmless name."""

import json
import re
import xml.etree.ElementTree as xml

import pytest

from core import __main__ as program
from core.base import png_records
from core.base.png_records import RECORD_KEY
from core.base.request import RunRequest
from core.base.settings import PAINTERS
from core.exports import figure
from core.exports.kinds import EXPORT_KINDS, QUICK_KINDS, export_bytes, file_name
from tests.support.exporting import opened
from tests.support.serving import STEPS


@pytest.mark.parametrize("kind", ["png", "sheet", "webp", *PAINTERS])
def test_every_png_and_webp_carries_the_settings(whole, kind):
    found = png_records.read_picture_settings(export_bytes(whole, kind, 0.5), "mine")
    assert found.request.settings == whole.request.settings and found.request.prompt == whole.request.prompt
    assert found.pack_hash == "ab" * 32 and found.versions["numpy"] and found.code_revision
    assert found.kind == {"png": "figure", "sheet": "sheet", "webp": "movie"}.get(kind, "frame")
    assert found.step == (STEPS[kind] // 2 if kind in PAINTERS else None)


def test_the_same_run_gives_the_same_pictures(whole):
    for kind in ("sheet", "svg", "pixels", "csv"):
        assert export_bytes(whole, kind) == export_bytes(whole, kind), kind


def test_a_figure_shows_the_step_asked_for(whole):
    text = "".join(xml.fromstring(export_bytes(whole, "svg", 0.5)).itertext())
    for painter, steps in STEPS.items():
        assert f"step {steps // 2} of {steps}, " in text, painter
    assert "show the steps named" in text
    ended = "".join(xml.fromstring(export_bytes(whole, "svg")).itertext())
    assert "step 20 of 20, " in ended and "show the steps named" not in ended
    record = xml.fromstring(export_bytes(whole, "svg")).find("{http://www.w3.org/2000/svg}metadata").text
    assert json.loads(record)["seed"] == 0


def test_marks_stand_on_the_step_asked_for(whole):
    marks = figure.figure_data(whole, 0.5).chart_data()["now"]
    assert {mark["painter"]: mark["x"] for mark in marks} == dict.fromkeys(STEPS, 50)


@pytest.mark.parametrize(
    "prompt", ["a red fox", "漢字", "../../etc/passwd", 'a"b\\c', "x" * 300, "ÄÖ ñ", "-", "CON."]
)
def test_file_names_are_harmless(prompt):
    for kind in EXPORT_KINDS:
        name = file_name(RunRequest.make(prompt, 3), kind, 40)
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*-seed3[a-z0-9-]*\.[a-z0-9]+", name) and len(name) < 110
    assert file_name(RunRequest.make("A red fox!", 3), "svg", 40) == "a-red-fox-seed3-figure-at-40.svg"


def test_the_command_writes_every_quick_kind(run, tmp_path, capsys):
    for kind in (*QUICK_KINDS, "svg"):
        assert (
            program.main(["export", str(run), "--as", kind, "--out", str(tmp_path / kind), "--at", "50"]) == 0
        )
        assert (tmp_path / kind).stat().st_size > 100
    assert opened((tmp_path / "pixels").read_bytes()).text[RECORD_KEY]
    assert "step 10 of 20" in (tmp_path / "svg").read_text("utf-8")


BAD = [
    (["nowhere", "--as", "csv"], "does not hold a run"),
    (["a" * 26, "--as", "csv"], "There is no run"),
    (["{run}", "--as", "tiff"], "invalid choice"),
    (["{run}", "--as", "png", "--at", "101"], "it takes 0 to 100"),
    (["{run}", "--as", "png", "--at", "nan"], "it takes 0 to 100"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_bad_input_is_one_line(run, tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    arguments = [a.replace("{run}", str(run)) for a in arguments]
    assert program.main(["export", *arguments, "--out", str(tmp_path / "x")]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and not (tmp_path / "x").exists()
