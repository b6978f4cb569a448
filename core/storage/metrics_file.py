"""metrics.csv: one line per measured frame, as a run's folder and the exports have it. No torch."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from core.base.measure_names import MEASURES
from core.base.request import RunRequest
from core.storage.records import StepRow

METRICS_FILE = "metrics.csv"
FIRST_COLUMNS = ("painter", "step", "seconds", *MEASURES)
LAST_COLUMNS = ("evaluations",)
ROBUST = "robust"  # after the measures, in runs of a pack that has a robust judge
MOST_EVALUATIONS = 2**53
Number = TypeVar("Number", int, float)


def metrics_csv(rows: Sequence[StepRow]) -> bytes:
    """The whole file, of rows in this order."""
    columns = metrics_columns(rows)
    return b"".join([csv_line(columns), *(metrics_line(row, columns) for row in rows)])


def metrics_columns(rows: Iterable[StepRow]) -> tuple[str, ...]:
    """The names in the first line; realism's components stand between the measures and the evaluations."""
    rows = list(rows)
    components = dict.fromkeys(name for row in rows for name in row.components)
    robust = (ROBUST,) if any(row.robust is not None for row in rows) else ()
    return (*FIRST_COLUMNS, *robust, *components, *LAST_COLUMNS)


def metrics_line(row: StepRow, columns: tuple[str, ...]) -> bytes:
    """One row as a line of the file."""
    # 7 digits tell float32 numbers apart and hide the noise behind them; wall-clock seconds need fewer.
    measures = {name: f"{getattr(row, name):.7g}" for name in MEASURES}
    components = {name: f"{value:.7g}" for name, value in row.components.items()}
    robust = {} if row.robust is None else {ROBUST: f"{row.robust:.7g}"}
    values = components | measures | robust | {"seconds": f"{row.seconds:.4f}"}
    return csv_line([values.get(name, "" if name == ROBUST else getattr(row, name, "")) for name in columns])


def csv_line(cells: Iterable[Any]) -> bytes:
    """Cells as one line of CSV, with its end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().encode()


def harmless_cell(text: str) -> str:
    """A stranger's text that no spreadsheet takes for a formula and computes."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def read_metrics(path: Path, request: RunRequest, has_frame: Callable[[str, int], bool]) -> list[StepRow]:
    """The rows of a file that somebody else may have written or sorted; each painter's steps ascend.

    Args:
        request: of the run. has_frame: whether the picture of a painter's step is there.

    Raises:
        OSError, ValueError, LookupError, csv.Error: it cannot be read, or holds something else.
    """
    try:
        return _in_order_of_steps(_rows(path, request, has_frame))
    except UnicodeDecodeError as error:
        raise ValueError(f"{METRICS_FILE} is not UTF-8; save it as CSV UTF-8") from error


def _rows(path: Path, request: RunRequest, has_frame: Callable[[str, int], bool]) -> list[StepRow]:
    rows: list[StepRow] = []
    with open(path, newline="", encoding="utf-8-sig") as file:  # Excel marks UTF-8
        table = csv.DictReader(file, restval="")
        if table.fieldnames:  # else nothing has been measured yet
            _check_columns(table.fieldnames)
        for line in table:
            try:
                rows.append(_row(line, request, has_frame))
            except (ValueError, LookupError, TypeError) as error:
                raise ValueError(f"line {table.line_num} of {METRICS_FILE}: {_told(error)}") from error
    return rows


def _check_columns(names: Sequence[str]) -> None:
    """Raise ValueError unless every column that a run has is among these."""
    missing = [name for name in (*FIRST_COLUMNS, *LAST_COLUMNS) if name not in names]
    if missing and any(";" in name or "\t" in name for name in names):
        raise ValueError(
            f"{METRICS_FILE} is not separated by commas; "
            "save it as CSV with commas between the columns and decimal points"
        )
    if missing:
        raise ValueError(f"{METRICS_FILE} has no column {missing[0]!r}")


def _row(
    line: dict[str | Any, str | Any], request: RunRequest, has_frame: Callable[[str, int], bool]
) -> StepRow:
    """One line of the file."""
    if None in line:
        raise ValueError("it has more cells than the first line")
    painter = line.pop("painter")
    if painter not in request.settings:
        raise ValueError(f"the run has no painter {painter!r}")
    step = _cell(line, "step", int)
    evaluations = _cell(line, "evaluations", int)
    measures: dict[str, Any] = {name: _cell(line, name, finite_number) for name in ("seconds", *MEASURES)}
    robust = _cell(line, ROBUST, finite_number) if line.get(ROBUST) else None
    components = {
        name: _cell(line, name, finite_number) for name in list(line) if name != ROBUST and line[name]
    }
    total = request.settings[painter].steps
    if not (0 <= step <= total and 0 <= evaluations < MOST_EVALUATIONS):
        raise ValueError(f"it says step {step} of {total} and {evaluations} evaluations, which cannot be")
    return StepRow(
        seq=0,  # numbered when all are there
        painter=painter,
        step=step,
        total=total,
        evaluations=evaluations,
        components=components,
        has_frame=has_frame(painter, step),
        robust=robust,
        **measures,
    )


def _cell(line: dict[str | Any, str | Any], name: str, kind: Callable[[str], Number]) -> Number:
    """Take the number of one column out of a line. Raises ValueError that names the column."""
    text = line.pop(name)
    try:
        return kind(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"column {name!r} holds {text[:40]!r}, which is not a usable number") from error


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "it cannot be read"


def _in_order_of_steps(rows: list[StepRow]) -> list[StepRow]:
    """The rows as they were painted, whatever a spreadsheet sorted them by. Raises ValueError: a step twice.

    Painters keep the places that they have in the file.
    """
    waiting: dict[str, list[StepRow]] = {}
    for row in sorted(rows, key=lambda row: row.step, reverse=True):
        of_painter = waiting.setdefault(row.painter, [])
        if of_painter and of_painter[-1].step == row.step:
            raise ValueError(f"{METRICS_FILE} has step {row.step} of {row.painter} twice")
        of_painter.append(row)
    return [replace(waiting[row.painter].pop(), seq=seq) for seq, row in enumerate(rows, 1)]


def finite_number(value: Any) -> float:
    """The number in a stranger's file; one that is not finite could be neither stored nor drawn."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number that can be shown")
    return number
