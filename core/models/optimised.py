"""Models of a full-size pack as a painter holds them: quicker and smaller, the same weights.

Half precision (bfloat16) where the processor has instructions for it; the codebook search and everything
that is measured stay in float32. Channels last, the layout that convolutions compute in anyway. In the
VQGAN's decoder, whose activations are what fills memory, normalisation and activation are computed again
in the backward pass instead of being kept (Chen et al. 2016, arXiv 1604.06174): they cost little, the
convolutions are not repeated. And the judge's attention reads its cutouts as they lie in memory:
nn.MultiheadAttention transposes them first, and the product then copies them about.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from core.models.clamp import clamp_inward
from core.models.judge import JudgePair

if TYPE_CHECKING:
    from core.models.diffusion import Denoiser
    from core.models.judge import Judge
    from core.models.painter_models import PainterModels
    from core.models.taming import Vqgan


def quick_in_bfloat16(device: str) -> bool:
    """Whether a device computes faster in bfloat16 than in float32: it has instructions for it."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # AVX-512 BF16 or AMX; elsewhere it is emulated, slower than float32
    return torch.device(device).type == "cpu" and (
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )


def painting_dtype(precision: str, full_size: bool, device: str) -> torch.dtype | None:
    """The dtype that a painter's networks compute in, or None to take the models as they are.

    Args:
        precision: the setting "auto", "float32" or "bfloat16".
        full_size: whether the pack is of published, full-size models. The miniature is painted as it is
            unless bfloat16 is asked for: its pictures are the same on every run, and it is small.
    """
    if precision == "bfloat16" or (precision == "auto" and full_size and quick_in_bfloat16(device)):
        return torch.bfloat16
    return torch.float32 if full_size else None


def lean_models(
    models: PainterModels, dtype: torch.dtype, made: dict[tuple[int, torch.dtype], Any] | None = None
) -> PainterModels:
    """PainterModels that compute in `dtype`; the originals measure as before.

    Args:
        made: keeps the copies by the originals' identity, for the next time; its owner keeps the originals.
    """
    made = {} if made is None else made

    def lean(make: Callable[[Any, torch.dtype], Any], model: Any) -> Any:
        if (id(model), dtype) not in made:
            made[id(model), dtype] = make(model, dtype)
        return made[id(model), dtype]

    copies = [lean(lean_judge, judge) for judge in getattr(models.judge, "judges", (models.judge,))]
    judge: Any = JudgePair(*copies) if len(copies) == 2 else copies[0]
    vqgan = models.vqgan and lean(LeanVqgan, models.vqgan)
    denoiser = models.denoiser and lean(lean_denoiser, models.denoiser)
    return replace(models, judge=judge, vqgan=vqgan, denoiser=denoiser)


def lean_judge(judge: Judge, dtype: torch.dtype) -> Judge:
    """The judge with its image tower in `dtype`; prompts are encoded as before."""
    return judge.with_image_tower(LeanImageTower(judge.tower, dtype))


def lean_denoiser(denoiser: Denoiser, dtype: torch.dtype) -> Denoiser:
    """The denoiser with its UNet in `dtype`, and so its quick decoder; the one of the last picture stays."""
    lean = copy.copy(denoiser)
    lean.unet, lean.dtype = _cast(denoiser.unet, dtype), dtype
    lean._preview = _in(dtype, denoiser.decode)
    return lean


