"""Lines of the log, for people and as JSON."""

import json
import logging

from core.base import logs


def test_a_line_tells_the_run_in_words_or_as_json(monkeypatch):
    assert logs.log_line("A run has ended.", run="abc", status="done", reason="").endswith(
        " INFO A run has ended. run=abc status=done"
    )
    monkeypatch.setenv("CTJP_LOG", "json")
    told = json.loads(logs.log_line('It "broke"\n', "ERROR", 0, run="abc"))
    assert told == {"time": "1970-01-01T00:00:00Z", "level": "ERROR", "text": 'It "broke"\n', "run": "abc"}


def test_loggers_write_such_lines_with_tracebacks_inside(monkeypatch):
    monkeypatch.setenv("CTJP_LOG", "json")
    try:
        raise ValueError("no")
    except ValueError as error:
        record = logging.LogRecord(
            "app", logging.ERROR, "f", 1, "Broke %s.", ("twice",), (ValueError, error, error.__traceback__)
        )
    record.run = "abc"
    told = json.loads(logs.Formatter().format(record))
    assert (told["text"], told["run"], told["logger"]) == (
        "Broke twice.",
        "abc",
        "app",
    ) and "ValueError: no" in told["error"]
