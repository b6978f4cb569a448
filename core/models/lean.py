"""Models of a full-size pack as a painter holds them: quicker and smaller, the same weights.

Half precision (bfloat16) where the processor has instructions for it; the codebook search and everything that is measured
stay in float32. Channels last, the layout that convolutions compute in anyway. In the VQGAN's decoder, whose activations
are what fills memory, normalisation and activation are computed again in the backward pass instead of being kept
(Chen et al. 2016, arXiv 1604.06174): they cost little, the convolutions are not repeated. And the judge's attention reads
its cutouts as they lie in memory: nn.MultiheadAttention transposes them first, and the product then copies them about.
"""

import copy
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from core.clamp import clamp_inward

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def quick_in_bfloat16(device):
    """Whether a device computes faster in bfloat16 than in float32: it has instructions for it."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # AVX-512 BF16 or AMX; elsewhere it is emulated, slower than float32
    return torch.device(device).type == "cpu" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def numbers(precision, full_size, device):
    """The dtype that a painter's networks compute in, or None to take the models as they are.

    Args:
        precision: the setting "auto", "float32" or "bfloat16".
        full_size: whether the pack is of published, full-size models. The miniature is painted as it is unless
            bfloat16 is asked for: its pictures are the same on every run, and it is small.
    """
    if precision == "bfloat16" or (precision == "auto" and full_size and quick_in_bfloat16(device)):
        return torch.bfloat16
    return torch.float32 if full_size else None


def lean_models(models, dtype, made=None):
    """PainterModels → PainterModels that compute in `dtype`; the originals measure as before.

    Args:
        made: a dict that keeps the copies, for the next time the same models are asked for.
    """
    made = {} if made is None else made

    def lean(part, make):
        model = getattr(models, part)
        if model is not None and (part, dtype) not in made:
            made[part, dtype] = make(model, dtype)
        return model and made[part, dtype]

    return replace(models, judge=lean("judge", lean_judge), vqgan=lean("vqgan", LeanVqgan), denoiser=lean("denoiser", lean_denoiser))


def lean_judge(judge, dtype):
    """The judge with its image tower in `dtype`; prompts are encoded as before."""
    return judge.through(Tower(judge.clip.visual, dtype))


def lean_denoiser(denoiser, dtype):
    """The denoiser with its UNet in `dtype`, and so its quick decoder; the one of the last picture stays."""
    lean = copy.copy(denoiser)
    lean.unet, lean.dtype = _cast(denoiser.unet, dtype), dtype
    lean.decode = _in(dtype, denoiser.decode)
    return lean


class Tower(nn.Module):
    """A copy of an image tower that takes and gives float32 and computes in `dtype`."""

    def __init__(self, tower, dtype):
        super().__init__()
        self.tower, self.dtype = _cast(tower, dtype), dtype
        for module in list(self.tower.modules()):
            for name, child in list(module.named_children()):
                if isinstance(child, nn.MultiheadAttention) and child.batch_first and child._qkv_same_embed_dim:
                    setattr(module, name, Attention(child))
        if isinstance(getattr(self.tower, "conv1", None), nn.Conv2d) and self.tower.conv1.kernel_size == self.tower.conv1.stride:
            self.tower.conv1 = Patches(self.tower.conv1)

    def forward(self, images):
        return self.tower(images.to(self.dtype)).float()


class Attention(nn.Module):
    """nn.MultiheadAttention's self-attention with its weights, on B×T×D as it lies in memory."""

    def __init__(self, attention):
        super().__init__()
        self.inside, self.heads = attention, attention.num_heads

    def forward(self, x, *_, attn_mask=None, **__):
        batch, tokens, width = x.shape
        qkv = F.linear(x, self.inside.in_proj_weight, self.inside.in_proj_bias)
        q, k, v = qkv.view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # 3, B, heads, T, D/heads
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask)
        return (self.inside.out_proj(seen.transpose(1, 2).reshape(batch, tokens, width)),)


class Patches(nn.Module):
    """A convolution whose stride is its kernel, as the matrix product that it is."""

    def __init__(self, conv):
        super().__init__()
        self.conv, self.side = conv, conv.kernel_size[0]

    def forward(self, x):
        batch, channels, height, width = x.shape
        h, w, p = height // self.side, width // self.side, self.side
        rows = x.view(batch, channels, h, p, w, p).permute(0, 2, 4, 1, 3, 5).reshape(batch, h * w, -1)
        return F.linear(rows, self.conv.weight.flatten(1), self.conv.bias).transpose(1, 2).unflatten(2, (h, w))


class LeanVqgan:
    """A `core.models.taming.Vqgan` without its encoder: codes and pictures as there, the decoder leaner."""

    def __init__(self, vqgan, dtype):
        self.codebook, self.grid, self.lookup, self.quantise = vqgan.codebook, vqgan.grid, vqgan.lookup, vqgan.quantise
        self.unshuffle = vqgan.unshuffle
        self.decoder = LeanDecoder(_cast(vqgan.post_quant_conv, dtype), _cast(vqgan.decoder, dtype), dtype)

    def decode(self, zq):
        """As `Vqgan.decode` in evaluation: B×C×h×w float32 → B×3×H×W float32 in [0, 1]."""
        x = F.pixel_shuffle(self.decoder(zq).float(), self.unshuffle)
        return clamp_inward((x + 1) / 2)


