"""Terms of a comparison: how the prompt reaches each painter, its prior, and how often the judge looks.

Terms are computed from the settings of a run and never stored. A preset is a named set of settings; a run
with exactly these settings has the preset's name, any other run has "own settings". No torch.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from core.base.errors import SettingError
from core.base.judges import judge_choice
from core.base.setting import settings_of
from core.base.settings import PAINTERS, PainterSettings, optimised_realism_parts, painter_settings

Settings: TypeAlias = Mapping[str, PainterSettings | Mapping[str, Any]]  # painter → its settings
Values: TypeAlias = dict[str, Any]  # setting → value

JUDGE_ONLY = "judge-only"
EQUAL = "equal"
WITH_TEXT = "with-text"
OWN = "own"
LABELS = {
    JUDGE_ONLY: "Judge only",
    EQUAL: "Equal terms",
    WITH_TEXT: "With text",
    OWN: "Own settings",
}
# Preset → painter → settings that differ from the defaults. Equal terms: 60 steps with 8 cutouts are 480
# judge evaluations, and so are diffusion's 24 steps, of which 12 are taken 4 times; the rates are what
# `python -m core bench equal-terms` finds best.
PRESETS: dict[str, dict[str, Values]] = {
    JUDGE_ONLY: {"pixels": {}, "vqgan": {}, "diffusion": {}},
    EQUAL: {
        "pixels": {"steps": 60, "cutouts": 8, "learning_rate": 0.01},
        "vqgan": {"steps": 60, "cutouts": 8, "learning_rate": 0.1},
        "diffusion": {
            "steps": 24,
            "cutouts": 8,
            "mode": "judge",
            "guidance_strength": 0.6,
            "guide_start": 0.0,
            "guide_stop": 1.0,
            "repeats": 4,
            "repeat_stop": 0.5,
        },
    },
    WITH_TEXT: {
        "pixels": {},
        "vqgan": {},
        "diffusion": {
            "mode": "both",
            "guidance_strength": 0.1,
            "cutouts": 4,
            "guide_stop": 0.6,
            "repeats": 1,
            "repeat_stop": 1.0,
        },
    },
}
RATES = {"pixels": "learning_rate", "vqgan": "learning_rate", "diffusion": "guidance_strength"}
WITHOUT_EFFECT = ("at_once", "precision")  # on what is compared
# The setting `judge` → who steers, on the line of a painter; and who knows the prompt if all follow it.
STEERED_BY = {"judge": "judge", "heldout": "second judge", "both": "both judges", "robust": "robust judge"}
KNOWERS = {
    "judge": "nothing but the judge knows the prompt",
    "heldout": "nothing but the second judge knows the prompt",
    "both": "nobody but the two judges knows the prompt",
    "robust": "nothing but the robust judge knows the prompt",
}
CANVASES = {"raw": "none", "fourier": "Fourier canvas", "multiscale": "multi-scale canvas"}  # as priors


@dataclass(frozen=True)
class PainterTerms:
    """What one painter was given.

    Args:
        prompt: how the prompt reaches it: "judge" (or another one that steers), "judge and text", "text", or
            "does not reach it".
        prior: what keeps its picture a picture, in one to three words.
        cutouts: crops that the judge sees in one step, 1 … 64.
        evaluations: of the judge in the whole run. One is one cutout, forward and backward; repeated steps
            count, measuring does not. Two judges that steer together see every cutout, and it counts once.
    """

    prompt: str
    prior: str
    cutouts: int
    evaluations: int

    def lines(self) -> tuple[str, str]:
        """All of it in two short lines: prompt and prior, and what the judge looks at."""
        return f"prompt: {self.prompt} · prior: {self.prior}", self.looks()

    def looks(self) -> str:
        """Cutouts and evaluations; no cutouts where no judge looks."""
        if not self.evaluations:
            return "no judge evaluations"
        return f"{_counted(self.cutouts, 'cutout')} · {_counted(self.evaluations, 'judge evaluation')}"

    def line(self) -> str:
        """All of it on one line."""
        return " · ".join(self.lines())


@dataclass(frozen=True)
class Terms:
    """The terms that a run's settings amount to.

    Args:
        name: a preset's, or "own". label: what pages call it. sentence: what that means for this run.
    """

    name: str
    label: str
    sentence: str

    def text(self) -> str:
        """Label and sentence, for exports."""
        return f"{self.label}: {self.sentence}"


def preset_settings(name: str) -> dict[str, Values]:
    """All settings of a preset, painter → setting → value, without those that change nothing compared.

    Raises:
        SettingError: there is no preset of this name.
    """
    if name not in PRESETS:
        raise SettingError(f"The terms are {name!r}; choose from {', '.join(PRESETS)}.")
    found = {}
    for painter, chosen in PRESETS[name].items():
        defaults = {s.name: s.default for s in settings_of(PAINTERS[painter])}
        values = {**defaults, **chosen}
        found[painter] = {key: value for key, value in values.items() if key not in WITHOUT_EFFECT}
    return found


def judge_evaluations(painter: str, settings: PainterSettings | Mapping[str, Any]) -> int:
    """How often the judge looks in a whole run, as the painters do it (core.painters)."""
    values = _values(painter, settings)
    if painter != "diffusion":
        return values["steps"] * values["cutouts"]
    return values["cutouts"] * sum(_nudges(values, step) for step in range(1, values["steps"] + 1))


def painter_terms(
    painter: str, settings: PainterSettings | Mapping[str, Any], reads_text: bool = True
) -> PainterTerms:
    """What a painter is given.

    Args:
        settings: of the painter, as an object or a mapping; what is left out is at today's default.
        reads_text: whether the pack's denoiser takes a text at all.
    """
    values = _values(painter, settings)
    evaluations = judge_evaluations(painter, values)
    ways = [STEERED_BY[judge_choice(values)]] if evaluations else []
    if painter == "diffusion" and _reads_prompt(values, reads_text):
        ways.append("text")
    prompt = " and ".join(ways) or "does not reach it"
    return PainterTerms(prompt, _prior(painter, values), values["cutouts"], evaluations)


def terms_of(settings: Settings, reads_text: bool = True) -> Terms:
    """The terms that the settings of a run's painters amount to; see `painter_terms`."""
    given = {painter: _values(painter, own) for painter, own in settings.items()}
    reads = "diffusion" in given and _reads_prompt(given["diffusion"], reads_text)
    found = next((name for name in PRESETS if _is_preset(name, given, reads)), OWN)
    sentence = _sentence(found, given, reads)
    return Terms(found, LABELS[found], sentence)


