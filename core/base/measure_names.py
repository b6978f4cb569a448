"""What the three measures are called on pages, in figures and in tables, and how their values are written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MeasureName:
    """How one measure is named.

    Args:
        label: the name as a heading.
        short: the name where there is little room.
        help: what it is, in a few words.
    """

    label: str
    short: str
    help: str


MEASURES = {
    "score": MeasureName("Judge score", "Judge", "what the painters climb"),
    "heldout": MeasureName("Held-out judge", "Held-out", "no painter climbs it"),
    "realism": MeasureName("Realism", "Realism", "likeness to the reference pictures"),
}


# The scales of the judges' scores, in full.
SHARED_SCALE = "shared scale, 0 unrelated, 1 matching"
COSINE = "cosine"


def two_decimals(value: float) -> str:
    """A value with two decimals and a true minus sign; what rounds to 0 has none."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
