"""How a benchmark ends: its report is printed, and the exit status says whether anything falls short."""

from __future__ import annotations

import json
from typing import Any

from core.bench.report import ReportRow, report_table, rows_that_fall_short


def end_with_report(
    rows: list[ReportRow], about: dict[str, Any], subject: str, as_json: bool, noun: str = "figure"
) -> int:
    """Print a report. Returns 1 if a row falls short, else 0.

    Args:
        about: what was measured and how, for the JSON; "seconds" it took are in it.
        subject: the same in words, for people.
        as_json: instead of a table.
        noun: what a row is called.
    """
    short = rows_that_fall_short(rows)
    if as_json:
        report = {**about, "rows": [row.as_dict() for row in rows], "short": len(short)}
        print(json.dumps(report, indent=2))
    else:
        names = "; ".join(row.name for row in short)
        outcome = f"{len(short)} fall short: {names}" if short else f"no {noun} falls short"
        print(f"{report_table(rows)}\n\n{subject}, {about['seconds']:.0f} s: {outcome}.")
    return 1 if short else 0
