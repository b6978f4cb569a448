"""metrics.csv: one line per measured frame, as a run's folder and the exports have it. No torch."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from core.base.measure_names import MEASURES
from core.base.request import RunRequest
from core.storage.records import StepRow

METRICS_FILE = "metrics.csv"
FIRST_COLUMNS = ("painter", "step", "seconds", *MEASURES)
LAST_COLUMNS = ("evaluations",)
ROBUST = "robust"  # after the measures, in runs of a pack that has a robust judge
MOST_EVALUATIONS = 2**53


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
    """The rows of a file that somebody else may have written.

    Args:
        request: of the run. has_frame: whether the picture of a painter's step is there.

    Raises:
        OSError, ValueError, LookupError, TypeError, csv.Error: it cannot be read, or holds something else.
    """
    rows: list[StepRow] = []
    with open(path, newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            painter = line.pop("painter")
            step = int(line.pop("step"))
            evaluations = int(line.pop("evaluations"))
            measures: dict[str, Any] = {
                name: finite_number(line.pop(name)) for name in ("seconds", *MEASURES)
            }
            robust = line.pop(ROBUST, None)
            components = {name: finite_number(value) for name, value in line.items() if value}
            total = request.settings[painter].steps
            if not (0 <= step <= total and 0 <= evaluations < MOST_EVALUATIONS):
                raise ValueError(
                    f"{METRICS_FILE} has a row of step {step} of {total} with {evaluations} evaluations"
                )
            rows.append(
                StepRow(
                    seq=len(rows) + 1,
                    painter=painter,
                    step=step,
                    total=total,
                    evaluations=evaluations,
                    components=components,
                    has_frame=has_frame(painter, step),
                    robust=finite_number(robust) if robust else None,
                    **measures,
                )
            )
    return rows


def finite_number(value: Any) -> float:
    """The number in a stranger's file; one that is not finite could be neither stored nor drawn."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number that can be shown")
    return number
