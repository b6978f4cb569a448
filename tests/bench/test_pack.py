"""`bench pack`: its figures are right where the truth is known, and it reports every line asked for."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("numba")

from core.__main__ import main  # noqa: E402
from core.base.settings import painter_settings  # noqa: E402
from core.bench import card, pack, pack_under_test  # noqa: E402
from core.bench.report import ReportRow, at_least  # noqa: E402
from core.world import grammar  # noqa: E402

SCENES = 40  # two halves of 20 pictures, the fewest that a realism reference takes


@pytest.fixture(scope="module")
def trial(tiny_pack):
    """A trial of the tiny random pack on a few scenes, two prompts, one seed, three steps."""
    patch = pytest.MonkeyPatch()
    patch.setattr(pack_under_test, "SCENE_COUNT", SCENES)

    def short(painter, changed):
        return painter_settings(painter, {**changed, "steps": 3})

    patch.setattr(pack_under_test, "painter_settings", short)
    yield pack_under_test.PackTest(tiny_pack, seed=3, prompts=2, seeds=1)
    patch.undo()


def test_scenes_are_distinct_and_drawn_by_the_seed(tiny_pack, trial):
    assert len(set(trial.scenes)) == SCENES
    assert trial.scenes == pack_under_test.PackTest(tiny_pack, seed=3).scenes
    assert trial.scenes != pack_under_test.PackTest(tiny_pack, seed=4).scenes


def test_a_random_pack_falls_short_and_every_figure_is_there(trial):
    rows = pack.run(trial)
    short = {row.name for row in rows if row.ok is False}
    assert "judge: right caption among 1,000, top-1" in short
    assert any(row.name == "pack size, MB" and row.ok for row in rows)
    assert all(np.isfinite(row.figure) for row in rows)
    assert {row.check for row in rows} == {str(number) for number in range(1, 12)}


def test_unguided_sampling_ignores_the_prompt_and_the_judge_alone_does_not(tiny_pack, trial):
    models = tiny_pack.painter_models("diffusion")

    def last(setup, prompt):
        painter, changed = pack_under_test.SETUPS[setup]
        settings = painter_settings(painter, {**changed, "steps": 4})
        *_, frame = pack.PAINTER_CLASSES[painter](
            models, tiny_pack.judge.encode(prompt), settings, 0
        ).frames()
        return frame.image

    one, other = "a red fox in snow", "a blue rabbit on grass"
    assert np.array_equal(last("unguided", one), last("unguided", other))
    assert not np.array_equal(last("diffusion", one), last("diffusion", other))


def test_raw_ascent_counts_only_where_both_judges_agree_that_it_cheats(trial, monkeypatch):
    runs = {
        painter: {"realism": np.full((4, 1), value), "score": np.zeros((4, 1)), "heldout": np.zeros((4, 1))}
        for painter, value in (("diffusion", 0.9), ("vqgan", 0.4), ("pixels", 0.1))
    }
    runs["pixels"]["score"] = np.array([[2.0], [2.0], [0.0], [2.0]])
    runs["pixels"]["heldout"] = np.array([[-2.0], [2.0], [-2.0], [-2.0]])
    runs["vqgan"]["realism"][3] = 0.05  # one prompt out of order

    real = {"score": {"p95": 1.0}, "heldout": {"p5": -1.0}}
    found = {row.name: row for row in pack.story(SimpleNamespace(runs=runs, real=real))}
    assert found["prompts with median realism diffusion > VQGAN > pixels"].figure == 0.75
    assert found["raw ascent: judge above real pictures' p95 and held-out below their p5"].figure == 0.5


def test_the_card_shows_every_row_and_every_way(trial, tmp_path):
    rows = [ReportRow("1", "a figure", 0.123456, "≥ 0.5", False, "why")]
    card.write_card(trial, rows, tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert "| a figure | 0.123 | ≥ 0.5 | **no** | why |" in text and "sheet.webp" in text
    image = card.picture_sheet(trial)
    assert image.size == (card.LEFT + 2 * card.SIDE, card.TOP + len(card.ROWS) * card.SIDE)
    tops = [card.TOP + row * card.SIDE for row in range(len(card.ROWS))]
    cells = [np.asarray(image.crop((card.LEFT, top, card.LEFT + card.SIDE, top + card.SIDE))) for top in tops]
    assert all(cell.std() > 0 for cell in cells)
    assert len({cell.tobytes() for cell in cells}) == len(cells)  # no way is shown twice


def test_the_command_says_which_figures_fall_short_and_ends_with_1(tiny_pack, monkeypatch, capsys):
    rows = [at_least("1", "good", 0.9, 0.5), at_least("2", "poor", 0.1, 0.5)]
    monkeypatch.setattr(pack, "run", lambda trial: rows)
    monkeypatch.setattr(grammar, "every_text", lambda: tiny_pack.manifest["words"][:3])
    command = ["bench", "pack", "--pack", str(tiny_pack.folder), "--prompts", "2", "--seeds", "1"]
    assert main(command) == 1
    printed = capsys.readouterr().out
    assert "FALLS SHORT" in printed and "1 fall short: poor" in printed
    rows.pop()
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["short"] == 0 and told["prompts"] == 2 and [row["name"] for row in told["rows"]] == ["good"]


def test_a_pack_of_another_world_is_named(tiny_pack, capsys):
    assert main(["bench", "pack", "--pack", str(tiny_pack.folder)]) == 2
    assert "does not know the miniature world's words" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [["--prompts", "0"], ["--prompts", "1001"], ["--seeds", "0"], ["--seed", "-1"]]
)
def test_numbers_out_of_range_are_named(option, capsys):
    assert main(["bench", "pack", *option]) == 2
    assert f"{option[0]} is {option[1]}" in capsys.readouterr().err
