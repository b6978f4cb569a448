"""Settings of the painters and of a run: bounds, defaults and help, each written once.

The command line, the form, the address and the store all derive from here. No torch.
"""

import json
import types
import unicodedata
from dataclasses import asdict, dataclass

from core.errors import PromptError, SettingError
from core.knobs import NOTHING, PROXY_PARTS, STEPS_HELP, also_optimise, at_once, knob, knobs, precision, proxy_weight

MAX_PROMPT = 300
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class PixelSettings:
    """Raw CLIP ascent: Adam on the picture itself. No augmentation and no regulariser by default."""

    steps: int = knob(100, label="Steps", help=STEPS_HELP, low=1, high=500, step=1)
    learning_rate: float = knob(
        0.05,
        label="Learning rate",
        help="How far Adam moves the canvas per step. Higher wins the judge sooner and looks harsher.",
        low=0.001,
        high=1.0,
        step=0.001,
    )
    canvas: str = knob(
        "raw",
        label="Canvas",
        help="What Adam moves: the pixels themselves, Fourier waves, or a pyramid of resolutions. "
        "The last two make broad shapes as cheap as noise: a weak prior, which the judge still gets around.",
        choices=("raw", "fourier", "multiscale"),
    )
    cutouts: int = knob(
        1,
        label="Cutouts",
        help="Random crops the judge sees per step. 1 shows it the whole picture, unchanged: the raw lesson. "
        "More are harder to fool and take longer.",
        low=1,
        high=64,
        step=1,
    )
    init_noise: float = knob(
        0.01,
        label="Starting noise",
        help="The start is mid-grey plus this much Gaussian noise. Raise it to start from TV static.",
        low=0.0,
        high=0.5,
        step=0.01,
        advanced=True,
    )
    also_optimise: str = also_optimise()
    proxy_weight: float = proxy_weight()
    at_once: int = at_once()
    precision: str = precision()


@dataclass(frozen=True)
class VqganSettings:
    """VQGAN+CLIP (Crowson et al. 2022, arXiv 2204.08583): Adam on latents, decoded through the codebook."""

    steps: int = knob(60, label="Steps", help=STEPS_HELP, low=1, high=500, step=1)
    learning_rate: float = knob(
        0.1,
        label="Learning rate",
        help="How far Adam moves the latents per step. Low is smooth and slow, high jumps between patches.",
        low=0.001,
        high=1.0,
        step=0.001,
    )
    cutouts: int = knob(
        8,
        label="Cutouts",
        help="Random crops of the decoded picture that the judge sees per step. Few are quick; more are harder to fool and take longer.",
        low=1,
        high=64,
        step=1,
    )
    also_optimise: str = also_optimise()
    proxy_weight: float = proxy_weight()
    at_once: int = at_once()
    precision: str = precision()


@dataclass(frozen=True)
class DiffusionSettings:
    """A denoiser samples with DDIM; the judge's gradient only nudges its x0 prediction."""

    steps: int = knob(50, label="Steps", help=STEPS_HELP, low=2, high=250, step=1)
    mode: str = knob(
        "both",
        label="Steered by",
        help="Judge: the denoiser never sees the prompt. Text: it does, and no judge nudges it. Both: their shares cannot be told apart.",
        choices=("judge", "text", "both"),
    )
    guidance_strength: float = knob(
        0.15,
        label="Judge guidance strength",
        help="Size of the judge's nudge, relative to the noise still in the picture. 0 switches it off; by 0.5 "
        "realism usually falls, from 2 on little of a picture is left; 10 is absurd.",
        low=0.0,
        high=10.0,
        step=0.05,
    )
    cfg_scale: float = knob(
        3.0,
        label="Classifier-free guidance scale",
        help="How strongly the prompt itself steers. 1 is plain sampling; larger is plainer and more saturated, above 10 overdone "
        "(Ho and Salimans 2022).",
        low=0.0,
        high=20.0,
        step=0.5,
    )
    guide_start: float = knob(
        0.0,
        label="Guide from",
        help="Share of the steps after which the judge starts to nudge. Late nudges change texture, no longer the scene.",
        low=0.0,
        high=1.0,
        step=0.05,
        advanced=True,
    )
    guide_stop: float = knob(
        1.0,
        label="Guide until",
        help="Share of the steps after which the judge stops nudging. An early stop lets the denoiser repair what it pushed.",
        low=0.0,
        high=1.0,
        step=0.05,
        advanced=True,
    )
    cutouts: int = knob(
        1,
        label="Cutouts",
        help="Random crops of the predicted picture that the judge sees per step. 1 shows it the whole; more of them steady "
        "the nudge and take longer.",
        low=1,
        high=64,
        step=1,
        advanced=True,
    )
    gradient: str = knob(
        "detached",
        label="Judge's gradient",
        help="Detached: taken at the predicted picture, as if the denoiser were not there (MPGD). Exact: carried on through the "
        "denoiser to the noisy picture, as most pipelines do; it takes about twice the time.",
        choices=("detached", "exact"),
        advanced=True,
        later=True,
    )
    sampler: str = knob(
        "ddim",
        label="Sampler",
        help="DDIM goes straight along each prediction. DPM-Solver++ also uses how the last two predictions differ, so that fewer "
        "steps do (its second-order multistep form).",
        choices=("ddim", "dpm-solver++"),
        advanced=True,
        later=True,
    )
    at_once: int = at_once()
    precision: str = precision()


