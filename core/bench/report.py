"""One line of a report: what was measured, what it must reach, and whether it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

MARKS = {True: "ok", False: "FALLS SHORT", None: ""}


@dataclass(frozen=True)
class ReportRow:
    """Outcome of one check.

    Args:
        check: number of the check, for example "2" or "9.2" for the second check with photographs.
        name: what was measured, in a few words.
        figure: what came out; a number, or text for a note.
        must: what it has to reach, in words; "reported" if nothing is asked of it.
        ok: True, False, or None where nothing was asked or the check was skipped.
        note: why it was skipped, or what the figure means.
    """

    check: str
    name: str
    figure: float | str
    must: str = "reported"
    ok: bool | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Field → value."""
        return asdict(self)

    def figure_text(self, digits: int = 4) -> str:
        """The figure with so many significant digits."""
        return self.figure if isinstance(self.figure, str) else f"{self.figure:.{digits}g}"


def at_least(check: str, name: str, figure: float, bound: float, note: str = "") -> ReportRow:
    """A figure that must not be below a bound."""
    return ReportRow(check, name, float(figure), f"≥ {bound:g}", bool(figure >= bound), note)


def at_most(check: str, name: str, figure: float, bound: float, note: str = "") -> ReportRow:
    """A figure that must not exceed a bound."""
    return ReportRow(check, name, float(figure), f"≤ {bound:g}", bool(figure <= bound), note)


def within(check: str, name: str, figure: float, middle: float, spread: float, note: str = "") -> ReportRow:
    """A figure that must be near a value."""
    near = bool(abs(figure - middle) <= spread)
    return ReportRow(check, name, float(figure), f"{middle:g} ± {spread:g}", near, note)


def skipped(check: str, name: str, reason: str) -> ReportRow:
    """A check that could not be made here."""
    return ReportRow(check, name, "skipped", "–", None, reason)


def rows_that_fall_short(rows: Iterable[ReportRow]) -> list[ReportRow]:
    """Those that miss what they must reach."""
    return [row for row in rows if row.ok is False]


def report_table(rows: list[ReportRow]) -> str:
    """Rows as aligned lines of text."""
    cells = [(row.check, row.name, row.figure_text(), row.must) for row in rows]
    widths = [max((len(line[column]) for line in cells), default=0) for column in range(4)]
    return "\n".join(_line(row, parts, widths) for row, parts in zip(rows, cells, strict=True))


def _line(row: ReportRow, parts: tuple[str, ...], widths: list[int]) -> str:
    check, name, figure, must = widths
    aligned = f"{parts[0]:<{check}}  {parts[1]:<{name}}  {parts[2]:>{figure}}  {parts[3]:<{must}}"
    mark = MARKS[row.ok]
    gap = "  " if mark and row.note else ""
    return f"{aligned}  {mark}{gap}{row.note}".rstrip()
