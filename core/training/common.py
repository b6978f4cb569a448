"""What every trainer shares: resumable checkpoints, a schedule, an average of weights, batches.

A step's random numbers derive from (seed, step) alone, so a run that was stopped and resumed sees
the same batches as one that was not.
"""

import copy
import os
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm


def schedule(step, total, warmup=100, decay=0.3):
    """Trapezoid (Zhai et al. 2022, arXiv 2106.04560): warm up, hold, then fall linearly to 2 %.

    With a constant middle, a run can be prolonged by resuming it with a larger total.
    """
    rise = min((step + 1) / warmup, 1.0)
    fall = min((total - step) / max(decay * total, 1), 1.0)
    return rise * max(fall, 0.02)


def generators(seed, step, device):
    """A numpy and a torch generator for one step."""
    rng = np.random.default_rng([seed, step])
    return rng, torch.Generator(device).manual_seed(int(rng.integers(2**62)))


def mixed_precision(device):
    """bfloat16 autocast where it pays (any GPU, CPUs with AVX-512 bf16 or AMX)."""
    if device == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return nullcontext()
    return torch.autocast(device, torch.bfloat16)


class Average:
    """Exponential moving average of a module's weights, with the usual early-step correction."""

    def __init__(self, model, decay=0.998):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, model, step):
        decay = min(self.decay, (step + 1) / (step + 10))
        for mean, value in zip(self.model.state_dict().values(), model.state_dict().values()):
            mean.lerp_(value, 1 - decay) if mean.is_floating_point() else mean.copy_(value)


class Session:
    """A trainer's progress on disk: `parts` are objects with state_dict/load_state_dict.

    Iterating yields step numbers from where the checkpoint stopped up to `total`; a checkpoint is
    written every `every` seconds and at the end, under a temporary name and then renamed. `calls`
    keeps [first step, total asked for] of every call, since the schedule depends on the total.
    """

    def __init__(self, path, total, parts, every=120):
        self.path, self.total, self.parts, self.every = Path(path), total, parts, every
        self.step, self.seconds, self.figures, self.calls = 0, 0.0, {}, []
        if self.path.exists():
            saved = torch.load(self.path, map_location="cpu", weights_only=True)
            for name, part in parts.items():
                part.load_state_dict(saved["parts"][name])
            self.step, self.seconds, self.figures = saved["step"], saved["seconds"], saved["figures"]
            self.calls = saved["calls"]
        if self.step < total:
            self.calls.append([self.step, total])

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".writing")
        torch.save(
            {
                "step": self.step,
                "seconds": self.seconds,
                "figures": self.figures,
                "calls": self.calls,
                "parts": {name: part.state_dict() for name, part in self.parts.items()},
            },
            temporary,
        )
        os.replace(temporary, self.path)

    def __iter__(self):
        last = saved = time.monotonic()
        bar = tqdm(range(self.step, self.total), initial=self.step, total=self.total, desc=self.path.stem, mininterval=5)
        for step in bar:
            yield step
            now = time.monotonic()
            self.step, self.seconds, last = step + 1, self.seconds + now - last, now
            if now - saved > self.every:
                self.save()
                saved = time.monotonic()
            if step % 20 == 0:
                bar.set_postfix({k: f"{v:.3g}" for k, v in self.figures.items()}, refresh=False)
        self.save()

    def note(self, **figures):
        """Smooth running figures for the progress bar and the manifest."""
        for name, value in figures.items():
            old = self.figures.get(name, value)
            self.figures[name] = old + 0.05 * (value - old)


def to_batch(pictures, device):
    """uint8 B×H×W×3 → float32 B×3×H×W in [0, 1]."""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float().div(255).contiguous()


def augment(images, generator, zoom=0.82):
    """Mirror, zoom and shift, and change brightness, per picture; B×3×H×W in [0, 1]."""
    draw = lambda *shape: torch.rand(*shape, generator=generator, device=images.device)
    n = images.shape[0]
    scale = zoom + (1 - zoom) * draw(n)
    theta = torch.zeros(n, 2, 3, device=images.device)
    theta[:, 0, 0] = scale * torch.where(draw(n) < 0.5, -1.0, 1.0)
    theta[:, 1, 1] = scale
    theta[:, :, 2] = (2 * draw(n, 2) - 1) * (1 - scale[:, None])
    grid = F.affine_grid(theta, images.shape, align_corners=False)
    moved = F.grid_sample(images, grid, align_corners=False, padding_mode="reflection")
    return (moved * (0.9 + 0.2 * draw(n, 1, 1, 1))).clamp(0, 1)


def crops(pictures, rng, count, size):
    """`count` random size×size crops, some mirrored, of uint8 n×H×W×3 → uint8 count×size×size×3."""
    limit = pictures.shape[1] - size
    out = np.empty((count, size, size, 3), np.uint8)
    for k in range(count):
        y, x = rng.integers(0, limit + 1, 2)
        crop = pictures[rng.integers(len(pictures)), y : y + size, x : x + size]
        out[k] = crop[:, ::-1] if rng.random() < 0.5 else crop
    return out
