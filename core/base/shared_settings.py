"""Settings that several painters share, each written once. No torch."""

from typing import Any

from core.base.judges import DEFAULT, STEERING
from core.base.setting import setting_field

STEPS_HELP = "How many frames the painter makes; time grows in proportion."
OPTIMISE_NOTHING = "nothing"
OPTIMISABLE_PARTS: dict[str, tuple[str, ...]] = {
    OPTIMISE_NOTHING: (),
    "S": ("S",),
    "S and K": ("S", "K"),
}  # choice → the parts of realism that a painter then optimises too


def steps(default: int, low: int, high: int) -> Any:
    """How many steps a painter takes."""
    return setting_field(default, label="Steps", help=STEPS_HELP, low=low, high=high, step=1)


def learning_rate(default: float, help: str) -> Any:
    """How far Adam moves per step."""
    return setting_field(default, label="Learning rate", help=help, low=0.001, high=1.0, step=0.001)


def cutouts(default: int, help: str, **metadata: Any) -> Any:
    """How many random crops the judge sees per step."""
    return setting_field(default, label="Cutouts", help=help, low=1, high=64, step=1, **metadata)


def also_optimise() -> Any:
    """Whether a painter optimises realism too."""
    return setting_field(
        OPTIMISE_NOTHING,
        label="Optimise realism too",
        help="Shows that a measure which is optimised can no longer be trusted. S is the pixel "
        "statistics. K looks through a network of its own (in packs without one, the held-out judge's "
        "image encoder), and with S and K the painter climbs that one too: then only the gap between the two "
        "judges can still give it away.",
        choices=tuple(OPTIMISABLE_PARTS),
        advanced=True,
        later=True,
    )


def judge() -> Any:
    """Whose gradient a painter follows."""
    return setting_field(
        DEFAULT,
        label="Which judge",
        help="Whose score the painter climbs. Judge: the held-out judge only looks on. Heldout: the two "
        "swap places. Both: the mean of their losses, so neither is held out. Robust: the judge trained "
        "further on pictures that were made to fool it, in packs that have one.",
        choices=tuple(STEERING),
        advanced=True,
        later=True,
    )


def proxy_weight() -> Any:
    """How much realism counts while it is optimised too."""
    return setting_field(
        0.05,
        label="Weight of realism",
        help="How much realism counts beside the judge; no effect while only the judge is followed.",
        low=0.0,
        high=10.0,
        step=0.01,
        advanced=True,
        later=True,
    )


def at_once() -> Any:
    """How many cutouts the judge sees at a time."""
    return setting_field(
        0,
        label="Cutouts at a time",
        help="How many cutouts go through the judge together. 0 takes as many as fit into a fixed share of "
        "memory; a small number needs less, and the gradient is the same up to rounding.",
        low=0,
        high=64,
        step=1,
        advanced=True,
        later=True,
    )


def precision() -> Any:
    """The numbers that the painter's networks compute with."""
    return setting_field(
        "auto",
        label="Precision",
        help="The numbers the networks compute with while painting. Auto: bfloat16 for full-size packs where "
        "the processor is faster with it, float32 otherwise. The codebook is always searched in float32, and "
        "all measurements are float32.",
        choices=("auto", "float32", "bfloat16"),
        advanced=True,
        later=True,
    )
