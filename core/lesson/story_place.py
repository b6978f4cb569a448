"""Where a run lies among the runs of the story: their points for the chart, and a sentence. No torch."""

from collections.abc import Mapping
from typing import Any

from core.base.judges import DEFAULT, judge_choice
from core.base.settings import PAINTER_LABELS, optimised_realism_parts
from core.base.terms import JUDGE_ONLY, LABELS, PRESETS, terms_of
from core.base.weighted_prompt import is_weighted
from core.lesson.story_data import Story, read_story

Settings = Mapping[str, Any]  # painter → its settings


def story_beside(
    prompt: str, settings: Settings, pack_hash: str, reads_text: bool = True
) -> tuple[Story, str] | None:
    """(the story, the terms of its runs that a run is shown beside), or None where they do not compare.

    They compare if the same pack painted both and nobody but its judge steered; a run with settings of its
    own is shown beside those with the judge only.

    Args:
        pack_hash: of the pack that painted the run. reads_text: whether its denoiser takes a text at all.
    """
    story = read_story()
    if story is None or story.pack_hash != pack_hash or is_weighted(prompt):
        return None
    if any(judge_choice(own) != DEFAULT for own in settings.values()):
        return None
    name = terms_of(settings, reads_text).name
    return story, name if name in PRESETS else JUDGE_ONLY


def other_runs(story: Story, terms: str, settings: Settings) -> dict[str, Any]:
    """What the chart shows of a story behind a run of these painters.

    Returns:
        JSON-ready: "title", a few words; "points": painter, the judge's cosine, realism.
    """
    points = [
        [painter, row.score, row.realism]
        for painter in settings
        for row in story.cosines[f"{terms}/{painter}"]
    ]
    return {"title": _amount(story, terms, next(iter(settings))), "points": points}


def place_sentence(
    story: Story, terms: str, settings: Settings, last: Mapping[str, Mapping[str, float]]
) -> str:
    """How many of the story's runs each painter leaves behind in realism and held-out score.

    Args:
        last: painter → its last row: heldout (cosine) and realism. "" if none of them can be compared.
    """
    parts: list[str] = []
    for painter, row in last.items():
        if optimised_realism_parts(settings[painter]):
            continue
        others = story.cosines[f"{terms}/{painter}"]
        realism = sum(row["realism"] > other.realism for other in others)
        heldout = sum(row["heldout"] > other.heldout for other in others)
        parts.append(
            f"{PAINTER_LABELS[painter]}'s realism is above {realism} and its held-out score above {heldout}"
            if not parts
            else f"{PAINTER_LABELS[painter]}'s above {realism} and {heldout}"
        )
    if not parts:
        return ""
    return f"Among {_amount(story, terms, next(iter(last)))}: {'; '.join(parts)} of them."


def _amount(story: Story, terms: str, painter: str) -> str:
    runs = story.runs(f"{terms}/{painter}")
    return f"{runs} measured runs of {len(story.prompts)} drawn prompts ({LABELS[terms]})"
