"""The story's figures: intervals over prompts, claims that can be refuted, shares, and the shipped files."""

import dataclasses
import json

import numpy as np
import pytest

from core.base.request import RunRequest
from core.base.terms import PRESETS
from core.bench import card
from core.lesson import story_figures, story_place, story_words
from core.lesson.story_claims import ABOVE, CLAIMS, EVERY, WITHIN, Claim
from core.lesson.story_data import FOLDER, MEASURES, read_story, sheet_pictures, story_from
from core.lesson.story_figures import CUTOUTS_FIRST, PRIOR_FIRST, outcome, shares
from core.lesson.story_setups import CELLS, REAL, SETUPS
from core.packs.manifest import pack_folder
from tests.support.invented_story import story_data, write_invented_story

PIXELS, DIFFUSION = "judge-only/pixels", "judge-only/diffusion"
CONDITIONS = {f"{name}/{painter}" for name, setup in SETUPS.items() for painter in setup.settings} | {REAL}


def story(**figures):
    return story_from(story_data(**figures))


def test_cells_and_claims_are_about_what_is_painted():
    assert {cell.condition for cell in CELLS} < CONDITIONS
    for claim in CLAIMS:
        assert set(claim.weights) <= CONDITIONS and claim.measure in MEASURES
        assert (claim.rule, claim.bound > 0) in ((ABOVE, False), (EVERY, False), (WITHIN, True))


def test_an_interval_is_over_prompts_with_all_their_seeds():
    found = story_figures.estimate({0: 0.1, 1: 0.1, 2: 0.4})
    assert found.mean == pytest.approx(0.2) and found.prompts == 3
    assert (found.low, found.high) == (pytest.approx(0.1), pytest.approx(0.4))
    column = dict(enumerate(np.random.default_rng(1).normal(size=400)))
    wide = story_figures.estimate(column)  # the textbook's interval of a mean
    assert wide.high - wide.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    data = story_data()
    data["rows"][PIXELS] = [[0, 0, 0, 0, 0.0], [0, 1, 0, 0, 1.0], [1, 0, 0, 0, 0.5], [1, 1, 0, 0, 0.5]]
    assert set(story_from(data).by_prompt(PIXELS, "realism").values()) == {0.5}


@pytest.mark.parametrize(("rule", "bound"), [(ABOVE, 0.0), (EVERY, 0.0), (WITHIN, 0.05)])
@pytest.mark.parametrize(
    ("gain", "above", "within"), [(0.2, True, False), (-0.2, False, False), (0, False, True)]
)
def test_a_claim_can_be_refuted(rule, bound, gain, above, within):
    claim = Claim("", "", "realism", {DIFFUSION: 1, PIXELS: -1}, rule, bound)
    found = outcome(story(realism={DIFFUSION: 0.5 + gain}), claim)
    assert found.holds == (within if rule == WITHIN else above)
    assert found.estimate.mean == pytest.approx(gain)


@pytest.mark.parametrize(
    ("gain", "rule", "word"),
    [
        (0.2, ABOVE, "stands"), (-0.2, ABOVE, "refuted"), (0, ABOVE, "not shown"),
        (0, WITHIN, "stands"), (-0.2, WITHIN, "refuted"), (0.2, WITHIN, "refuted"),
        (0.02, WITHIN, "not shown"),
        (0.2, EVERY, "stands"), (0, EVERY, "refuted"),
    ],
)  # fmt: skip
def test_an_interval_that_includes_the_bound_refutes_nothing(gain, rule, word):
    claim = Claim("", "", "realism", {DIFFUSION: 1, PIXELS: -1}, rule, 0.02 if rule == WITHIN else 0.0)
    data = story_data(realism={DIFFUSION: 0.5 + gain})
    for row in data["rows"][DIFFUSION]:
        row[4] += (-0.01, 0, 0.01)[row[0]]
    assert story_words.verdict_text(outcome(story_from(data), claim)) == f"**{word}**"
    noted = dataclasses.replace(claim, note="of one pack")
    assert story_words.verdict_text(outcome(story_from(data), noted)) == f"**{word}**; of one pack"


def test_rules_are_quoted_as_they_were_written_beforehand():
    rules = [claim.refuted_by for claim in CLAIMS if claim.rule != EVERY]
    assert len(rules) == 12 and all("does not lie" in rule for rule in rules)


def test_one_run_refutes_a_claim_about_every_run():
    data = story_data(realism={DIFFUSION: 0.9})
    data["rows"][DIFFUSION][3][4] = 0.3
    found = outcome(story_from(data), Claim("", "", "realism", {DIFFUSION: 1, PIXELS: -1}, EVERY))
    assert (found.holds, found.exceptions, found.runs) == (False, 1, 6)
    assert "5 of 6 runs" in story_words.measured_text(found)
    above = dataclasses.replace(found.claim, rule=ABOVE)
    assert outcome(story_from(data), above).holds


def test_shares_of_both_orders_sum_up_to_one():
    told = story(
        heldout={
            "cutouts-1/pixels": 0.0, "cutouts-32/pixels": 0.1, "cutouts-1/diffusion": 0.6,
            "cutouts-32/diffusion": 0.9, "with-text/diffusion": 0.8, REAL: 1.0, "canvas-32/pixels": 0.4,
        }
    )  # fmt: skip
    first = {name: found.mean for name, found in shares(told, "heldout", CUTOUTS_FIRST).items()}
    assert first == pytest.approx({"cutouts": 0.1, "prior": 0.8, "text": -0.1, "left": 0.2})
    second = {name: found.mean for name, found in shares(told, "heldout", PRIOR_FIRST).items()}
    assert second == pytest.approx({"prior": 0.6, "cutouts": 0.3, "text": -0.1, "left": 0.2})
    cutouts, prior = story_words.share_sentences(told, "heldout")
    assert "a denoiser: 80 %" in cutouts and "to the terms with text: −10 %" in prior
    assert "get 40 %" in story_words.without_learned_prior(told)


