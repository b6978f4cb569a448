"""The tables of `bench story`, and its outcome in one sentence, whatever it is."""

from __future__ import annotations

from typing import Any

from core.base.settings import PAINTER_LABELS, PAINTERS
from core.base.terms import LABELS
from core.bench.story import Figures
from core.bench.story_summary import story_summary

SCALES_NOTE = (
    "judge and held-out: cosines; gap: judge minus held-out on the shared scale, "
    "where unrelated real pictures are 0 and matching ones 1"
)
SHARES = ("above_median", "above_all", "highest", "lowest")


def story_text(result: dict[str, Any]) -> str:
    """What `core.bench.story.measure_story` found, for people."""
    pack = f"pack {result['pack']} {result['pack_hash'][:16]}, {result['seconds']:.0f} s"
    amount = f"{result['prompts']} prompts × {result['seeds']} seeds"
    lines = [f"{amount}, {len(result['real'])} real pictures of the same scenes, {pack}"]
    painted = {row["setup"] for row in result["runs"]}
    for setup in [name for name in LABELS if name in painted]:
        found = story_summary(result, setup)
        lines += ["", f"{LABELS[setup]}:", *_median_lines(found, result["reference"]), ""]
        lines += [*_share_lines(found), "", _outcome(found["pixels"])]
    return "\n".join([*lines, "", SCALES_NOTE])


def _median_lines(found: dict[str, Figures], reference: dict[str, Any]) -> list[str]:
    title = "median of final figures"
    lines = [f"{title:<24} {'judge':>7} {'held-out':>9} {'gap':>7} {'realism':>8} {'seconds':>8}"]
    for painter in PAINTERS:
        row = found[painter]
        lines.append(f"{PAINTER_LABELS[painter]:<24} {_measures(row)} {row['seconds']:8.2f}")
    lines.append(f"{'Real pictures':<24} {_measures(found['real'])}")
    judge = reference["score"]["mismatched"]
    heldout = reference["heldout"]["mismatched"]
    lines.append(f"{'Unrelated real pictures':<24}{judge:8.3f}{heldout:10.3f}")
    return lines


def _share_lines(found: dict[str, Figures]) -> list[str]:
    columns = "{:<24} {:>19} {:>12} {:>8} {:>8}".format
    lines = [
        columns("share of runs with", "score above median", "above every", "highest", "lowest"),
        columns("", "of real pictures", "one of them", "score", "realism"),
    ]
    for painter in PAINTERS:
        row = found[painter]
        shares = [f"{row[name]}/{row['runs']}" for name in SHARES]
        lines.append(columns(PAINTER_LABELS[painter], *shares))
    return lines


def _measures(row: Figures) -> str:
    return f"{row['score']:7.3f} {row['heldout']:9.3f} {row['gap']:+7.3f} {row['realism']:8.3f}"


def _outcome(row: Figures) -> str:
    """What raw ascent did, as counted."""
    median = "above the median score of real pictures of the same caption"
    above = f"{median} in {row['above_median']} of {row['runs']} runs"
    lowest = f"had the lowest realism of the three in {row['lowest']}"
    tied = f" (and shared the lowest in {row['lowest_tied']} more)" if row["lowest_tied"] else ""
    return f"Pixel ascent ended {above}, above every one of them in {row['above_all']}, and {lowest}{tied}."
