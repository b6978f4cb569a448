"""The table of a run: what was measured, what the run was, and a legend that names every column."""

import csv
import io
import re
from dataclasses import replace

import pytest

from core.exports import source
from core.exports.kinds import export_bytes
from core.exports.table import LEGEND
from core.measures.judge_gap import role_gap
from core.storage import run_folder
from tests.conftest import tiny_manifest
from tests.support.exporting import painted


def table_of(run):
    return list(csv.DictReader(io.StringIO(export_bytes(run, "csv").decode())))


def test_every_line_says_what_the_run_was_and_what_was_measured(run, whole):
    table = table_of(whole)
    with open(run / run_folder.METRICS_FILE, newline="") as file:
        measured = {(r["painter"], r["step"]): r for r in csv.DictReader(file)}
    assert len(table) == len(measured)
    for line in table:
        own = measured[line["painter"], line["step"]]
        assert (line["prompt"], line["seed"], line["terms"]) == ("a red fox in snow", "0", "Own settings")
        assert line["judge_evaluations"] == own["evaluations"] and line["seconds"] == own["seconds"]
        for name in ("score", "heldout", "realism"):
            assert float(line[name]) == float(own[name])
        assert int(line["steps"]) == whole.request.settings[line["painter"]].steps


def test_the_gap_is_the_page_s(whole):
    reference = tiny_manifest()["reference"]
    for line in table_of(whole):
        values = {name: float(line[name]) for name in ("score", "heldout")}
        gap = role_gap(values, whole.request.settings[line["painter"]], reference)
        assert float(line["gap"]) == pytest.approx(gap, rel=1e-5, abs=1e-9)
        assert float(line["score_shared"]) - float(line["heldout_shared"]) == pytest.approx(gap, abs=1e-5)


def test_columns_have_one_style_and_the_legend_explains_each(whole):
    rows = [replace(row, components={"local contrast": 0.5, "p_value": 0.1}) for row in whole.rows["pixels"]]
    lines = table_of(replace(whole, rows={"pixels": rows}))
    columns = [name for name in lines[0] if name != LEGEND]
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in columns) and "local_contrast" in columns
    told = [line[LEGEND] for line in lines]
    assert [text.partition(":")[0] for text in told if text] == columns
    assert all(text.endswith(".") for text in told if text)
    short = table_of(replace(whole, rows={"pixels": rows[:2]}))
    for name in columns:
        assert f"{name}: " in " ".join(line[LEGEND] for line in short)


def test_a_prompt_is_no_formula(tiny_pack, tmp_path):
    odd = source.run_in_folder(painted(tmp_path / "run", tiny_pack.folder, prompt="=1+1 fox"))
    assert table_of(odd)[0]["prompt"] == "'=1+1 fox"


def test_a_weighted_prompt_has_no_gap(tiny_pack, tmp_path):
    odd = source.run_in_folder(painted(tmp_path / "run", tiny_pack.folder, prompt="fox:2 | snow:-1"))
    assert "gap" not in table_of(odd)[0] and "score_shared" not in table_of(odd)[0]