PAINTERS = {"pixels": PixelSettings, "vqgan": VqganSettings, "diffusion": DiffusionSettings}
LABELS = {"pixels": "Pixel ascent", "vqgan": "VQGAN+CLIP", "diffusion": "Guided diffusion"}


def painter_settings(painter, values=None):
    """Checked settings of one painter. Raises SettingError naming painter, knob and range."""
    if painter not in PAINTERS:
        raise SettingError(f"Unknown painter {painter!r}; choose from {', '.join(PAINTERS)}.")
    known = {k.name: k for k in knobs(PAINTERS[painter])}
    chosen = {}
    for name, value in (values or {}).items():
        if name not in known:
            raise SettingError(f"{painter}: unknown setting {name!r}; choose from {', '.join(known)}.")
        chosen[name] = known[name].parse(value, painter)
    settings = PAINTERS[painter](**chosen)
    if painter == "diffusion" and settings.guide_start > settings.guide_stop:
        raise SettingError(
            f"diffusion: guide_start {settings.guide_start} lies after guide_stop {settings.guide_stop}; "
            "let guidance start before it stops."
        )
    return settings


def chosen(settings):
    """Settings of a painter as knob → value, without later knobs that are at their default."""
    values = asdict(settings)
    return {k.name: values[k.name] for k in knobs(type(settings)) if not (k.later and values[k.name] == k.default)}


def optimised_proxy(settings):
    """Which parts of realism a painter climbed itself: (), ("S",) or ("S", "K").

    Args:
        settings: of one painter, as an object, a mapping or None.
    """
    if settings is None:
        return ()
    wanted = settings.get("also_optimise", NOTHING) if isinstance(settings, dict) else getattr(settings, "also_optimise", NOTHING)
    return PROXY_PARTS.get(wanted, ())


def realism_label(settings):
    """What to call the realism figure of a painter: a measure that was climbed is none any more."""
    return "Realism, climbed" if optimised_proxy(settings) else "Realism"


def check_prompt(prompt):
    """The prompt with white space folded. Raises PromptError if empty, too long or unprintable."""
    if not isinstance(prompt, str) or not prompt.strip():
        raise PromptError('The prompt is empty. Type a few words, for example "a red fox in snow".')
    if len(prompt) > MAX_PROMPT:
        raise PromptError(f"The prompt has {len(prompt)} characters; at most {MAX_PROMPT} are read. Shorten it.")
    folded = " ".join(prompt.split())
    # Control characters and halves of surrogate pairs fit neither a file name, nor UTF-8, nor the page.
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in folded):
        raise PromptError("The prompt holds characters that cannot be printed. Remove them and try again.")
    return folded


@dataclass(frozen=True)
class RunRequest:
    """Everything a person chose for one run; with the pack's hash and the code it determines every byte."""

    prompt: str
    seed: int
    pack: str
    settings: types.MappingProxyType

    @classmethod
    def make(cls, prompt, seed=0, pack="miniature", painters=tuple(PAINTERS), **settings):
        """Check everything and build a request.

        Args:
            painters: names in PAINTERS, at least one; display order is restored.
            settings: per painter a dict of knob → value, for example pixels={"steps": 50}.

        Raises:
            PromptError, SettingError.
        """
        prompt = check_prompt(prompt)
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
            raise SettingError(f"The seed is {seed!r}; it takes a whole number from 0 to {MAX_SEED}.")
        chosen = list(dict.fromkeys(painters))
        unknown = [p for p in (*chosen, *settings) if p not in PAINTERS]
        if unknown:
            raise SettingError(f"Unknown painter {unknown[0]!r}; choose from {', '.join(PAINTERS)}.")
        if not chosen:
            raise SettingError(f"No painter is chosen; switch on at least one of {', '.join(PAINTERS)}.")
        checked = {p: painter_settings(p, settings.get(p)) for p in PAINTERS if p in chosen}
        return cls(prompt, seed, pack, types.MappingProxyType(checked))

    @property
    def painters(self):
        return tuple(self.settings)

    def to_dict(self):
        return {
            "prompt": self.prompt,
            "seed": self.seed,
            "pack": self.pack,
            "settings": {p: chosen(s) for p, s in self.settings.items()},
        }

    @classmethod
    def from_dict(cls, data):
        """Inverse of `to_dict`; checks everything again, since the data may come from a file or an address."""
        try:
            settings = dict(data["settings"])
            return cls.make(data["prompt"], data["seed"], data["pack"], tuple(settings), **settings)
        except (KeyError, TypeError, AttributeError) as error:
            raise SettingError(f"These are not the settings of a run ({error}); expected prompt, seed, pack, settings.") from error

    def canonical(self):
        """The same text for the same request, to be hashed."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
