"""The checks of the realism proxy: each must be able to fail."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.bench import instrument, page, photographs, realism
from core.bench.blind import BLIND_SPOTS
from core.bench.corruptions import LADDERS, ascend, empty_pictures, shuffle
from core.bench.lab import Lab
from core.bench.rows import Row, at_least, at_most, skipped, table, within
from core.bench.shown import read_shown
from core.errors import PackError, UserError
from tests.conftest import SIZE, smooth_picture


class Told:
    """A realism proxy whose readings are told to it: picture → R."""

    size = (SIZE, SIZE)

    def __init__(self, say):
        self.say = say

    def score(self, picture):
        value = self.say(picture)
        return SimpleNamespace(realism=value, statistics=value, manifold=value, p_value=value, groups={"colour": value})


def counting(values):
    """A proxy that answers with one value after another."""
    values = iter(values)
    return Told(lambda _: next(values))


def outcomes(rows):
    return {row.name: row.ok for row in rows}


def test_bounds():
    assert [at_least("1", "", 0.7, 0.7).ok, at_least("1", "", 0.69, 0.7).ok] == [True, False]
    assert [at_most("1", "", 0.05, 0.05).ok, at_most("1", "", 0.06, 0.05).ok] == [True, False]
    assert [within("1", "", 0.97, 0.95, 0.03).ok, within("1", "", 0.985, 0.95, 0.03).ok] == [True, False]
    assert [at_least("1", "", float("nan"), 0).ok, skipped("1", "", "why").ok] == [False, None]


def test_table_names_what_falls_short():
    lines = table([at_least("2", "one", 0.9, 0.5), at_least("2", "two", 0.1, 0.5), skipped("9", "three", "nothing here")]).split("\n")
    assert "FALLS SHORT" in lines[1] and "FALLS SHORT" not in lines[0] + lines[2] and "nothing here" in lines[2]


def test_calibration_accepts_a_calibrated_proxy_only():
    uniform = np.random.default_rng(0).permutation(np.linspace(0.001, 0.999, 600))
    pictures = [None] * 600
    good = outcomes(instrument.calibration("2", Told(lambda _: 0.9), pictures))
    assert good["real pictures, unseen"] and good["share with R ≥ .5"]
    assert not good["share with S ≥ .5"] and not good["conformal p uniform: KS p"]  # all above .5, and p is constant
    spread = outcomes(instrument.calibration("2", counting(uniform), pictures))
    assert spread["conformal p uniform: KS p"] and not spread["share with R ≥ .5"]
    ninety_five = [0.4 if i % 20 == 0 else 0.9 for i in range(600)]
    assert outcomes(instrument.calibration("2", counting(ninety_five), pictures))["share with S ≥ .5"]
    assert not outcomes(instrument.calibration("2", Told(lambda _: 0.9), pictures[:499]))["real pictures, unseen"]


def test_re_encodings_need_a_median_of_seven_tenths():
    kinds = {"fine": lambda p, _: 0.7, "bad": lambda p, _: 0.69}
    rows = list(instrument.re_encodings("3", Told(lambda value: value), [None] * 3, kinds, None))
    assert [row.ok for row in rows] == [True, False]


def test_ladders_must_fall_but_shuffling_need_not():
    picture = smooth_picture(np.random.default_rng(0))
    levels = [0.9, 0.7, 0.5, 0.3, 0.1]
    falling = instrument.ladders("5", counting(levels * 4), [picture], np.random.default_rng(0))
    assert [row.ok for row in falling] == [True, True, True, None]
    swapped = [0.9, 0.7, 0.3, 0.5, 0.1]
    assert [row.ok for row in instrument.ladders("5", counting(swapped * 4), [picture], np.random.default_rng(0))] == [False] * 3 + [None]


def test_a_proxy_that_sees_no_damage_does_not_fall():
    assert instrument.falling([0.5] * 5) == 0 and instrument.falling([5, 4, 3, 2, 1]) == pytest.approx(-1)


def test_empty_pictures_must_be_finite_and_grey_unrealistic():
    rng = np.random.default_rng(0)

    class Picky(Told):
        def score(self, picture):
            if min(picture.shape[:2]) == 1:
                raise UserError("too small")
            return super().score(picture)

    good = list(instrument.empty("6", Picky(lambda _: 0.01), rng))
    assert len(good) == 9 and all(row.ok for row in good) and good[-1].note == "too small"
    assert [row.ok for row in instrument.empty("6", Picky(lambda _: 0.2), rng)][:2] == [False, False]
    assert not any(row.ok for row in instrument.empty("6", Picky(lambda _: float("nan")), rng) if row.figure != "clear error")


def test_auroc():
    assert instrument.auroc(np.array([0.8, 0.9]), np.array([0.1, 0.2])) == 1
    assert instrument.auroc(np.array([0.1, 0.9]), np.array([0.1, 0.9])) == 0.5


def test_shuffle_keeps_every_pixel():
    picture = smooth_picture(np.random.default_rng(0))
    for parts in LADDERS["patch shuffle"][1]:
        mixed = shuffle(picture, parts, np.random.default_rng(1))
        assert np.array_equal(np.sort(mixed.reshape(-1, 3), axis=0), np.sort(picture.reshape(-1, 3), axis=0))
        assert not np.array_equal(mixed, picture)


def test_every_change_keeps_size_and_type():
    rng = np.random.default_rng(0)
    one, other = smooth_picture(rng, 64), smooth_picture(rng, 64)
    for name, (_, _, change) in BLIND_SPOTS.items():
        changed = change(one, other, rng)
        assert changed.shape == one.shape and changed.dtype == np.uint8 and not np.array_equal(changed, one), name
    assert all(picture.shape == (17, 17, 3) and picture.dtype == np.uint8 for picture in empty_pictures(17, rng).values())


def test_ascent_starts_from_the_given_picture(tiny_pack, monkeypatch):
    from core.settings import PixelSettings

    monkeypatch.setattr("core.bench.corruptions.painter_settings", lambda *_: PixelSettings(steps=1, learning_rate=0.01))
    picture = smooth_picture(np.random.default_rng(0))
    change = ascend(tiny_pack, "a red fox", 0, picture).astype(int) - picture
    assert 0 < np.abs(change).max() <= 3
    assert np.abs(ascend(tiny_pack, "a red fox", 0).astype(int) - picture).max() > 10


@pytest.fixture
def lab(tiny_pack):
    made = Lab(tiny_pack, seed=3)
    rng = np.random.default_rng(1)
    made._pictures = [smooth_picture(rng) for _ in range(8)]  # rendering is tested elsewhere
    made.scenes = [SimpleNamespace()] * 8
    return made


def test_each_purpose_draws_from_its_own_generator(tiny_pack):
    draw = lambda seed, name: Lab(tiny_pack, seed).rng(name).integers(2**60)
    assert draw(0, "a") == draw(0, "a") and len({draw(0, "a"), draw(0, "b"), draw(1, "a")}) == 3


def test_fresh_pictures_are_rendered_once_and_repeat(tiny_pack):
    first, again = Lab(tiny_pack, 5), Lab(tiny_pack, 5)
    assert np.array_equal(first.pictures(3)[:2], again.pictures(2)) and first.captions(2) == again.captions(2)
    assert not np.array_equal(first.pictures(1), Lab(tiny_pack, 6).pictures(1))


def test_theory_check_passes_and_a_broken_statistic_fails_it(lab, monkeypatch):
    assert all(row.ok for row in realism.vectors(lab))
    monkeypatch.setattr(realism, "rho", lambda values: np.log(np.mean(values**2)) - np.log(np.mean(np.abs(values))))
    assert not any(row.ok for row in list(realism.vectors(lab))[:2])


def test_speed_is_measured_at_every_size(lab, monkeypatch):
    monkeypatch.setattr(realism, "LIMITS", {32: 10_000, 40: 0.001})
    rows = list(realism.speed(lab))
    assert [row.ok for row in rows] == [True, None, False, None] and all(row.figure > 0 for row in rows)


def test_missing_photographs_are_a_skip_and_no_failure(lab):
    rows = list(realism.photographs(lab))
    assert [row.ok for row in rows] == [None] and "CTJP_PHOTOGRAPHS" in rows[0].note and realism.failed(rows) == []


def test_a_reference_that_does_not_fit_falls_short(lab, tmp_path):
    lab.photographs = tmp_path  # the tiny pack's encoder is not the one of the shipped reference
    rows = list(realism.photographs(lab))
    assert [row.ok for row in rows] == [False] and "another held-out judge" in rows[0].note


def test_photographs_are_found_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("CTJP_PHOTOGRAPHS", str(tmp_path))
    assert photographs.photograph_folder() == tmp_path
    monkeypatch.setenv("CTJP_PHOTOGRAPHS", str(tmp_path / "none"))
    assert photographs.photograph_folder() is None


def test_photograph_checks_run_on_what_was_left_out(lab, tiny_pack, tmp_path, monkeypatch):
    from core.images import write_png
    from core.training.realism import from_folder

    rng = np.random.default_rng(0)
    for i in range(130):
        write_png(tmp_path / "in" / f"{i:03d}.png", smooth_picture(rng, 40))
    recipe = from_folder(tmp_path / "in", tiny_pack.folder, tmp_path / "out", each=1, tell=lambda text: None)
    monkeypatch.setattr(photographs, "NAME", tmp_path / "out")
    monkeypatch.setattr(photographs, "CROPS", 2)
    lab.photographs = tmp_path / "in"
    rows = list(realism.photographs(lab))
    assert rows[0].figure == 2 * len(recipe["test"]) and {row.check for row in rows} == {"9", "9.2", "9.3", "9.5", "9.6"}
    (tmp_path / "in" / recipe["test"][0]).unlink()
    assert "does not hold the photographs" in list(realism.photographs(lab))[0].note


def checks_of(monkeypatch, ok):
    def invented(lab):
        """An invented check"""
        yield Row("1", "invented", 0.5, "≥ 0", ok)

    monkeypatch.setattr(realism, "CHECKS", [invented])


@pytest.mark.parametrize("ok, status", [(True, 0), (None, 0), (False, 1)])
def test_exit_status_tells_whether_a_check_falls_short(tiny_pack, monkeypatch, capsys, ok, status):
    checks_of(monkeypatch, ok)
    assert main(["bench", "realism", "--pack", str(tiny_pack.folder), "--json"]) == status
    report = json.loads(capsys.readouterr().out)
    assert report["short"] == status and report["rows"][0]["figure"] == 0.5 and report["pack_hash"] == tiny_pack.hash
    assert main(["bench", "realism", "--pack", str(tiny_pack.folder)]) == status
    assert ("no check falls short" in capsys.readouterr().out) == (not status)


def test_bad_options_give_one_line(tiny_pack, capsys):
    for options, words in ((["--only", "nonsense"], "choose from vectors"), (["--seed", "-1"], "--seed is -1")):
        assert main(["bench", "realism", "--pack", str(tiny_pack.folder), *options]) == 2
        assert words in capsys.readouterr().err


def test_page_is_measured_and_read_back(lab, tmp_path, monkeypatch):
    import shutil

    from core.packs import open_pack

    lab.pack = open_pack(shutil.copytree(lab.pack.folder, tmp_path / "pack"))
    assert read_shown(tmp_path / "pack") is None
    monkeypatch.setattr(page, "REAL", 8)
    monkeypatch.setattr(page, "DAMAGED", 4)
    monkeypatch.setattr(lab, "captions", lambda count: ["a red fox"] * count)
    page.make(lab)
    figures, folder = read_shown(tmp_path / "pack")
    assert figures["seed"] == 3 and figures["pack_hash"] == lab.pack.hash and sum(figures["real"]["realism"]["counts"]) == 8
    for name, ladder in figures["ladders"].items():
        with Image.open(folder / f"{name.replace(' ', '-')}.webp") as strip:
            assert strip.size == (6 * SIZE, SIZE) and len(ladder["shown"]) == len(ladder["rows"]) == 6
    with Image.open(folder / "blind.webp") as strip:
        assert strip.size == (len(BLIND_SPOTS) * SIZE, SIZE)
    (folder / "figures.json").write_text("{")
    with pytest.raises(PackError, match="bench realism --page"):
        read_shown(tmp_path / "pack")
