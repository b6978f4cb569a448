"""What the story claims, and which result would refute it, written down before its prompts were painted.

Every claim is a weighted sum of means, such as "guided diffusion minus VQGAN+CLIP", taken prompt by prompt,
and a bound for it. No torch. It holds only if the whole 95 % bootstrap interval over prompts keeps the bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core.lesson.story_setups import REAL

ABOVE, WITHIN, EVERY = "above", "within", "every run"
PIXELS, VQGAN, DIFFUSION = (f"judge-only/{painter}" for painter in ("pixels", "vqgan", "diffusion"))
EQUAL_PIXELS, EQUAL_VQGAN, EQUAL_DIFFUSION = (
    f"equal/{painter}" for painter in ("pixels", "vqgan", "diffusion")
)
BOTH = "with-text/diffusion"


@dataclass(frozen=True)
class Claim:
    """One claim.

    Args:
        text: the claim. refuted_by: the result that would refute it.
        measure: "score", "heldout" (both on the shared scale) or "realism".
        weights: condition, or "real" → its weight in the sum.
        rule: ABOVE: the interval lies above the bound. WITHIN: it lies within ± the bound. EVERY: the sum is
            above the bound in every single run.
        bound: see `rule`.
        note: what the outcome does not say.
    """

    text: str
    refuted_by: str
    measure: str
    weights: Mapping[str, float]
    rule: str = ABOVE
    bound: float = 0.0
    note: str = ""


CLAIMS = (
    Claim(
        "Pixel ascent's pictures please its judge more than real pictures of the same scenes do.",
        "the interval of its score minus theirs does not lie above 0",
        "score",
        {PIXELS: 1, REAL: -1},
    ),
    Claim(
        "They please the held-out judge less than real pictures do.",
        "the interval of the real pictures' held-out score minus theirs does not lie above 0",
        "heldout",
        {REAL: 1, PIXELS: -1},
    ),
    Claim(
        "With the judge only, guided diffusion is more realistic than VQGAN+CLIP.",
        "the interval of the difference in realism does not lie above 0",
        "realism",
        {DIFFUSION: 1, VQGAN: -1},
    ),
    Claim(
        "With the judge only, VQGAN+CLIP is more realistic than pixel ascent.",
        "the interval of the difference in realism does not lie above 0",
        "realism",
        {VQGAN: 1, PIXELS: -1},
    ),
    Claim(
        "It is not luck: guided diffusion is more realistic than pixel ascent in every run.",
        "a single run in which it is not",
        "realism",
        {DIFFUSION: 1, PIXELS: -1},
        EVERY,
    ),
    Claim(
        "Under equal terms too, guided diffusion is more realistic than VQGAN+CLIP.",
        "the interval of the difference in realism does not lie above 0",
        "realism",
        {EQUAL_DIFFUSION: 1, EQUAL_VQGAN: -1},
    ),
    Claim(
        "Under equal terms too, VQGAN+CLIP has a higher held-out score than pixel ascent.",
        "the interval of the difference in held-out score does not lie above 0",
        "heldout",
        {EQUAL_VQGAN: 1, EQUAL_PIXELS: -1},
    ),
    Claim(
        "For the held-out score, the prior matters more than the cutouts: a denoiser with 1 cutout has a "
        "higher one than pixels with 32.",
        "the interval of the difference in held-out score does not lie above 0",
        "heldout",
        {"cutouts-1/diffusion": 1, "cutouts-32/pixels": -1},
    ),
    Claim(
        "More cutouts raise the held-out score of pixels that have no prior at all.",
        "the interval of 32 cutouts minus 1 does not lie above 0",
        "heldout",
        {"cutouts-32/pixels": 1, "cutouts-1/pixels": -1},
    ),
    Claim(
        "Our small multi-scale canvas, after Fort and Whitaker 2025, gets at least half the way from plain "
        "pixels to guided diffusion in held-out score, without a learned prior.",
        "the interval of their held-out score minus that half-way mark does not lie above 0",
        "heldout",
        {"canvas-32/pixels": 1, "cutouts-1/pixels": -0.5, "cutouts-32/diffusion": -0.5},
        note="says nothing about their method",
    ),
    Claim(
        "Its realism stays behind: a denoiser with as many cutouts is more realistic.",
        "the interval of the difference in realism does not lie above 0",
        "realism",
        {"cutouts-32/diffusion": 1, "canvas-32/pixels": -1},
    ),
    Claim(
        "The text adds to the denoiser: with it, the held-out score is higher than with the judge only.",
        "the interval of the difference in held-out score does not lie above 0",
        "heldout",
        {BOTH: 1, DIFFUSION: -1},
    ),
    Claim(
        "Where the denoiser reads the text, a weak judge (0.1) adds nothing to the held-out score: with and "
        "without it, it is the same within .05.",
        "the interval of text and judge minus text alone does not lie within ± .05",
        "heldout",
        {BOTH: 1, "text-alone/diffusion": -1},
        WITHIN,
        0.05,
    ),
)
