"""What the story is measured on: named setups of the three painters, and the cells prior × cutouts. No torch.

A setup is what one run is asked for; a condition, "setup/painter", is one painter's part of it. The three
terms of a comparison are painted with more prompts and seeds than the rest.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from core.base.terms import EQUAL, JUDGE_ONLY, PRESETS, WITH_TEXT

CUTOUTS = (1, 8, 32)
REAL = "real"  # stands among conditions for real pictures of the same scenes
TEXT_ALONE = "text-alone"


class Setup(NamedTuple):
    """One run as it is asked for.

    Args:
        settings: painter → settings that differ from the defaults.
        is_terms: whether it is one of the terms of a comparison, painted with every prompt and seed.
    """

    settings: Mapping[str, Mapping[str, Any]]
    is_terms: bool


class Cell(NamedTuple):
    """One cell of prior × cutouts, or one way in which the text reaches the denoiser.

    Args:
        prior: in words. cutouts: 1, 8, 32; None where the text steers. condition: "setup/painter".
        label: of what stands in place of the cutouts, "" otherwise.
    """

    prior: str
    cutouts: int | None
    condition: str
    label: str = ""

    @property
    def place(self) -> str:
        """Where it stands on a chart's axis: its cutouts, or how the text steers."""
        return self.label or str(self.cutouts)


SETUPS: dict[str, Setup] = {
    **{name: Setup(PRESETS[name], True) for name in (JUDGE_ONLY, EQUAL, WITH_TEXT)},
    **{
        f"cutouts-{count}": Setup(
            {painter: {"cutouts": count} for painter in ("pixels", "vqgan", "diffusion")}, False
        )
        for count in CUTOUTS
    },
    **{
        f"canvas-{count}": Setup({"pixels": {"canvas": "multiscale", "cutouts": count}}, False)
        for count in CUTOUTS
    },
    TEXT_ALONE: Setup({"diffusion": {"mode": "text"}}, False),
}
# Prior → the setups that have it, without their cutouts, and the painter.
PRIORS = {
    "none": ("cutouts", "pixels"),
    "multi-scale canvas": ("canvas", "pixels"),
    "decoder": ("cutouts", "vqgan"),
    "denoiser": ("cutouts", "diffusion"),
}
CELLS = (
    *(
        Cell(prior, count, f"{setup}-{count}/{painter}")
        for prior, (setup, painter) in PRIORS.items()
        for count in CUTOUTS
    ),
    Cell("denoiser", None, f"{TEXT_ALONE}/diffusion", "text alone"),
    Cell("denoiser", None, f"{WITH_TEXT}/diffusion", "text and judge"),
)