def test_the_prompt_shown_first_is_the_medoid():
    data = story_data()
    data["cell_prompts"] = [0, 1, 2]
    for name, rows in data["rows"].items():
        if name != REAL and not SETUPS[name.split("/")[0]].is_terms:
            rows.append([0, 0, *rows[0][2:]])
    for rows in data["rows"].values():
        for row in rows:
            row[2:] = [(0.1, 0.9, 0.5)[row[0]]] * 3
    assert story_figures.medoid_prompt(story_from(data)) == 2


def test_the_run_that_stands_for_all_is_the_medoid():
    data = story_data()
    for painter in ("pixels", "vqgan", "diffusion"):
        for row in data["rows"][f"judge-only/{painter}"]:
            row[2:] = [((0.9, 0.0), (0.1, 0.15), (0.15, 0.25))[row[0]][row[1]]] * 3
    assert story_figures.medoid_run(story_from(data)) == (1, 1)


def test_the_card_has_the_comparison_of_its_own_pack(monkeypatch):
    told = story_from(story_data(realism={DIFFUSION: 0.8}))
    monkeypatch.setattr(card, "read_story", lambda: told)
    assert card.story_section("another") == []
    lines = card.story_section("invented")
    [row] = [line for line in lines if line.startswith("| Judge only | Guided diffusion |")]
    assert row.startswith("| Judge only | Guided diffusion | 6 | 0.50 (0.48 to 0.52) |")
    assert row.endswith("| 0.80 (0.78 to 0.82) |") and "6 runs of every painter" in lines[-2]


def test_shipped_pictures_stand_in_the_order_of_the_prompts(tmp_path):
    folder = write_invented_story(tmp_path, story_data())
    assert read_story(folder).cell_prompts == (1, 2)
    assert [picture.shape for picture in sheet_pictures("cutouts-8/vqgan", folder)] == [(8, 8, 3)] * 2
    assert sheet_pictures("nobody/vqgan", folder) == () and read_story(tmp_path / "nothing") is None


@pytest.fixture
def shipped(monkeypatch):
    """An invented story in place of the shipped one."""
    figures = {"realism": {PIXELS: 0.1, DIFFUSION: 0.6}, "heldout": {PIXELS: 0.2}}
    told = story_from(story_data(**figures))
    monkeypatch.setattr(story_place, "read_story", lambda: told)
    return told


def settings_of(**chosen):
    return RunRequest.make("a fox", painters=tuple(chosen), **chosen).settings


def beside(settings, prompt="a fox", pack_hash="invented"):
    found = story_place.story_beside(prompt, settings, pack_hash)
    return found and found[1]


def test_a_run_is_shown_beside_runs_on_its_own_terms(shipped):
    assert beside(settings_of(pixels={}, diffusion={})) == "judge-only"
    assert beside(settings_of(**PRESETS["with-text"])) == "with-text"
    assert beside(settings_of(pixels={"steps": 7})) == "judge-only"
    assert beside(settings_of(pixels={"judge": "heldout"})) is None
    assert beside(settings_of(pixels={}), prompt="fox:2 | snow:-1") is None
    assert beside(settings_of(pixels={}), pack_hash="another") is None
    told = story_place.other_runs(shipped, "equal", settings_of(pixels={}, vqgan={}))
    assert [point[0] for point in told["points"]] == ["pixels"] * 6 + ["vqgan"] * 6
    assert told["title"] == "6 measured runs of 3 drawn prompts (Equal terms)"


def test_the_sentence_counts_the_runs_that_are_left_behind(shipped):
    last = {"pixels": {"realism": 0.09, "heldout": 0.5}, "diffusion": {"realism": 0.61, "heldout": 0.0}}
    text = story_place.place_sentence(shipped, "judge-only", settings_of(pixels={}, diffusion={}), last)
    assert text == (
        "Among 6 measured runs of 3 drawn prompts (Judge only): Pixel ascent's realism is above 2 and its "
        "held-out score above 6; Guided diffusion's above 4 and 0 of them."
    )
    climbed = settings_of(pixels={"also_optimise": "S"})
    assert story_place.place_sentence(shipped, "judge-only", climbed, {"pixels": last["pixels"]}) == ""


def test_what_is_shipped_is_whole_and_small():
    """The file in the repository: every condition, a picture for each of its prompts, and at most 4 MB."""
    told = read_story()
    assert set(told.rows) == CONDITIONS
    for cell in CELLS:
        assert len(sheet_pictures(cell.condition)) == len(told.cell_prompts), cell
        assert set(told.in_cells(cell.condition, "realism")) == set(told.cell_prompts)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 4e6
    assert json.loads((FOLDER / "story.json").read_text())["pack"] == "miniature"


def test_the_shipped_card_says_what_the_shipped_story_says():
    told = read_story()
    text = (pack_folder("miniature") / "README.md").read_text("utf-8")
    heading, *rest = card.story_section(told.pack_hash)
    if heading in text:  # a card that was made before the story has no such table
        assert text.endswith("\n".join([heading, *rest]))
