"""Questions that a sweep answers with one click. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.base.settings import PAINTERS
from core.base.start import NOISE, RENDERING, SETTING, without_hash
from core.base.sweep_plan import PAINTER_AXIS, SEED_AXIS, SweepAxis, SweepPlan

SEEDS = 5  # of a preset that sweeps them

PresetAxis = tuple[str, tuple[Any, ...] | None]  # name and values; None means SEEDS seeds from the form's on


@dataclass(frozen=True)
class SweepPreset:
    """One question.

    Args:
        look: one sentence on what to look for.
        needs_world: whether only packs of the miniature world can be asked.
    """

    name: str
    title: str
    painter: str
    x: PresetAxis
    y: PresetAxis | None
    look: str
    needs_world: bool = False

    def plan(self, prompt: str, seed: int, pack: str, base: Mapping[str, Mapping[str, Any]]) -> SweepPlan:
        """The plan of this question for a prompt. Raises PromptError, SettingError."""
        y = _axis(self.y, seed) if self.y else None
        return SweepPlan.make(prompt, self.painter, _axis(self.x, seed), y, seed, pack, base)

    @property
    def judges(self) -> tuple[str, ...]:
        """Values of the setting `judge` that it needs."""
        axes = (self.x, self.y or ("", None))
        return next((values for name, values in axes if name == "judge" and values), ())

    def matches(self, plan: SweepPlan) -> bool:
        """Whether a plan asks this question."""
        return self.painter == plan.painter and _is_same(self.x, plan.x) and _is_same(self.y, plan.y)


def _axis(axis: PresetAxis, seed: int) -> SweepAxis:
    name, values = axis
    return SweepAxis(name, values or tuple(range(seed, seed + SEEDS)))


def _is_same(asked: PresetAxis | None, planned: SweepAxis | None) -> bool:
    if asked is None or planned is None:
        return asked is None and planned is None
    name, values = asked
    found = tuple(map(without_hash, planned.values))
    return name == planned.name and (values in (None, found) or _goes_on(values, found))


def _goes_on(values: tuple[Any, ...] | None, found: tuple[Any, ...]) -> bool:
    """Whether amounts between those asked for were added."""
    numbers = all(isinstance(value, int | float) for value in found)
    return numbers and values is not None and set(values) < set(found)


REAL_PICTURE = f"{RENDERING}:a yellow duck on the lake at sunset@1"
SWEEP_PRESETS = (
    SweepPreset(
        "real_picture",
        "Raw ascent from a real picture",
        "pixels",
        (SETTING, (REAL_PICTURE, NOISE)),
        None,
        "It starts as a real picture of another scene: see how soon realism is gone, and how high the "
        "judge's score climbs.",
        needs_world=True,
    ),
    SweepPreset(
        "canvas",
        "Raw, Fourier, multi-scale",
        "pixels",
        ("canvas", ("raw", "fourier", "multiscale")),
        None,
        "All three please the judge in the end; see whether shapes appear once broad changes are easier.",
    ),
    SweepPreset(
        "cutouts",
        "1, 4 or 16 cutouts",
        "pixels",
        ("cutouts", (1, 4, 16)),
        (PAINTER_AXIS, ("pixels", "vqgan")),
        "More crops must please the judge at once: see whether the held-out judge rises while the time "
        "grows.",
    ),
    SweepPreset(
        "guidance",
        "Guidance from none to absurd",
        "diffusion",
        ("guidance_strength", (0.0, 0.2, 0.6, 2.0, 10.0)),
        None,
        "Without guidance, the picture ignores the prompt; see where more of it costs realism first, "
        "and then the held-out judge's score.",
    ),
    SweepPreset(
        "mode",
        "Text only, judge only, both",
        "diffusion",
        ("mode", ("text", "judge", "both")),
        None,
        "The same denoiser and the same noise: look at what the prompt alone paints, and what the judge "
        "adds.",
    ),
    SweepPreset(
        "seeds",
        "Five seeds and their spread",
        "pixels",
        (SEED_AXIS, None),
        (PAINTER_AXIS, tuple(PAINTERS)),
        "One picture says little: compare the painters' means only where their ranges do not overlap.",
    ),
    SweepPreset(
        "judges",
        "Swap the judges",
        "pixels",
        ("judge", ("judge", "heldout")),
        (PAINTER_AXIS, tuple(PAINTERS)),
        "The judge and the held-out judge swap places: see whether the one that steers is fooled, whichever "
        "it is.",
    ),
    SweepPreset(
        "robust",
        "A robust judge",
        "pixels",
        ("judge", ("judge", "robust")),
        (PAINTER_AXIS, tuple(PAINTERS)),
        "It was trained on pictures made to fool it: see whether shapes appear, and whether realism rises "
        "with them.",
    ),
)
