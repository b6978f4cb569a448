"""A clamp to [0, 1] that lets values come back."""

from typing import Any

import torch


class _ClampInward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        clamped = x.clamp(0, 1)
        ctx.save_for_backward(x, clamped)
        return clamped

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        x, clamped = ctx.saved_tensors
        # Descent moves x by −gradient: keep it where x is inside, or where the move leads back.
        return gradient * (gradient * (x - clamped) >= 0)


def clamp_inward(x: torch.Tensor) -> torch.Tensor:
    """Clamp to [0, 1]; beyond the range only gradients that lead back inside pass.

    `torch.clamp` has gradient 0 outside, so a value that once overshot would stay stuck there.
    This is `ClampWithGrad` of VQGAN+CLIP (Crowson et al. 2022, arXiv 2204.08583).
    """
    return _ClampInward.apply(x)
