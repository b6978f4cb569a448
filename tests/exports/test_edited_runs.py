"""A run's folder as spreadsheets and bad disks leave it: read as it was, or refused in words that help."""

import re
import shutil

import pytest

from core.base.errors import OutputError, StoreError
from core.exports.source import run_in_folder
from core.storage.run_folder import read_run


@pytest.fixture
def copy(run, tmp_path):
    """The folder of a finished run, to be edited."""
    return shutil.copytree(run, tmp_path / "copy")


@pytest.fixture
def edit(copy):
    """A function (text → text) that edits metrics.csv; returns the folder."""

    def edited(change, encoding="utf-8"):
        path = copy / "metrics.csv"
        path.write_bytes(change(path.read_text()).encode(encoding))
        return copy

    return edited


def by_painter(rows):
    painters = dict.fromkeys(row.painter for row in rows)
    return {name: [(row.step, row.score) for row in rows if row.painter == name] for name in painters}


def score(line):
    return line.split(",")[3]


def swapped(text, change):
    head, *lines = text.splitlines()
    return "\n".join([head, *change(lines)]) + "\n"


@pytest.mark.parametrize(
    ("change", "encoding"),
    [
        (lambda text: text, "utf-8-sig"),
        (lambda text: text.replace("\n", "\r\n"), "utf-8-sig"),
        (lambda text: swapped(text, lambda lines: lines[::-1]), "utf-8"),
        (
            lambda text: swapped(text, lambda lines: sorted(lines, key=score)),
            "utf-8",
        ),
    ],
    ids=["marked", "windows", "reversed", "by score"],
)
def test_what_a_spreadsheet_saved_or_sorted_is_the_same_run(run, edit, change, encoding):
    folder = edit(change, encoding)
    assert by_painter(read_run(folder)[1]) == by_painter(read_run(run)[1])
    before, after = run_in_folder(run), run_in_folder(folder)
    for share in (0.0, 0.5, 1.0):
        rows, others = before.at(share), after.at(share)
        assert {painter: row.step for painter, row in rows.items()} == {
            painter: row.step for painter, row in others.items()
        }
        assert [row.score for row in rows.values()] == [others[painter].score for painter in rows]


def test_a_step_whose_line_is_gone_moves_no_other(run, edit):
    whole = run_in_folder(run).at(1.0)["pixels"]
    folder = edit(lambda text: re.sub(r"\npixels,1,.*", "", text))
    half = run_in_folder(folder).at(0.5)["pixels"]
    assert half.step == int(whole.total / 2 + 0.5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(",", ";"), "is not separated by commas"),
        (lambda text: text.replace(",score,", ",points,", 1), "has no column 'score'"),
        (lambda text: text.replace("pixels,1,", "pixels,01.Jan,"), "column 'step' holds '01.Jan'"),
        (lambda text: text.rstrip("\n").rsplit(",", 1)[0] + "\n", "column 'evaluations' holds ''"),
        (lambda text: text.replace("pixels,1,", "rembrandt,1,"), "the run has no painter 'rembrandt'"),
        (lambda text: text + text.splitlines()[3] + "\n", "twice"),
        (lambda text: text.rstrip("\n") + ",7\n", "more cells than the first line"),
    ],
)
def test_what_cannot_be_read_is_named(edit, change, said):
    with pytest.raises(StoreError) as refused:
        read_run(edit(change))
    assert said in str(refused.value) and "metrics.csv" in str(refused.value)
    assert not any(word in str(refused.value) for word in ("int()", "literal", "NoneType", "codec"))


def test_a_mark_before_run_json_is_no_damage(copy):
    path = copy / "run.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert run_in_folder(copy).request == read_run(copy)[0].request


def test_another_encoding_is_named(edit):
    with pytest.raises(StoreError, match="is not UTF-8; save it as CSV UTF-8"):
        read_run(edit(lambda text: text, "utf-16"))


@pytest.mark.parametrize("damage", [lambda png: png[:200], lambda png: b""], ids=["cut off", "empty"])
def test_a_damaged_picture_is_named_and_the_run_can_be_exported_without_it(copy, damage):
    last = run_in_folder(copy).rows["pixels"][-1]
    path = copy / "frames" / "pixels" / f"{last.step:05d}.png"
    path.write_bytes(damage(path.read_bytes()))
    for show in (lambda run: run.image(last), lambda run: run.frame(last)):
        with pytest.raises(OutputError) as refused:
            show(run_in_folder(copy))
        assert f"pixels/{path.name}" in str(refused.value) and str(copy) not in str(refused.value)
    path.unlink()
    assert run_in_folder(copy).image(last).shape[2] == 3
