"""Sweeps: one run per value of one or two axes, all else the same. No torch.

A sweep is a stored list of run requests. Its cells are ordinary runs: asked for again they are shown at
once, they go on when nobody looks, and every one can be opened by itself. A cell has one painter only.
"""

import json
from dataclasses import dataclass

from core.errors import SettingError, UserError
from core.settings import LABELS, PAINTERS, RunRequest, knobs

MAX_VALUES, MAX_CELLS = 12, 48
SEED, PAINTER = "seed", "painter"  # axes that are not knobs
LONGEST_TYPED = 40  # characters of one value
BEHIND = 1  # priority in the queue: whoever waits in front of a page comes first


@dataclass(frozen=True)
class Axis:
    """One axis: "seed", "painter" or the name of a knob, and its values in the order shown."""

    name: str
    values: tuple


@dataclass(frozen=True)
class Cell:
    """One run of a sweep; `x` and `y` are values, `y` None without a second axis."""

    x: object
    y: object
    request: RunRequest


@dataclass(frozen=True)
class Plan:
    """Everything a person chose for a sweep.

    Args:
        painter: the one that paints, unless an axis is "painter".
        x: Axis, from left to right. y: Axis from top to bottom, or None.
        base: painter → knob → value for what is not swept; the defaults otherwise.
    """

    prompt: str
    seed: int
    pack: str
    painter: str
    x: Axis
    y: Axis | None
    base: dict

    @classmethod
    def make(cls, prompt, painter, x, y=None, seed=0, pack="miniature", base=None):
        """Check everything, cell by cell.

        Raises:
            PromptError, SettingError: one sentence.
        """
        if painter not in PAINTERS:
            raise SettingError(f"Unknown painter {painter!r}; choose from {', '.join(PAINTERS)}.")
        plan = cls(prompt, seed, pack, painter, x, y, {p: dict((base or {}).get(p, {})) for p in PAINTERS})
        for axis in filter(None, (x, y)):
            _check_axis(axis)
        if y and x.name == y.name:
            raise SettingError(f"Both axes are {x.name!r}; choose two different ones, or leave the second out.")
        number = len(x.values) * (len(y.values) if y else 1)
        if number > MAX_CELLS:
            raise SettingError(f"The sweep has {number} cells; at most {MAX_CELLS} are painted. Give fewer values.")
        requests = [cell.request for cell in plan.cells()]
        first = requests[0]
        used = {p: plan.base[p] for p in dict.fromkeys(p for request in requests for p in request.painters)}
        return cls(first.prompt, seed, pack, painter, x, y, used)

    @property
    def painters(self):
        """Painters of the cells, in display order."""
        swept = next((axis.values for axis in (self.x, self.y) if axis and axis.name == PAINTER), (self.painter,))
        return tuple(p for p in PAINTERS if p in swept)

    def cells(self):
        """Row by row from the top left: list[Cell]. Raises PromptError, SettingError."""
        rows = self.y.values if self.y else (None,)
        return [Cell(x, y, self._request(x, y)) for y in rows for x in self.x.values]

    def _request(self, x, y):
        chosen = {self.x.name: x} | ({self.y.name: y} if self.y else {})
        seed, painter = chosen.pop(SEED, self.seed), chosen.pop(PAINTER, self.painter)
        return RunRequest.make(self.prompt, seed, self.pack, (painter,), **{painter: {**self.base.get(painter, {}), **chosen}})

    def canonical(self):
        """The same text for the same plan, to be hashed and stored."""
        axes = {n: [a.name, list(a.values)] if a else None for n, a in (("x", self.x), ("y", self.y))}
        data = {"prompt": self.prompt, "seed": self.seed, "pack": self.pack, "painter": self.painter, **axes, "base": self.base}
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_text(cls, text):
        """Inverse of `canonical`, or None if this version no longer accepts it."""
        try:
            data = json.loads(text)
            x, y = (Axis(a[0], tuple(a[1])) if a else None for a in (data["x"], data["y"]))
            return cls.make(data["prompt"], data["painter"], x, y, data["seed"], data["pack"], data["base"])
        except (UserError, ValueError, KeyError, TypeError):
            return None


