"""The values of a sweep over one setting in their order, and the one between two of them. No torch."""

from typing import Any

from core.base.errors import SettingError
from core.base.setting import Setting, settings_of
from core.base.settings import PAINTERS
from core.base.sweep_plan import MAX_VALUES, SweepAxis, SweepPlan, axis_label, value_label


def is_ordered(plan: SweepPlan) -> bool:
    """Whether the first axis is an amount, so that a curve through its values means something."""
    setting = _setting(plan)
    return setting is not None and _is_number(setting)


def value_order(plan: SweepPlan) -> tuple[int, ...]:
    """Places of the first axis's values as a slider shows them: amounts ascend, others stay as they are."""
    places = range(len(plan.x.values))
    return tuple(sorted(places, key=plan.x.values.__getitem__) if is_ordered(plan) else places)


def value_between(plan: SweepPlan, gap: int) -> Any:
    """The value half-way between the values number `gap` and `gap` + 1 of a sweep over one setting.

    Raises:
        SettingError: there is none; one sentence says why.
    """
    label, setting = axis_label(plan.x.name, plan.painter), _setting(plan)
    if setting is not None and setting.choices:
        raise SettingError(f"“{label}” takes certain values only: {setting.accepted_text()}.")
    if setting is None or not _is_number(setting):
        raise SettingError(f"“{label}” has no order, so there is nothing between two of its values.")
    values = [plan.x.values[place] for place in value_order(plan)]
    if plan.y is not None or not 0 <= gap < len(values) - 1:
        raise SettingError("There is no such pair of values. Reload the page and try again.")
    low, high = values[gap : gap + 2]
    found = _middle(low, high, setting)
    if found is None:
        between = f"between {value_label(setting.name, low)} and {value_label(setting.name, high)}"
        kind = "whole numbers, and there is none" if setting.type is int else "no further value"
        raise SettingError(f"“{label}” takes {kind} {between}.")
    if len(values) >= MAX_VALUES:
        raise SettingError(f"This sweep has {len(values)} values; it takes at most {MAX_VALUES}.")
    return found


def with_value_between(plan: SweepPlan, gap: int) -> SweepPlan:
    """The same sweep with one more value. Raises as `value_between`, and PromptError."""
    values = sorted((*plan.x.values, value_between(plan, gap)))
    x = SweepAxis(plan.x.name, tuple(values))
    return SweepPlan.make(plan.prompt, plan.painter, x, None, plan.seed, plan.pack, plan.base)


def _setting(plan: SweepPlan) -> Setting | None:
    """The setting that the first axis sweeps; None for seeds and painters."""
    known = {setting.name: setting for setting in settings_of(PAINTERS[plan.painter])}
    return known.get(plan.x.name)


def _is_number(setting: Setting) -> bool:
    return not setting.choices and setting.read is None


def _middle(low: float, high: float, setting: Setting) -> int | float | None:
    """Half-way, on the form's own steps if one of them lies there; None if nothing does."""
    half = (low + high) / 2
    if setting.type is int:
        return int(half) if low < int(half) < high else None
    step = setting.step or 1
    candidates = (round(round(half / step) * step, 10), float(f"{half:.4g}"), half)
    return next((value for value in candidates if low < value < high), None)
