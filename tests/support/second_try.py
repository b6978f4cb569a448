"""Tests in a browser get a second try, since a machine may be too busy for them; and the summary says so."""

from pathlib import Path

import pytest


def give_second_tries(items: list[pytest.Item], folder: Path) -> None:
    """Let the tests below a folder be tried once more where they fail (pytest-rerunfailures)."""
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.flaky(reruns=1))


def tell_second_tries(terminal: pytest.TerminalReporter) -> None:
    """Name each test that passed only at its second try, below what was wrong at its first."""
    failed = {report.nodeid for kind in ("failed", "error") for report in terminal.getreports(kind)}
    late = [report for report in terminal.getreports("rerun") if report.nodeid not in failed]
    if not late:
        return
    terminal.write_sep("=", "first tries that failed", yellow=True)
    for report in late:
        terminal.write_sep("_", report.nodeid)
        terminal.write_line(report.longreprtext)
        for name, text in report.sections:
            terminal.write_sep("-", name)
            terminal.write_line(text)
    names = sorted({report.nodeid for report in late})
    terminal.write_sep("=", f"passed only at the second try: {len(names)}", yellow=True, bold=True)
    for name in names:
        terminal.write_line(f"SECOND TRY {name}", yellow=True)
