"""One line of a report: what was measured, what it must reach, and whether it does."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
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

    def as_dict(self):
        return asdict(self)


def at_least(check, name, figure, bound, note=""):
    return Row(check, name, float(figure), f"≥ {bound:g}", bool(figure >= bound), note)


def at_most(check, name, figure, bound, note=""):
    return Row(check, name, float(figure), f"≤ {bound:g}", bool(figure <= bound), note)


def within(check, name, figure, middle, spread, note=""):
    return Row(check, name, float(figure), f"{middle:g} ± {spread:g}", bool(abs(figure - middle) <= spread), note)


def skipped(check, name, reason):
    return Row(check, name, "skipped", "–", None, reason)


def table(rows):
    """Rows as aligned lines of text."""
    number = lambda row: row.figure if isinstance(row.figure, str) else f"{row.figure:.4g}"
    mark = {True: "ok", False: "FALLS SHORT", None: ""}
    cells = [(row.check, row.name, number(row), row.must, mark[row.ok]) for row in rows]
    widths = [max((len(line[i]) for line in cells), default=0) for i in range(4)]
    lines = []
    for row, (*parts, state) in zip(rows, cells, strict=True):
        line = "  ".join(f"{part:>{w}}" if i == 2 else f"{part:<{w}}" for i, (part, w) in enumerate(zip(parts, widths, strict=True)))
        lines.append(f"{line}  {state}{'  ' if state and row.note else ''}{row.note}".rstrip())
    return "\n".join(lines)
