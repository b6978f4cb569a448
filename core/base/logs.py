"""What server and painter process log: one line per event, or JSON lines with CTJP_LOG=json. No torch.

An event about a run carries the run's id, so that `grep ID` tells its story over both processes.
"""

import json
import logging
import os
import time
from typing import Any

_USUAL = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "color_message"}


def log_line(text: str, level: str = "INFO", when: float | None = None, **fields: Any) -> str:
    """One event as one line of text, without its end.

    Args:
        text: a sentence. fields: what belongs to it, such as run="…"; empty ones are left out.
        when: seconds since the epoch; now by default.
    """
    fields = {name: value for name, value in fields.items() if value not in (None, "")}
    moment = time.gmtime(when)
    if os.environ.get("CTJP_LOG") == "json":
        line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment), "level": level, "text": text, **fields}
        return json.dumps(line, ensure_ascii=False, default=str)
    named = "".join(f" {name}={value}" for name, value in fields.items())
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', moment)} {level} {text}{named}"


class Formatter(logging.Formatter):
    """`log_line` for the standard library's loggers; what is given as `extra` becomes fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in record.__dict__.items() if name not in _USUAL}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        text = record.getMessage()
        return log_line(text, record.levelname, record.created, **{"logger": record.name, **fields})


def set_up_logging(name: str) -> None:
    """Let the logger `name` write to standard error; with CTJP_LOG=json every handler writes JSON lines."""
    logger = logging.getLogger(name)
    if not any(isinstance(handler.formatter, Formatter) for handler in logger.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(Formatter())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    if os.environ.get("CTJP_LOG") != "json":
        return
    for other in [logging.getLogger(), *logging.root.manager.loggerDict.values()]:
        for handler in getattr(other, "handlers", ()):
            handler.setFormatter(Formatter())
