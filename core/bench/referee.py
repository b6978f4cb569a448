"""The referee: says what a picture of the miniature world shows, for benchmarks alone.

A small supervised network (`core.training.eyes.Referee`), trained on renderings of its own (set 6 of
`core.training.worlds`), so it steered nothing and no judge learned from its pictures. Its weights lie beside
this file in half precision: 5,157 steps of 256 renderings, 16,000 different ones, in 172 s of a shared H100
(`python -m core train referee`). On 208 renderings it has not seen it names subject, colour, ground, time and
weather right in all; its second subject and relation were not measured.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from core.training.captions import NAMES, WORDS
from core.training.eyes import Referee

WEIGHTS = Path(__file__).with_name("referee.safetensors")
SIDE = 128  # px, of its training
BATCH = 100
MEASURED = ("subject", "colour", "ground", "time", "weather")


@cache
def open_referee() -> Referee:
    """The shipped referee, frozen."""
    referee = Referee()
    state = load_file(WEIGHTS)
    for name, value in state.items():
        state[name] = value.float() if value.is_floating_point() else value
    referee.load_state_dict(state)
    return referee.eval().requires_grad_(False)


def named(pictures: np.ndarray) -> list[dict[str, str]]:
    """What each picture shows, facet → word, for the facets that were measured.

    Args:
        pictures: uint8 n×H×W×3; it reads them at 128 px.
    """
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(255)
    if images.shape[-2:] != (SIDE, SIDE):
        images = F.interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True)
    codes = torch.cat([open_referee().names(part) for part in images.split(BATCH)])
    facets = [(NAMES.index(facet), list(WORDS[facet]), facet) for facet in MEASURED]
    return [{facet: words[int(code[place])] for place, words, facet in facets} for code in codes]
