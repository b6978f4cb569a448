"""Sweeps: one run per value of one or two axes, all else the same. No torch.

A sweep is a stored list of run requests. Its cells are ordinary runs: asked for again they are shown at
once, they go on when nobody looks, and every one can be opened by itself. A cell has one painter only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.base.changed_text import changed_text, value_text
from core.base.defaults import FIRST, VERSION
from core.base.errors import SettingError, UserError
from core.base.request import RunRequest
from core.base.setting import settings_of
from core.base.settings import PAINTER_LABELS, PAINTERS, changed_defaults, check_painters
from core.base.start import EXAMPLE

MAX_VALUES = 12
MAX_CELLS = 48
SEED_AXIS = "seed"  # these two axes are no settings
PAINTER_AXIS = "painter"
LONGEST_TYPED = 40  # characters of one value
SWEEP_PRIORITY = 1  # priority in the queue: whoever waits in front of a page comes first


@dataclass(frozen=True)
class SweepAxis:
    """One axis: "seed", "painter" or the name of a setting, and its values in the order shown."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class SweepCell:
    """One run of a sweep; `x` and `y` are values, `y` None without a second axis."""

    x: Any
    y: Any
    request: RunRequest


@dataclass(frozen=True)
class SweepPlan:
    """Everything a person chose for a sweep.

    Args:
        painter: the one that paints, unless an axis is "painter".
        x: axis from left to right. y: axis from top to bottom, or None.
        base: painter → setting → value for what is not swept; the defaults otherwise. Always holds
            those whose default has changed since the first version, so that a stored sweep stays as it is.
    """

    prompt: str
    seed: int
    pack: str
    painter: str
    x: SweepAxis
    y: SweepAxis | None
    base: dict[str, dict[str, Any]]

    @classmethod
    def make(
        cls,
        prompt: str,
        painter: str,
        x: SweepAxis,
        y: SweepAxis | None = None,
        seed: int = 0,
        pack: str = "miniature",
        base: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> "SweepPlan":
        """Check everything, cell by cell.

        Raises:
            PromptError, SettingError: one sentence.
        """
        check_painters((painter,))
        _check_axes(x, y, painter)
        chosen = {
            name: changed_defaults(VERSION, FIRST, name) | dict((base or {}).get(name, {}))
            for name in PAINTERS
        }
        plan = cls(prompt, seed, pack, painter, x, y, chosen)
        requests = [cell.request for cell in plan.cells()]
        used = {name: chosen[name] for name in dict.fromkeys(n for r in requests for n in r.painters)}
        return cls(requests[0].prompt, seed, pack, painter, x, y, used)

    @property
    def axes(self) -> tuple[SweepAxis, ...]:
        """One axis or two."""
        return (self.x, self.y) if self.y else (self.x,)

    @property
    def painters(self) -> tuple[str, ...]:
        """Painters of the cells, in display order."""
        swept = [axis.values for axis in self.axes if axis.name == PAINTER_AXIS]
        named = swept[0] if swept else (self.painter,)
        return tuple(painter for painter in PAINTERS if painter in named)

    @property
    def changed(self) -> str:
        """What of the settings that are not swept differs from the defaults, in words; "" for nothing."""
        values = {painter: self.base.get(painter, {}) for painter in self.painters}
        return changed_text(values, [axis.name for axis in self.axes])

    def cells(self) -> list[SweepCell]:
        """Row by row from the top left. Raises PromptError, SettingError."""
        rows = self.y.values if self.y else (None,)
        return [SweepCell(x, y, self._request(x, y)) for y in rows for x in self.x.values]

    def _request(self, x: Any, y: Any) -> RunRequest:
        chosen = {self.x.name: x}
        if self.y:
            chosen[self.y.name] = y
        seed = chosen.pop(SEED_AXIS, self.seed)
        painter = chosen.pop(PAINTER_AXIS, self.painter)
        settings = self.base.get(painter, {}) | chosen
        return RunRequest.make(self.prompt, seed, self.pack, (painter,), **{painter: settings})

    def canonical(self) -> str:
        """The same text for the same plan, to be hashed and stored."""
        data = {
            "prompt": self.prompt,
            "seed": self.seed,
            "pack": self.pack,
            "painter": self.painter,
            "x": [self.x.name, list(self.x.values)],
            "y": [self.y.name, list(self.y.values)] if self.y else None,
            "base": self.base,
        }
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> "SweepPlan | None":
        """Inverse of `canonical`, or None if this version no longer accepts it."""
        try:
            data = json.loads(text)
            x, y = (SweepAxis(axis[0], tuple(axis[1])) if axis else None for axis in (data["x"], data["y"]))
            if x is None:
                return None
            base = {
                name: changed_defaults(FIRST, VERSION, name) | data["base"].get(name, {}) for name in PAINTERS
            }
            return cls.make(data["prompt"], data["painter"], x, y, data["seed"], data["pack"], base)
        except (UserError, ValueError, KeyError, TypeError, AttributeError):
            return None


def parse_axis(name: str, text: str, painter: str) -> SweepAxis:
    """Axis from what a person typed, such as "1, 4, 16"; numbers become numbers. Raises SettingError."""
    name = name.strip()
    known = (
        {setting.name: setting for setting in settings_of(PAINTERS[painter])} if painter in PAINTERS else {}
    )
    texts = [part.strip() for part in text.split(",") if part.strip()]
    if any(len(part) > LONGEST_TYPED for part in (name, *texts)):
        raise SettingError(
            f"A value of a sweep has more than {LONGEST_TYPED} characters; separate the values by commas."
        )
    values: list[Any] = texts
    if name in known:
        values = [known[name].parse(part, PAINTER_LABELS[painter]) for part in texts]
    elif name == SEED_AXIS:
        values = [int(part) if part.isascii() and part.isdigit() else part for part in texts]
    elif name != PAINTER_AXIS:
        choices = ", ".join([*known, SEED_AXIS, PAINTER_AXIS])
        owner = PAINTER_LABELS.get(painter, painter)
        raise SettingError(f"{owner}: unknown axis {name!r}; choose from {choices}.")
    return SweepAxis(name, tuple(dict.fromkeys(values)))


def suggested_values(name: str, painter: str, seed: int = 0) -> str:
    """Values to start from for an axis, as text."""
    if name == SEED_AXIS:
        return ", ".join(str(seed + number) for number in range(5))
    if name == PAINTER_AXIS:
        return ", ".join(PAINTERS)
    setting = next(found for found in settings_of(PAINTERS[painter]) if found.name == name)
    if setting.choices:
        return ", ".join(setting.choices)
    if setting.read:
        return f"{setting.default}, {EXAMPLE}"
    low, high = setting.low or 0, setting.high or 0
    if setting.default:
        factors = (1, 4, 16) if setting.default == low else (0.25, 1, 4)
        values = [setting.default * factor for factor in factors if low <= setting.default * factor <= high]
    else:
        values = [low, (low + high) / 2, high]
    return values_text(SweepAxis(name, tuple(dict.fromkeys(map(setting.type, values)))))


def values_text(axis: SweepAxis) -> str:
    """An axis's values as a person types them; `parse_axis` reads them back."""
    return ", ".join(f"{value:.10g}" if isinstance(value, float) else str(value) for value in axis.values)


def axis_label(name: str, painter: str) -> str:
    """An axis as it is written beside the grid: "Cutouts", "Seed", "Painter"."""
    known = {setting.name: setting.label for setting in settings_of(PAINTERS[painter])}
    return known.get(name, name.capitalize())


def value_label(name: str, value: Any) -> str:
    """A value as it is written beside the grid."""
    if name == PAINTER_AXIS:
        return PAINTER_LABELS.get(value, str(value))
    return value_text(name, value)


def _check_axes(x: SweepAxis, y: SweepAxis | None, painter: str) -> None:
    for axis in (x, y) if y else (x,):
        _check_axis(axis, axis_label(axis.name, painter))
    if y and x.name == y.name:
        label = axis_label(x.name, painter)
        raise SettingError(f"Both axes are “{label}”; choose two different ones, or leave the second out.")
    number = len(x.values) * (len(y.values) if y else 1)
    if number > MAX_CELLS:
        raise SettingError(
            f"The sweep has {number} cells; at most {MAX_CELLS} are painted. Give fewer values."
        )


def _check_axis(axis: SweepAxis, label: str) -> None:
    if not axis.values:
        raise SettingError(
            f"The axis “{label}” has no values; give some with commas between them, such as 1, 4, 16."
        )
    if len(axis.values) > MAX_VALUES:
        raise SettingError(
            f"The axis “{label}” has {len(axis.values)} values; it takes at most {MAX_VALUES}."
        )
    if axis.name == PAINTER_AXIS:
        check_painters(axis.values)
