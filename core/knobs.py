"""What a setting is: one knob with its bounds, default and help; and the knobs that several painters share. No torch."""

from dataclasses import MISSING, dataclass, field, fields

from core.errors import SettingError


@dataclass(frozen=True)
class Knob:
    """One setting as it is shown and checked."""

    name: str
    label: str
    help: str
    type: type
    default: object
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple = ()
    advanced: bool = False
    later: bool = False  # came after runs were stored: left out of a request at its default, so that their names hold

    def parse(self, value, owner):
        """Return `value` as this knob's type; raise SettingError outside what is accepted."""
        accepted = ", ".join(map(str, self.choices)) if self.choices else f"{self.low} to {self.high}"
        problem = SettingError(f"{owner}: {self.name} is {value!r}; it takes {accepted}.")
        if self.choices:
            if value not in self.choices:
                raise problem
            return value
        try:
            number = self.type(value)
            exact = not isinstance(value, bool) and float(value) == float(number)
        except (TypeError, ValueError, OverflowError):
            raise problem from None
        if not exact or not self.low <= number <= self.high:
            raise problem
        return number


def knob(default, **metadata):
    """A dataclass field that carries what the form and the command line need."""
    return field(default=default, metadata=metadata)


def knobs(settings_class):
    """The knobs of one painter's settings, in display order."""
    return tuple(
        Knob(name=f.name, type=type(f.default), default=f.default, **f.metadata) for f in fields(settings_class) if f.default is not MISSING
    )


STEPS_HELP = "How many frames the painter makes. Time grows in proportion; the scores level off long before the end."
NOTHING = "nothing"
PROXY_PARTS = {NOTHING: (), "S": ("S",), "S and K": ("S", "K")}  # parts of realism that the gaming lab lets a painter climb


def also_optimise():
    """Knob of the gaming lab, for painters that can take it."""
    return knob(
        NOTHING,
        label="Gaming lab: also optimise the realism proxy",
        help="Shows what becomes of a measure that is optimised: it stops being one. S is the pixel statistics. K looks through "
        "the held-out judge's image tower, so with S and K the painter has seen that judge's features too, and only the gap "
        "between the two judges is left to object.",
        choices=tuple(PROXY_PARTS),
        advanced=True,
        later=True,
    )


def proxy_weight():
    """Knob of the gaming lab: its default is part of the names of stored runs, so it stays."""
    return knob(
        0.05,
        label="Gaming lab: weight of the proxy",
        help="How much the realism proxy counts beside the judge; no effect while nothing is optimised but the judge.",
        low=0.0,
        high=10.0,
        step=0.01,
        advanced=True,
        later=True,
    )


def at_once():
    """Knob of how many cutouts the judge sees at a time."""
    return knob(
        0,
        label="Cutouts at a time",
        help="How many cutouts go through the judge together. 0 takes as many as fit into a fixed share of memory; a small number "
        "needs less, and the gradient is the same up to rounding.",
        low=0,
        high=64,
        step=1,
        advanced=True,
        later=True,
    )


def precision():
    """Knob of the numbers that the painter's networks compute with."""
    return knob(
        "auto",
        label="Precision",
        help="Numbers the networks compute with while painting. Auto: bfloat16 for full-size packs where the processor is quicker with "
        "it, float32 otherwise. The search of the codebook and all figures are float32 always.",
        choices=("auto", "float32", "bfloat16"),
        advanced=True,
        later=True,
    )