class LeanImageTower(nn.Module):
    """A copy of an image tower that takes and gives float32 and computes in `dtype`."""

    def __init__(self, tower: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.tower, self.dtype = _cast(tower, dtype), dtype
        for module in list(self.tower.modules()):
            for name, child in list(module.named_children()):
                if (
                    isinstance(child, nn.MultiheadAttention)
                    and child.batch_first
                    and child._qkv_same_embed_dim
                ):
                    setattr(module, name, LeanAttention(child))
        if (
            isinstance(getattr(self.tower, "conv1", None), nn.Conv2d)
            and self.tower.conv1.kernel_size == self.tower.conv1.stride
        ):
            self.tower.conv1 = LeanPatchEmbedding(self.tower.conv1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalised images B×3×S×S → B×D."""
        return self.tower(images.to(self.dtype)).float()


class LeanAttention(nn.Module):
    """nn.MultiheadAttention's self-attention with its weights, on B×T×D as it lies in memory."""

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.inside, self.heads = attention, attention.num_heads

    def forward(
        self, x: torch.Tensor, *_: Any, attn_mask: torch.Tensor | None = None, **__: Any
    ) -> tuple[torch.Tensor]:
        """Keys and values are those of x, whatever else nn.MultiheadAttention is given."""
        batch, tokens, width = x.shape
        qkv = F.linear(x, self.inside.in_proj_weight, self.inside.in_proj_bias)
        q, k, v = qkv.view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # 3, B, heads, T, D/heads
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask)
        return (self.inside.out_proj(seen.transpose(1, 2).reshape(batch, tokens, width)),)


class LeanPatchEmbedding(nn.Module):
    """A convolution whose stride is its kernel, as the matrix product that it is."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv, self.side = conv, conv.kernel_size[0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """B×C×H×W → B×D×H/p×W/p, p the kernel's side."""
        batch, channels, height, width = x.shape
        h, w, p = height // self.side, width // self.side, self.side
        rows = x.view(batch, channels, h, p, w, p).permute(0, 2, 4, 1, 3, 5).reshape(batch, h * w, -1)
        return (
            F.linear(rows, self.conv.weight.flatten(1), self.conv.bias).transpose(1, 2).unflatten(2, (h, w))
        )


class LeanVqgan:
    """A `core.models.taming.Vqgan` with a leaner decoder; everything else is that one's own."""

    def __init__(self, vqgan: Vqgan, dtype: torch.dtype) -> None:
        self.codebook, self.grid, self.lookup, self.quantise = (
            vqgan.codebook,
            vqgan.grid,
            vqgan.lookup,
            vqgan.quantise,
        )
        self.encode, self.unshuffle = vqgan.encode, vqgan.unshuffle
        self.decoder = LeanDecoder(_cast(vqgan.post_quant_conv, dtype), _cast(vqgan.decoder, dtype), dtype)

    def decode(self, zq: torch.Tensor) -> torch.Tensor:
        """As `Vqgan.decode` in evaluation: B×C×h×w float32 → B×3×H×W float32 in [0, 1]."""
        x = F.pixel_shuffle(self.decoder(zq).float(), self.unshuffle)
        return clamp_inward((x + 1) / 2)


class LeanDecoder(nn.Module):
    """taming's Decoder, walked in its own order with its own modules."""

    def __init__(self, before: nn.Module, decoder: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.before, self.decoder, self.dtype = before, decoder, dtype

    def forward(self, zq: torch.Tensor) -> torch.Tensor:
        """Code vectors B×C×h×w → B×3u²×H/u×W/u in [−1, 1], u the `unshuffle` of its Vqgan."""
        net = self.decoder
        h = net.conv_in(self.before(zq.to(self.dtype, memory_format=torch.channels_last)))
        h = _block(net.mid.block_2, net.mid.attn_1(_block(net.mid.block_1, h)))
        for level in reversed(net.up):
            for i, block in enumerate(level.block):
                h = _block(block, h)
                h = level.attn[i](h) if len(level.attn) else h
            if hasattr(level, "upsample"):
                h = _checkpointed(level.upsample, h)
        return _stage(net.norm_out, net.conv_out, h)


def _block(block: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """taming's ResnetBlock without time embedding; dropout is off in evaluation."""
    h = _stage(block.norm2, block.conv2, _stage(block.norm1, block.conv1, x))
    if block.in_channels != block.out_channels:
        x = (block.conv_shortcut if block.use_conv_shortcut else block.nin_shortcut)(x)
    return x + h


def _stage(norm: nn.GroupNorm, conv: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    return NormSiluConv.apply(x, norm, conv)


class NormSiluConv(torch.autograd.Function):
    """conv(silu(norm(x))) with frozen weights, keeping only x (B×C×H×W) for its backward pass.

    In symbols: x̂ = (x − μ)·r, u = γ·x̂ + β; with d the gradient at u, the one at x is r·(γ·d − ⟨γ·d⟩ −
    x̂·⟨γ·d·x̂⟩), means over the group (Wu and He 2018, arXiv 1803.08494). Written out because torch's own
    takes ten times as long on a CPU in bfloat16, channels last.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, norm: nn.GroupNorm, conv: nn.Conv2d) -> torch.Tensor:
        batch, channels, height, width = x.shape
        # only the CPU's kernel reads channels last in every torch
        rows = x if x.device.type == "cpu" else x.contiguous()
        u, mean, spread = torch.native_group_norm(
            rows, norm.weight, norm.bias, batch, channels, height * width, norm.num_groups, norm.eps
        )
        ctx.save_for_backward(x, mean, spread)
        ctx.norm, ctx.conv = norm, conv
        return F.conv2d(F.silu(u), conv.weight, conv.bias, conv.stride, conv.padding)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (x, mean, spread), norm, conv = ctx.saved_tensors, ctx.norm, ctx.conv
        batch, channels, height, width = x.shape
        share = channels // norm.num_groups
        pixels = height * width

        def of_channels(of_groups: torch.Tensor) -> torch.Tensor:  # B×groups → B×1×C float32
            values = of_groups.float().view(batch, -1, 1)
            return values.expand(-1, -1, share).reshape(batch, 1, channels)

        def flat(values: torch.Tensor) -> torch.Tensor:  # B×C×H×W → B×H·W×C
            return values.permute(0, 2, 3, 1).reshape(batch, pixels, channels)

        def group_mean(values: torch.Tensor) -> torch.Tensor:  # B×H·W×C → ⟨γ·values⟩, B×1×C
            sums = torch.bmm(x.new_ones(batch, 1, pixels), values).float() * gamma
            return of_channels(sums.view(batch, -1, share).sum(2)) / (share * pixels)

        r, gamma = of_channels(spread), norm.weight.float()
        x_hat = torch.addcmul((-of_channels(mean) * r).to(x.dtype), flat(x), r.to(x.dtype))
        d = _silu_gradient(flat(_conv_gradient(gradient, x, conv)), x_hat, norm)
        a, b = group_mean(d), group_mean(d * x_hat)
        scale, along, offset = ((r * factor).to(x.dtype) for factor in (gamma, -b, a))
        d = d.mul_(scale).addcmul_(x_hat, along).sub_(offset)
        return d.view(batch, height, width, channels).permute(0, 3, 1, 2), None, None


def _conv_gradient(gradient: torch.Tensor, x: torch.Tensor, conv: nn.Conv2d) -> torch.Tensor:
    """Gradient at a convolution's input; of x only the shape matters there."""
    return torch.ops.aten.convolution_backward(
        gradient,
        x,
        conv.weight,
        None,
        conv.stride,
        conv.padding,
        conv.dilation,
        False,
        [0, 0],
        1,
        [True, False, False],
    )[0]


def _silu_gradient(gradient: torch.Tensor, x_hat: torch.Tensor, norm: nn.GroupNorm) -> torch.Tensor:
    """Gradient at u = γ·x̂ + β from that at silu(u), B×H·W×C."""
    return torch.ops.aten.silu_backward(gradient, torch.addcmul(norm.bias, x_hat, norm.weight))


def _checkpointed(function: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """function(x); what leads to its last operation is computed again in the backward pass.

    The last operation is a convolution: repeating stops where its input is there, so it is not repeated
    itself.
    """
    if not (torch.is_grad_enabled() and x.requires_grad):
        return function(x)
    return checkpoint(function, x, use_reentrant=False, preserve_rng_state=False)


def _cast(module: nn.Module, dtype: torch.dtype) -> nn.Module:
    """A frozen copy in `dtype`, channels last. Weights of that dtype are shared, not held twice."""
    shared = {id(p): p for p in module.parameters() if p.dtype == dtype}
    copied = copy.deepcopy(module, shared)
    # nn.Module's own `to`: that of diffusers' models warns without a reason
    return nn.Module.to(copied, dtype=dtype, memory_format=torch.channels_last).eval().requires_grad_(False)


def _in(
    dtype: torch.dtype, function: Callable[[torch.Tensor], torch.Tensor]
) -> Callable[[torch.Tensor], torch.Tensor]:
    """A function of tensors that computes in `dtype` and gives float32."""

    def call(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, dtype, enabled=dtype != torch.float32):
            return function(x.contiguous(memory_format=torch.channels_last)).float()

    return call
