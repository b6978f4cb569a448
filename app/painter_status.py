"""Why something does not start yet: what the painter process last said of itself, in words. No streamlit."""

import time

from app import resources
from core.service.health import STALE_SECONDS
from core.storage.records import PainterState


def waiting_reason(then: str = "this starts as soon as it does") -> str:
    """Why what was asked for does not start yet; "" if it only waits for its turn. Raises StoreError.

    Args:
        then: what happens once the painter process runs.
    """
    return reason_of(resources.store().queue.painter_state(), then)


def reason_of(painter: PainterState | None, then: str, now: float | None = None) -> str:
    """The same, of the painter process as it was last heard of. now: seconds since the epoch, for tests."""
    now = time.time() if now is None else now
    if painter is None or painter.state == "off" or now - painter.beat > STALE_SECONDS:
        return f"The painter process is not running yet; {then}."
    if painter.state == "loading":
        return "The painter process is loading its models."
    return painter.message if painter.state == "restarting" else ""
