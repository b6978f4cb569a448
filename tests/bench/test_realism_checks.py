"""The checks of the realism proxy: each must be able to fail."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.base.errors import PackError
from core.bench import page, photographs, realism
from core.bench.blind_spots import BLIND_SPOTS
from core.bench.corruptions import LADDERS, ascend, empty_pictures, shuffle
from core.bench.material import RealismTest
from core.bench.page_data import read_realism_page
from core.bench.report import ReportRow, rows_that_fall_short
from core.packs import open_pack
from tests.conftest import SIZE, smooth_picture


def test_shuffle_keeps_every_pixel():
    picture = smooth_picture(np.random.default_rng(0))
    for parts in LADDERS["patch shuffle"][1]:
        mixed = shuffle(picture, parts, np.random.default_rng(1))
        assert np.array_equal(np.sort(mixed.reshape(-1, 3), axis=0), np.sort(picture.reshape(-1, 3), axis=0))
        assert not np.array_equal(mixed, picture)


def test_every_change_keeps_size_and_type():
    rng = np.random.default_rng(0)
    one, other = smooth_picture(rng, 64), smooth_picture(rng, 64)
    for name, spot in BLIND_SPOTS.items():
        changed = spot.change(one, other, rng)
        assert (
            changed.shape == one.shape and changed.dtype == np.uint8 and not np.array_equal(changed, one)
        ), name
    assert all(
        picture.shape == (17, 17, 3) and picture.dtype == np.uint8
        for picture in empty_pictures(17, rng).values()
    )


def test_ascent_starts_from_the_given_picture(tiny_pack, monkeypatch):
    from core.base.settings import PixelSettings

    monkeypatch.setattr(
        "core.bench.corruptions.painter_settings", lambda *_: PixelSettings(steps=1, learning_rate=0.01)
    )
    picture = smooth_picture(np.random.default_rng(0))
    change = ascend(tiny_pack, "a red fox", 0, picture).astype(int) - picture
    assert 0 < np.abs(change).max() <= 3
    assert np.abs(ascend(tiny_pack, "a red fox", 0).astype(int) - picture).max() > 10


@pytest.fixture
def lab(tiny_pack):
    made = RealismTest(tiny_pack, seed=3)
    rng = np.random.default_rng(1)
    made._pictures = [smooth_picture(rng) for _ in range(8)]  # rendering is tested elsewhere
    made.scenes = [SimpleNamespace()] * 8
    return made


def test_each_purpose_draws_from_its_own_generator(tiny_pack):
    def draw(seed, name):
        return RealismTest(tiny_pack, seed).rng(name).integers(2**60)

    assert draw(0, "a") == draw(0, "a") and len({draw(0, "a"), draw(0, "b"), draw(1, "a")}) == 3


def test_fresh_pictures_are_rendered_once_and_repeat(tiny_pack):
    first, again = RealismTest(tiny_pack, 5), RealismTest(tiny_pack, 5)
    assert np.array_equal(first.pictures(2)[:1], again.pictures(1)) and first.captions(1) == again.captions(1)
    assert not np.array_equal(*first.pictures(2))
    assert not np.array_equal(first.pictures(1), RealismTest(tiny_pack, 6).pictures(1))


def test_theory_check_passes_and_a_broken_statistic_fails_it(lab, monkeypatch):
    assert all(row.ok for row in realism.vectors(lab))
    monkeypatch.setattr(
        realism, "rho", lambda values: np.log(np.mean(values**2)) - np.log(np.mean(np.abs(values)))
    )
    assert not any(row.ok for row in list(realism.vectors(lab))[:2])


def test_speed_is_measured_at_every_size(lab, monkeypatch):
    monkeypatch.setattr(realism, "MOST_MILLISECONDS", {32: 10_000, 40: 0.001})
    rows = list(realism.speed(lab))
    assert [row.ok for row in rows] == [True, None, False, None] and all(row.figure > 0 for row in rows)


def test_missing_photographs_are_a_skip_and_no_failure(lab):
    rows = list(realism.photographs(lab))
    assert (
        [row.ok for row in rows] == [None]
        and "CTJP_PHOTOGRAPHS" in rows[0].note
        and rows_that_fall_short(rows) == []
    )


def test_a_reference_that_does_not_fit_falls_short(lab, tmp_path):
    lab.photographs = tmp_path  # the tiny pack's encoder is not the one of the shipped reference
    rows = list(realism.photographs(lab))
    assert [row.ok for row in rows] == [False] and "another encoder" in rows[0].note


def test_photographs_are_found_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("CTJP_PHOTOGRAPHS", str(tmp_path))
    assert photographs.photograph_folder() == tmp_path
    monkeypatch.setenv("CTJP_PHOTOGRAPHS", str(tmp_path / "none"))
    assert photographs.photograph_folder() is None


def test_photograph_checks_run_on_what_was_left_out(lab, own_pictures, own_reference, tmp_path, monkeypatch):
    out, recipe = own_reference
    shutil.copytree(own_pictures, tmp_path / "in")
    monkeypatch.setattr(photographs, "REFERENCE_NAME", out)
    monkeypatch.setattr(photographs, "CROPS_PER_PHOTOGRAPH", 2)
    lab.photographs = tmp_path / "in"
    rows = list(realism.photographs(lab))
    assert rows[0].figure == 2 * len(recipe["test"]) and {row.check for row in rows} == {
        "9",
        "9.2",
        "9.3",
        "9.5",
        "9.6",
    }
    (tmp_path / "in" / recipe["test"][0]).unlink()
    assert "does not hold the photographs" in list(realism.photographs(lab))[0].note


def checks_of(monkeypatch, ok):
    def invented(lab):
        """An invented check"""
        yield ReportRow("1", "invented", 0.5, "≥ 0", ok)

    monkeypatch.setattr(realism, "CHECKS", [invented])


@pytest.mark.parametrize("ok, status", [(True, 0), (None, 0), (False, 1)])
def test_exit_status_tells_whether_a_check_falls_short(tiny_pack, monkeypatch, capsys, ok, status):
    checks_of(monkeypatch, ok)
    assert main(["bench", "realism", "--pack", str(tiny_pack.folder), "--json"]) == status
    report = json.loads(capsys.readouterr().out)
    assert (
        report["short"] == status
        and report["rows"][0]["figure"] == 0.5
        and report["pack_hash"] == tiny_pack.hash
    )
    assert main(["bench", "realism", "--pack", str(tiny_pack.folder)]) == status
    assert ("no check falls short" in capsys.readouterr().out) == (not status)


def test_bad_options_give_one_line(tiny_pack, capsys):
    for options, words in (
        (["--only", "nonsense"], "choose from vectors"),
        (["--seed", "-1"], "--seed is -1"),
    ):
        assert main(["bench", "realism", "--pack", str(tiny_pack.folder), *options]) == 2
        assert words in capsys.readouterr().err


def test_page_is_measured_and_read_back(lab, tmp_path, monkeypatch):
    lab.pack = open_pack(shutil.copytree(lab.pack.folder, tmp_path / "pack"))
    assert read_realism_page(tmp_path / "pack") is None
    monkeypatch.setattr(page, "REAL_COUNT", 8)
    monkeypatch.setattr(page, "DAMAGED_COUNT", 4)
    monkeypatch.setattr(lab, "captions", lambda count: ["a red fox"] * count)
    page.make_realism_page(lab)
    figures, folder = read_realism_page(tmp_path / "pack")
    assert (
        figures["seed"] == 3
        and figures["pack_hash"] == lab.pack.hash
        and sum(figures["real"]["realism"]["counts"]) == 8
    )
    for name, ladder in figures["ladders"].items():
        with Image.open(folder / f"{name.replace(' ', '-')}.webp") as strip:
            assert strip.size == (6 * SIZE, SIZE) and len(ladder["shown"]) == len(ladder["rows"]) == 6
    with Image.open(folder / "blind.webp") as strip:
        assert strip.size == (len(BLIND_SPOTS) * SIZE, SIZE)
    (folder / "figures.json").write_text("{")
    with pytest.raises(PackError, match="bench realism --page"):
        read_realism_page(tmp_path / "pack")