def _is_preset(name: str, given: Mapping[str, Values], reads: bool) -> bool:
    if name == WITH_TEXT and not reads:
        return False
    preset = preset_settings(name)
    if name != EQUAL and len(judges := {judge_choice(values) for values in given.values()}) == 1:
        # The same other judge for everybody changes who judges, not the terms; but rates are one judge's.
        preset = {painter: {**own, "judge": next(iter(judges))} for painter, own in preset.items()}
    return all(_effective(p, own) == _effective(p, preset[p]) for p, own in given.items())


def _effective(painter: str, settings: Mapping[str, Any]) -> Values:
    """A painter's settings without those that have no effect given its others."""
    values = _values(painter, settings)
    idle = set(WITHOUT_EFFECT)
    if not optimised_realism_parts(values):
        idle.add("proxy_weight")
    if values.get("repeats") == 1:
        idle.add("repeat_stop")
    if values.get("mode") == "judge":
        idle.add("cfg_scale")
    return {name: value for name, value in values.items() if name not in idle}


def _values(painter: str, settings: PainterSettings | Mapping[str, Any]) -> Values:
    """Every setting of a painter. Raises SettingError: a value is not accepted."""
    return asdict(painter_settings(painter, settings) if isinstance(settings, Mapping) else settings)


def _nudges(values: Values, step: int) -> int:
    """How often the judge nudges at a step, 1 … steps, of diffusion."""
    done = (step - 1) / values["steps"]  # share of the steps
    if values["mode"] == "text" or values["guidance_strength"] == 0:
        return 0
    if not values["guide_start"] <= done < values["guide_stop"]:
        return 0
    return values["repeats"] if done < values["repeat_stop"] and step < values["steps"] else 1


def _reads_prompt(values: Values, reads_text: bool) -> bool:
    """Whether a denoiser reads the prompt; a guidance scale of 0 leaves nothing of it."""
    return reads_text and values["mode"] != "judge" and values["cfg_scale"] != 0


def _prior(painter: str, values: Values) -> str:
    if painter == "pixels":
        return CANVASES[values["canvas"]]
    return {"vqgan": "codebook", "diffusion": "denoiser"}[painter]


def _sentence(name: str, given: Mapping[str, Values], reads: bool) -> str:
    amounts = _amounts(given)
    knows = "the denoiser reads the prompt itself" if reads else _knower(given)
    if name == JUDGE_ONLY:
        usual = "each painter otherwise works" if len(given) > 1 else "the painter otherwise works"
        return f"{knows}, and {usual} as it usually does{amounts}."
    if name == EQUAL:
        best = "each rate" if len(given) > 1 else "the rate"
        return f"{knows}{amounts}; {best} is the one that the held-out judge liked best on other prompts."
    if name == WITH_TEXT:
        return f"{knows}, as today's text-to-image systems do, so the judge is not its only guide{amounts}."
    climbed = any(optimised_realism_parts(values) for values in given.values())
    return f"{knows}{amounts}{'; realism is optimised too' if climbed else ''}."


def _knower(given: Mapping[str, Values]) -> str:
    judges = {judge_choice(values) for values in given.values()}
    if len(judges) == 1:
        return KNOWERS[judges.pop()]
    return "painters follow different judges, and nothing else knows the prompt"


def _amounts(given: Mapping[str, Values]) -> str:
    """How painters compare in what the judge looks at; "" for fewer than two."""
    looks = {painter: judge_evaluations(painter, values) for painter, values in given.items()}
    if len(looks) < 2:
        return ""
    cutouts = {values["cutouts"] for values in given.values()}
    differing = [
        name
        for name, found in (("cutouts", cutouts), ("judge evaluations", set(looks.values())))
        if len(found) > 1
    ]
    if differing:
        return f"; {' and '.join(differing)} differ"
    each = f"{_counted(cutouts.pop(), 'cutout')} and {_counted(max(looks.values()), 'judge evaluation')}"
    return f"; each painter has {each}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