class LeanDecoder(nn.Module):
    """taming's Decoder, walked in its own order with its own modules."""

    def __init__(self, before, decoder, dtype):
        super().__init__()
        self.before, self.decoder, self.dtype = before, decoder, dtype

    def forward(self, zq):
        net = self.decoder
        h = net.conv_in(self.before(zq.to(self.dtype, memory_format=torch.channels_last)))
        h = _block(net.mid.block_2, net.mid.attn_1(_block(net.mid.block_1, h)))
        for level in reversed(net.up):
            for i, block in enumerate(level.block):
                h = _block(block, h)
                h = level.attn[i](h) if len(level.attn) else h
            if hasattr(level, "upsample"):
                h = _again(level.upsample, h)
        return _stage(net.norm_out, net.conv_out, h)


def _block(block, x):
    """taming's ResnetBlock without time embedding; dropout is off in evaluation."""
    h = _stage(block.norm2, block.conv2, _stage(block.norm1, block.conv1, x))
    if block.in_channels != block.out_channels:
        x = (block.conv_shortcut if block.use_conv_shortcut else block.nin_shortcut)(x)
    return x + h


def _stage(norm, conv, x):
    return NormSiluConv.apply(x, norm, conv)


class NormSiluConv(torch.autograd.Function):
    """conv(silu(norm(x))) with frozen weights, keeping only x (B×C×H×W) for its backward pass.

    In symbols: x̂ = (x − μ)·r, u = γ·x̂ + β; with d the gradient at u, the one at x is r·(γ·d − ⟨γ·d⟩ − x̂·⟨γ·d·x̂⟩), means
    over the group (Wu and He 2018, arXiv 1803.08494). Written out because torch's own takes ten times as long on a CPU in
    bfloat16, channels last.
    """

    @staticmethod
    def forward(ctx, x, norm, conv):
        batch, channels, height, width = x.shape
        rows = x if x.device.type == "cpu" else x.contiguous()  # only the CPU's kernel reads channels last in every torch
        u, mean, spread = torch.native_group_norm(rows, norm.weight, norm.bias, batch, channels, height * width, norm.num_groups, norm.eps)
        ctx.save_for_backward(x, mean, spread)
        ctx.norm, ctx.conv = norm, conv
        return F.conv2d(F.silu(u), conv.weight, conv.bias, conv.stride, conv.padding)

    @staticmethod
    def backward(ctx, gradient):
        (x, mean, spread), norm, conv = ctx.saved_tensors, ctx.norm, ctx.conv
        batch, channels, height, width = x.shape
        share = channels // norm.num_groups
        # The convolution's input has x's shape, and its values do not matter to the gradient there.
        d, _, _ = torch.ops.aten.convolution_backward(
            gradient, x, conv.weight, None, conv.stride, conv.padding, conv.dilation, False, [0, 0], 1, [True, False, False]
        )
        each = lambda values: values.float().view(batch, -1, 1).expand(-1, -1, share).reshape(batch, 1, channels)  # of groups
        flat = lambda values: values.permute(0, 2, 3, 1).reshape(batch, height * width, channels)
        cast = lambda values: values.to(x.dtype)
        r, gamma = each(spread), norm.weight.float()
        x_hat = torch.addcmul(cast(-each(mean) * r), flat(x), cast(r))
        d = torch.ops.aten.silu_backward(flat(d), torch.addcmul(norm.bias, x_hat, norm.weight))
        ones = x.new_ones(batch, 1, height * width)
        sums = (torch.bmm(ones, values).float() * gamma for values in (d, d * x_hat))  # B, 1, C
        a, b = (each(s.view(batch, -1, share).sum(2)) / (share * height * width) for s in sums)
        d = d.mul_(cast(r * gamma)).addcmul_(x_hat, cast(-r * b)).sub_(cast(r * a))
        return d.view(batch, height, width, channels).permute(0, 3, 1, 2), None, None


def _again(function, x):
    """function(x); what leads to its last operation is computed again in the backward pass.

    The last operation is a convolution: repeating stops where its input is there, so it is not repeated itself.
    """
    if not (torch.is_grad_enabled() and x.requires_grad):
        return function(x)
    return checkpoint(function, x, use_reentrant=False, preserve_rng_state=False)


def _cast(module, dtype):
    """A frozen copy in `dtype`, channels last. Weights that have that dtype already are shared: large ones are not held twice."""
    shared = {id(p): p for p in module.parameters() if p.dtype == dtype}
    copied = copy.deepcopy(module, shared)
    # nn.Module's own `to`: that of diffusers' models warns without a reason
    return nn.Module.to(copied, dtype=dtype, memory_format=torch.channels_last).eval().requires_grad_(False)


def _in(dtype, function):
    """A function of tensors that computes in `dtype` and gives float32."""

    def call(x):
        with torch.autocast(x.device.type, dtype, enabled=dtype != torch.float32):
            return function(x.contiguous(memory_format=torch.channels_last)).float()

    return call