def parse_axis(name, text, painter):
    """Axis from what a person typed, such as "1, 4, 16"; numbers become numbers. Raises SettingError."""
    name = name.strip()
    known = {knob.name: knob for knob in knobs(PAINTERS[painter])} if painter in PAINTERS else {}
    texts = [part.strip() for part in text.split(",") if part.strip()]
    if any(len(part) > LONGEST_TYPED for part in (name, *texts)):
        raise SettingError(f"A value of a sweep has more than {LONGEST_TYPED} characters; separate the values by commas.")
    if name in known:
        values = [known[name].parse(part, painter) for part in texts]
    elif name == SEED:
        values = [int(part) if part.isascii() and part.isdigit() else part for part in texts]
    elif name == PAINTER:
        values = texts
    else:
        raise SettingError(f"{painter}: unknown axis {name!r}; choose from {', '.join([*known, SEED, PAINTER])}.")
    return Axis(name, tuple(dict.fromkeys(values)))


def suggestion(name, painter, seed=0):
    """Values to start from for an axis, as text."""
    if name == SEED:
        return ", ".join(str(seed + n) for n in range(5))
    if name == PAINTER:
        return ", ".join(PAINTERS)
    knob = next(k for k in knobs(PAINTERS[painter]) if k.name == name)
    if knob.choices:
        return ", ".join(knob.choices)
    steps = (1, 4, 16) if knob.default == knob.low else (0.25, 1, 4)
    values = [knob.default * step for step in steps if knob.low <= knob.default * step <= knob.high]
    values = values if knob.default else [knob.low, (knob.low + knob.high) / 2, knob.high]
    return values_text(Axis(name, tuple(dict.fromkeys(map(knob.type, values)))))


def values_text(axis):
    """An axis's values as a person types them; `parse_axis` reads them back."""
    return ", ".join(f"{value:.10g}" if isinstance(value, float) else str(value) for value in axis.values)


def axis_label(name, painter):
    """An axis as it is written beside the grid: "Cutouts", "Seed", "Painter"."""
    known = {knob.name: knob.label for knob in knobs(PAINTERS[painter])}
    return known.get(name, name.capitalize())


def value_label(name, value):
    """A value as it is written beside the grid."""
    return LABELS.get(value, str(value)) if name == PAINTER else f"{value:.6g}" if isinstance(value, float) else str(value)


def _check_axis(axis):
    if not axis.values:
        raise SettingError(f"The axis {axis.name} has no values; give some with commas between them, such as 1, 4, 16.")
    if len(axis.values) > MAX_VALUES:
        raise SettingError(f"The axis {axis.name} has {len(axis.values)} values; it takes at most {MAX_VALUES}.")
    if axis.name == PAINTER and (unknown := [p for p in axis.values if p not in PAINTERS]):
        raise SettingError(f"Unknown painter {unknown[0]!r}; choose from {', '.join(PAINTERS)}.")


@dataclass(frozen=True)
class Preset:
    """A question that one click answers.

    Args:
        x, y: axis name and values; None as values means five seeds from the form's on.
        look: one sentence on what to look for.
    """

    name: str
    title: str
    painter: str
    x: tuple
    y: tuple | None
    look: str

    def plan(self, prompt, seed, pack, base):
        """The Plan of this question for a prompt. Raises PromptError, SettingError."""
        x, y = (a and Axis(a[0], a[1] or tuple(range(seed, seed + 5))) for a in (self.x, self.y))
        return Plan.make(prompt, self.painter, x, y, seed, pack, base)

    def asks(self, plan):
        """Whether a Plan is this question."""
        pairs = ((self.x, plan.x), (self.y, plan.y))
        same = (bool(a) == bool(b) and (not a or (a[0] == b.name and a[1] in (None, b.values))) for a, b in pairs)
        return self.painter == plan.painter and all(same)


PRESETS = (
    Preset(
        "canvas", "Raw, Fourier, multi-scale", "pixels", ("canvas", ("raw", "fourier", "multiscale")), None,
        "All three please the judge in the end; look whether shapes appear once broad changes cost no more than noise.",
    ),
    Preset(
        "cutouts", "1, 4 or 16 cutouts", "pixels", ("cutouts", (1, 4, 16)), (PAINTER, ("pixels", "vqgan")),
        "More crops must please the judge at once: look whether the held-out judge rises while the time grows.",
    ),
    Preset(
        "guidance", "Guidance from none to absurd", "diffusion", ("guidance_strength", (0.0, 0.15, 0.5, 2.0, 10.0)), None,
        "A little is enough to please the judge; look where more of it costs realism first, then the held-out judge.",
    ),
    Preset(
        "mode", "Text only, judge only, both", "diffusion", ("mode", ("text", "judge", "both")), None,
        "The same denoiser and the same noise: look what the prompt alone paints, and what the judge adds.",
    ),
    Preset(
        "seeds", "Five seeds and their spread", "pixels", (SEED, None), (PAINTER, tuple(PAINTERS)),
        "One picture is an anecdote: compare the painters' means only where their ranges do not overlap.",
    ),
)  # fmt: skip
