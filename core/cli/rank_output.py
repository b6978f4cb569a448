"""A ranking of pictures as `rank` writes it: a table to read, CSV or JSON. No torch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.cli.rank_files import LeftOut
from core.lesson.ranking import (
    DIGITS,
    RankedPicture,
    csv_text,
    leaderboard,
    leaderboard_rows,
    softmax_shares,
)

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

Line = dict[str, Any]  # a line of a leaderboard: name of a column → value
Board = list[Line]  # of one prompt
TITLES = f"{'rank':>5} {'judge':>7} {'held-out':>9} {'margin':>7} {'other rank':>11}"


def board_lines(
    prompt: str, number: int, found: list[list[RankedPicture]], by: str, top: int | None
) -> Board:
    """Lines of one prompt's leaderboard; with several prompts also each picture's share of this one.

    Args:
        number: of the prompt, from 0.
        found: per picture, one RankedPicture for each prompt.
        by: "judge" or "heldout". top: how many, or None for all.
    """
    places = leaderboard([pictures[number] for pictures in found], by)[:top]
    lines = leaderboard_rows(prompt, places)
    if len(found[0]) > 1:
        for line, place in zip(lines, places, strict=True):
            scores = [getattr(picture, by) for picture in found[place.number]]
            line["share"] = round(softmax_shares(scores)[number], DIGITS)
    return lines


def table(boards: list[Board], skipped: list[LeftOut], by: str, pack: ModelPack) -> str:
    """What a person reads; what was skipped has been said already."""
    ordered = {"judge": "the judge", "heldout": "the held-out judge"}[by]
    parts = []
    for lines in boards:
        share = "   share" if "share" in lines[0] else ""
        heading = f"“{lines[0]['prompt']}”, ordered by {ordered} (cosines)"
        parts.append("\n".join([heading, f"{TITLES}{share}  picture", *map(_table_line, lines)]) + "\n")
    return "\n".join(parts)


def _table_line(line: Line) -> str:
    rank = f"={line['rank']}" if line["tied"] else str(line["rank"])
    margin = "" if line["margin"] is None else f"{line['margin']:.{DIGITS}f}"
    share = f" {100 * line['share']:5.1f} %" if "share" in line else ""
    scores = f"{line['judge']:7.{DIGITS}f} {line['heldout']:9.{DIGITS}f}"
    return f"{rank:>5} {scores} {margin:>7} {line['other_rank']:11}{share}  {line['picture']}"


def csv(boards: list[Board], skipped: list[LeftOut], by: str, pack: ModelPack) -> str:
    """All boards below each other."""
    return csv_text([line for lines in boards for line in lines])


def excel_csv(boards: list[Board], skipped: list[LeftOut], by: str, pack: ModelPack) -> str:
    """The same, marked for Excel."""
    return csv_text([line for lines in boards for line in lines], excel=True)


def as_json(boards: list[Board], skipped: list[LeftOut], by: str, pack: ModelPack) -> str:
    """Everything, the skipped pictures too."""
    about = {"pack": pack.name, "pack_hash": pack.hash, "by": by}
    rankings = [
        {"prompt": lines[0]["prompt"], "places": [_without_prompt(line) for line in lines]}
        for lines in boards
    ]
    left_out = [{"picture": file.name, "reason": file.reason} for file in skipped]
    data = {**about, "rankings": rankings, "skipped": left_out}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _without_prompt(line: Line) -> Line:
    return {name: value for name, value in line.items() if name != "prompt"}


FORMS = {"table": table, "csv": csv, "excel": excel_csv, "json": as_json}
