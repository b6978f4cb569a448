"""Sentences about the story, each computed from its figures; whatever came out is said. No torch."""

from collections import Counter
from collections.abc import Mapping

from core.base.measure_names import MEASURES, two_decimals
from core.base.settings import PAINTER_LABELS
from core.base.terms import EQUAL, JUDGE_ONLY, LABELS, PRESETS, RATES, WITH_TEXT, preset_settings
from core.lesson.story_claims import EVERY
from core.lesson.story_data import MEASURES as MEASURED
from core.lesson.story_data import Story
from core.lesson.story_figures import (
    CUTOUTS_FIRST,
    DENOISED_MANY,
    DRAWS,
    PLAIN,
    PRIOR_FIRST,
    Estimate,
    Outcome,
    cell_estimates,
    condition_estimates,
    shares,
)
from core.lesson.story_setups import CUTOUTS, REAL

PLAIN_RUNS = f"{JUDGE_ONLY}/pixels"
MULTI_SCALE = f"canvas-{max(CUTOUTS)}/pixels"
MEASURE_WORDS = {"score": "judge's score", "heldout": "held-out score", "realism": "realism"}
FEWEST, MOST = min(CUTOUTS), max(CUTOUTS)
STEP_WORDS = {
    "cutouts": f"{MOST} cutouts instead of {FEWEST}",
    "prior": "a denoiser",
    "text": "changing to the terms with text",
    "left": "the rest",
}


def percent(share: float) -> str:
    """A share with a true minus sign."""
    return f"{round(100 * share) + 0:d} %".replace("-", "−")


def with_interval(found: Estimate) -> str:
    """A mean and its interval, as the page writes them."""
    return f"{two_decimals(found.mean)} ({two_decimals(found.low)} to {two_decimals(found.high)})"


def share_with_interval(found: Estimate) -> str:
    """The same of a share."""
    low, high = percent(found.low).removesuffix(" %"), percent(found.high)
    return f"{percent(found.mean)} ({low} to {high})"


def distance_sentence(story: Story, measure: str) -> str:
    """How far plain pixels are from real pictures."""
    cells = cell_estimates(story)
    plain, real = cells[PLAIN][measure], cells[REAL][measure]
    return (
        f"Pixels without a prior, seen through {FEWEST} cutout, reach a {MEASURE_WORDS[measure]} of "
        f"{two_decimals(plain.mean)}; real pictures of the same scenes have {two_decimals(real.mean)}."
    )


def share_sentences(story: Story, measure: str) -> list[str]:
    """Which share of that distance cutouts, prior and text make up, in both orders."""
    first = _way(shares(story, measure, CUTOUTS_FIRST))
    second = _way(shares(story, measure, PRIOR_FIRST))
    return [f"**Cutouts first:** {first}.", f"**Prior first:** {second}."]


def _way(found: Mapping[str, Estimate]) -> str:
    return "; ".join(f"{STEP_WORDS[name]}: {share_with_interval(own)}" for name, own in found.items())


def without_learned_prior(story: Story) -> str:
    """How far multi-scale pixels with many cutouts get, beside a denoiser with as many."""
    parts = []
    for measure in ("heldout", "realism"):
        own = {"multi-scale": (PLAIN, MULTI_SCALE), "denoiser": (PLAIN, DENOISED_MANY)}
        found = shares(story, measure, own)
        parts.append(
            f"{share_with_interval(found['multi-scale'])} of the way in {MEASURE_WORDS[measure]}, where a "
            f"denoiser gets {percent(found['denoiser'].mean)}"
        )
    return f"Multi-scale pixels with {MOST} cutouts, which have no learned prior, get {'; and '.join(parts)}."


def measured_text(outcome: Outcome) -> str:
    """What was measured for a claim."""
    text = with_interval(outcome.estimate)
    if outcome.claim.rule == EVERY:
        return f"{outcome.runs - outcome.exceptions} of {outcome.runs} runs; mean difference {text}"
    return text


def verdict_text(outcome: Outcome) -> str:
    """Whether a claim stands, as Markdown. Refuted takes more than an interval that includes the bound."""
    word = "stands" if outcome.holds else "refuted" if outcome.is_refuted else "not shown"
    return f"**{word}**; {outcome.claim.note}" if outcome.claim.note else f"**{word}**"


def settings_sentence() -> str:
    """What a reader must know of the cells' settings, with the numbers of the presets."""
    rates = {painter: preset_settings(JUDGE_ONLY)[painter][rate] for painter, rate in RATES.items()}
    text = preset_settings(WITH_TEXT)["diffusion"]
    usual = ", ".join(f"{PAINTER_LABELS[name]} {rate:g}" for name, rate in rates.items())
    return (
        f"Every cell keeps the rate of the judge-only terms ({usual}), which suits some numbers of cutouts "
        f"better than others; {LABELS[EQUAL].lower()} have rates of their own. “Text and judge” are the "
        f"terms {LABELS[WITH_TEXT].lower()}: {text['cutouts']} cutouts, guidance strength "
        f"{text['guidance_strength']:g}, {text['repeats']} repeat{'' if text['repeats'] == 1 else 's'}, "
        f"guide until {text['guide_stop']:g}."
    )


def terms_table(story: Story) -> list[str]:
    """Every painter on each of the terms, and real pictures: means with intervals, as Markdown."""
    titles = [MEASURES[name].label for name in MEASURED]
    lines = [f"| terms | painter | runs | {' | '.join(titles)} |", "|---|---|---|" + "---|" * len(titles)]
    rows = [
        (LABELS[terms], PAINTER_LABELS[painter], f"{terms}/{painter}")
        for terms, own in PRESETS.items()
        for painter in own
    ]
    for terms, painter, condition in [*rows, ("", "Real pictures", REAL)]:
        figures = condition_estimates(story, condition)
        values = " | ".join(with_interval(figures[name]) for name in MEASURED)
        lines.append(f"| {terms} | {painter} | {story.runs(condition)} | {values} |".replace("|  |", "| |"))
    return lines


def amount_sentence(story: Story) -> str:
    """What was painted, counted, and by which command."""
    seeds = Counter(row.prompt for row in story.rows[PLAIN_RUNS]).values()
    each = f"{min(seeds)}" if len(set(seeds)) == 1 else f"{min(seeds)} to {max(seeds)}"
    runs = f"{sum(seeds)} runs of every painter on each of the three terms ({each} a prompt)"
    return (
        f"{len(story.prompts)} prompts drawn with seed {story.seed}, {runs}; the cells are the first "
        f"{len(story.cell_prompts)} prompts, painted once each. Intervals hold 95 % of {DRAWS:,} bootstrap "
        f"samples of the prompts. Made by `python -m core bench story --seed {story.seed}`."
    )
