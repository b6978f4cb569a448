"""The painters' settings: bounds, defaults and help, each written once. No torch.

The command line, the form, the address and the store all derive from here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from core.base import shared_settings as shared
from core.base.defaults import FIRST, default_at
from core.base.errors import SettingError
from core.base.setting import setting_field, settings_of
from core.base.start import start


@dataclass(frozen=True)
class PixelSettings:
    """Pixel ascent: Adam on the picture itself. No augmentation and no regulariser by default."""

    steps: int = shared.steps(100, low=1, high=500)
    learning_rate: float = shared.learning_rate(
        0.05,
        "How far Adam moves the canvas per step. Higher is not always better: with many cutouts the score "
        "falls.",
    )
    canvas: str = setting_field(
        "raw",
        label="Canvas",
        help="What Adam moves: the pixels themselves, Fourier waves, or a stack of resolutions. "
        "The last two make broad shapes easier: a weak prior that ascent still beats.",
        choices=("raw", "fourier", "multiscale"),
    )
    cutouts: int = shared.cutouts(
        1,
        "Random crops the judge sees per step. 1 shows it the whole picture, unchanged: the raw lesson. "
        "More are harder to fool and take longer.",
    )
    init_noise: float = setting_field(
        0.01,
        label="Starting noise",
        help="The start is mid-grey plus this much Gaussian noise. Raise it to start from TV static.",
        low=0.0,
        high=0.5,
        step=0.01,
        advanced=True,
    )
    start: str = start(
        "What the canvas shows at step 0. Start from a picture to watch the judge's score rise while the "
        "picture is lost; the starting noise then has no effect.",
        grey=True,
    )
    judge: str = shared.judge()
    also_optimise: str = shared.also_optimise()
    proxy_weight: float = shared.proxy_weight()
    at_once: int = shared.at_once()
    precision: str = shared.precision()


@dataclass(frozen=True)
class VqganSettings:
    """VQGAN+CLIP (Crowson et al. 2022, arXiv 2204.08583): Adam on latents, decoded through the codebook."""

    steps: int = shared.steps(60, low=1, high=500)
    learning_rate: float = shared.learning_rate(
        0.1, "How far Adam moves the latents per step. Low is smooth and slow, high jumps between patches."
    )
    cutouts: int = shared.cutouts(
        16,
        "Random crops of the decoded picture that the judge sees per step. Few are quick; more are harder to "
        "fool and take longer.",
    )
    start: str = start("What the latents show at step 0: random codes, or a picture, encoded.")
    judge: str = shared.judge()
    also_optimise: str = shared.also_optimise()
    proxy_weight: float = shared.proxy_weight()
    at_once: int = shared.at_once()
    precision: str = shared.precision()


@dataclass(frozen=True)
class DiffusionSettings:
    """Guided diffusion: a denoiser samples; the judge's gradient only nudges its x0 prediction."""

    steps: int = shared.steps(20, low=2, high=250)
    mode: str = setting_field(
        "judge",
        label="Steered by",
        help="Judge: the denoiser never sees the prompt; nothing but the judge knows it. Text: the denoiser "
        "reads it, and no judge nudges it. Both: you cannot tell which of the two did what.",
        choices=("judge", "text", "both"),
    )
    guidance_strength: float = setting_field(
        0.6,
        label="Judge guidance strength",
        help="Size of the judge's nudge, relative to the noise still in the picture. 0 turns it off; when "
        "the denoiser reads the text, 0.1 changes the miniature's held-out score by less than .05. Above 1 "
        "the judge overrules the denoiser, and 10 is absurd.",
        low=0.0,
        high=10.0,
        step=0.05,
    )
    cfg_scale: float = setting_field(
        3.0,
        label="Classifier-free guidance scale",
        help="How strongly the prompt itself steers. 1 is plain sampling; larger values give more saturated "
        "pictures (Ho and Salimans 2022).",
        low=0.0,
        high=20.0,
        step=0.5,
    )
    guide_start: float = setting_field(
        0.0,
        label="Guide from",
        help="Share of the steps after which the judge starts to nudge. Late nudges have less room to change "
        "the scene.",
        low=0.0,
        high=1.0,
        step=0.05,
        advanced=True,
    )
    guide_stop: float = setting_field(
        1.0,
        label="Guide until",
        help="Share of the steps after which the judge stops nudging. An early stop lets the denoiser repair "
        "what was pushed out of shape.",
        low=0.0,
        high=1.0,
        step=0.05,
        advanced=True,
    )
    cutouts: int = shared.cutouts(
        4,
        "Random crops of the predicted picture that the judge sees per step. 1 shows it the whole; more of "
        "them steady the nudge and take longer.",
        advanced=True,
    )
    gradient: str = setting_field(
        "detached",
        label="Judge's gradient",
        help="Detached: taken at the predicted picture, as if the denoiser were not there (MPGD). Exact: "
        "carried on through the denoiser to the noisy picture, as most pipelines do; it takes about twice as "
        "long.",
        choices=("detached", "exact"),
        advanced=True,
        later=True,
    )
    sampler: str = setting_field(
        "ddim",
        label="Sampler",
        help="DDIM goes straight along each prediction. DPM-Solver++ also uses how the last two predictions "
        "differ, so it needs fewer steps (its second-order multistep form).",
        choices=("ddim", "dpm-solver++"),
        advanced=True,
        later=True,
    )
    repeats: int = setting_field(
        4,
        label="Repeats of a nudge",
        help="How often a guided step is taken, with fresh noise in between, so that the denoiser can repair "
        "what a nudge broke (self-recurrence). Without the text, plain nudging (1) brings less of the prompt "
        "into the picture; time grows in proportion.",
        low=1,
        high=10,
        step=1,
        advanced=True,
        later=True,
    )
    repeat_stop: float = setting_field(
        0.6,
        label="Repeat until",
        help="Share of the steps after which guided steps are no longer repeated: the scene is settled "
        "early; later repeats cost time for little. No effect with 1 repeat.",
        low=0.0,
        high=1.0,
        step=0.05,
        advanced=True,
        later=True,
    )
    start: str = start("What is noised at first: nothing, or a picture, up to the noise set below (SDEdit).")
    start_noise: float = setting_field(
        0.6,
        label="Noise on the start",
        help="How far along the schedule the picture to start from is noised (SDEdit, Meng et al. 2021). "
        "Low keeps the picture, 1 leaves nothing of it; all steps lie in this share. No effect when "
        "starting from noise.",
        low=0.1,
        high=1.0,
        step=0.05,
        advanced=True,
        later=True,
    )
    judge: str = shared.judge()
    at_once: int = shared.at_once()
    precision: str = shared.precision()


