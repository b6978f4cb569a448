"""A denoiser whose network always gives one answer."""

from typing import Any

import torch
from torch import nn

from core.models.diffusion import Denoiser
from tests.conftest import SCHEDULER


class Oracle(nn.Module):
    """A network that gives the same answer to everything."""

    def __init__(self, answer: torch.Tensor) -> None:
        super().__init__()
        self.answer = nn.Parameter(answer)

    def forward(self, x: torch.Tensor, t: int, encoder_hidden_states: torch.Tensor | None = None) -> Any:
        """An output as diffusers' networks have it."""
        return type("Output", (), {"sample": self.answer})


def denoiser(
    answer: torch.Tensor | nn.Module | None = None, mean: float = 0.0, std: float = 1.0, **scheduler: Any
) -> Denoiser:
    """A Denoiser with the tests' schedule, changed; around an answer 1×4×8×8 (zeros) or a network."""
    answer = torch.zeros(1, 4, 8, 8) if answer is None else answer
    unet = answer if isinstance(answer, nn.Module) else Oracle(answer)
    config = {**SCHEDULER, **scheduler}
    return Denoiser(unet, config, None, None, lambda z: z, (4, 8, 8), [mean] * 4, [std] * 4)
