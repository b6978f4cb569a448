"""What server and painter process write: one line per event, for people or, with CTJP_LOG=json, as JSON lines. No torch.

An event about a run carries the run's id, so that `grep ID` tells its story over both processes.
"""

import json
import logging
import os
import time

_USUAL = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "color_message"}


def line(text, level="INFO", when=None, **fields):
    """One event as one line of text, without its end.

    Args:
        text: a sentence. fields: what belongs to it, such as run="…"; empty ones are left out.
        when: seconds since the epoch; now by default.
    """
    fields = {name: value for name, value in fields.items() if value not in (None, "")}
    moment = time.gmtime(when)
    if os.environ.get("CTJP_LOG") == "json":
        told = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment), "level": level, "text": text, **fields}
        return json.dumps(told, ensure_ascii=False, default=str)
    named = "".join(f" {name}={value}" for name, value in fields.items())
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', moment)} {level} {text}{named}"


class Formatter(logging.Formatter):
    """`line` for the standard library's loggers; what is given as `extra` becomes fields."""

    def format(self, record):
        fields = {name: value for name, value in record.__dict__.items() if name not in _USUAL}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        text = record.getMessage()
        return line(text, record.levelname, record.created, **({"logger": record.name} | fields))


def set_up(name):
    """Let the logger `name` write to standard error, from INFO on; with CTJP_LOG=json every handler there is writes JSON lines."""
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