PainterSettings: TypeAlias = PixelSettings | VqganSettings | DiffusionSettings
PAINTERS: dict[str, type[PainterSettings]] = {
    "pixels": PixelSettings,
    "vqgan": VqganSettings,
    "diffusion": DiffusionSettings,
}
PAINTER_LABELS = {"pixels": "Pixel ascent", "vqgan": "VQGAN+CLIP", "diffusion": "Guided diffusion"}


def check_painters(names: tuple[str, ...]) -> None:
    """Raise SettingError, naming the accepted ones, if one of the names is no painter's."""
    for name in names:
        if name not in PAINTERS:
            raise SettingError(f"Unknown painter {name!r}; choose from {', '.join(PAINTERS)}.")


def painter_settings(painter: str, values: Mapping[str, Any] | None = None) -> PainterSettings:
    """Checked settings of one painter. Raises SettingError naming painter, setting and range."""
    check_painters((painter,))
    owner = PAINTER_LABELS[painter]
    known = {setting.name: setting for setting in settings_of(PAINTERS[painter])}
    chosen = {}
    for name, value in (values or {}).items():
        if name not in known:
            raise SettingError(f"{owner}: unknown setting {name!r}; choose from {', '.join(known)}.")
        chosen[name] = known[name].parse(value, owner)
    settings = PAINTERS[painter](**chosen)
    if isinstance(settings, DiffusionSettings) and settings.guide_start > settings.guide_stop:
        raise SettingError(
            f"{owner}: guide from {settings.guide_start} lies after guide until {settings.guide_stop}; "
            "let guidance start before it stops."
        )
    return settings


def stored_settings(settings: PainterSettings) -> dict[str, Any]:
    """Settings of a painter as name → value, without later settings at the value that means "as before".

    Whatever their default is today, a run that does without them keeps the name it had before they came.
    """
    painter = next(name for name, settings_class in PAINTERS.items() if isinstance(settings, settings_class))
    values, before = asdict(settings), unnamed_values(FIRST, painter)
    left_out = {s.name for s in settings_of(type(settings)) if s.later and values[s.name] == before[s.name]}
    return {name: value for name, value in values.items() if name not in left_out}


def unnamed_values(version: int, painter: str) -> dict[str, Any]:
    """Setting → its value where a link of this version of the defaults does not name it.

    With version FIRST also its value where a stored run, or the record in a picture, does not name it.
    """
    return {s.name: default_at(version, painter, s) for s in settings_of(PAINTERS[painter])}


def changed_defaults(version: int, other: int, painter: str) -> dict[str, Any]:
    """Setting → its default at a version, of those settings that have another one at the other version."""
    values, others = unnamed_values(version, painter), unnamed_values(other, painter)
    return {name: value for name, value in values.items() if value != others[name]}


def optimised_realism_parts(settings: PainterSettings | Mapping[str, Any] | None) -> tuple[str, ...]:
    """Which parts of realism a painter optimised itself: (), ("S",) or ("S", "K").

    Args:
        settings: of one painter, as an object, a mapping or None.
    """
    values = settings if isinstance(settings, Mapping) else vars(settings) if settings is not None else {}
    return shared.OPTIMISABLE_PARTS.get(values.get("also_optimise", shared.OPTIMISE_NOTHING), ())


def realism_label(settings: PainterSettings | Mapping[str, Any] | None) -> str:
    """What to call a painter's realism: a measure that was optimised is no longer one."""
    return "Realism, climbed" if optimised_realism_parts(settings) else "Realism"
