"""What every trainer shares: resumable checkpoints, a schedule, an average of weights, batches.

A step's random numbers derive from (seed, step) alone, so a run that was stopped and resumed sees
the same batches as one that was not, as long as its pictures are all there.
"""

from __future__ import annotations

import copy
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from tqdm import tqdm


def schedule(step: int, progress: float, warmup: int = 100, decay: float = 0.3) -> float:
    """Trapezoid (Zhai et al. 2022, arXiv 2106.04560): warm up, hold, then fall linearly to 2 %.

    `progress` is the share of the training that is done. With a constant middle, a run can be prolonged
    by resuming it with a larger total.
    """
    rise = min((step + 1) / warmup, 1.0)
    fall = min((1 - progress) / decay, 1.0)
    return rise * max(fall, 0.02)


def generators(seed: int, step: int, device: str) -> tuple[np.random.Generator, torch.Generator]:
    """A numpy and a torch generator for one step."""
    rng = np.random.default_rng([seed, step])
    return rng, torch.Generator(device).manual_seed(int(rng.integers(2**62)))


def mixed_precision(device: str) -> AbstractContextManager[Any]:
    """bfloat16 autocast where it pays (any GPU, CPUs with AVX-512 bf16 or AMX)."""
    if device == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return nullcontext()
    return torch.autocast(device, torch.bfloat16)


def placed(model: nn.Module, device: str) -> Any:
    """A network of convolutions on its device, ready to train; on a GPU in the layout that its convolutions
    compute in.
    """
    layout = torch.channels_last if str(device).startswith("cuda") else torch.contiguous_format
    return model.to(device, memory_format=layout).train()


class Average:
    """Exponential moving average of a module's weights, with the usual early-step correction."""

    def __init__(self, model: nn.Module, decay: float = 0.998) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        decay = min(self.decay, (step + 1) / (step + 10))
        means = list(self.model.state_dict().values())
        values = list(model.state_dict().values())
        moving = [i for i, mean in enumerate(means) if mean.is_floating_point()]
        torch._foreach_lerp_([means[i] for i in moving], [values[i] for i in moving], 1 - decay)
        for i in set(range(len(means))) - set(moving):
            means[i].copy_(values[i])


def export(path: Path, state: dict[str, torch.Tensor]) -> None:
    """Write weights in half precision as safetensors, under a temporary name and then renamed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = {
        name: value.detach().to("cpu", torch.float16 if value.is_floating_point() else None)
        for name, value in state.items()
    }
    temporary = path.with_suffix(".writing")
    save_file({name: value.clone().contiguous() for name, value in half.items()}, temporary)
    os.replace(temporary, path)


def begin_with(model: nn.Module, state: dict[str, torch.Tensor]) -> list[str]:
    """Copy into `model` the weights of `state` whose names and shapes agree; returns the other names."""
    own = model.state_dict()
    given = {name: value for name, value in state.items() if name in own and value.shape == own[name].shape}
    model.load_state_dict(given, strict=False)
    return sorted(own.keys() - given.keys())


class Budget:
    """How long a training lasts: `steps` in all, or until `minutes` from now, whatever it has to wait for
    first.
    """

    def __init__(self, steps: int | None = None, minutes: float | None = None) -> None:
        if (steps is None) == (minutes is None):
            raise ValueError(f"Budget takes either steps or minutes, not steps={steps} and minutes={minutes}")
        self.steps = steps
        self.minutes = minutes
        self.began = time.monotonic()
        self.ends = self.began + 60 * (minutes or 0)

    def start(self) -> None:
        """The time that counts begins now; when it ends stays."""
        self.began = min(time.monotonic(), self.ends - 1e-3)

    def progress(self, step: int) -> float:
        """Share that is done before step number `step`."""
        return step / self.steps if self.steps else (time.monotonic() - self.began) / (self.ends - self.began)


class Session:
    """A trainer's progress on disk.

    Iterating yields step numbers from where the checkpoint stopped until the budget is spent; a checkpoint is
    written every `every` seconds and at the end, under a temporary name and then renamed. Should the loss
    stop being a number, weights and optimisers go back to where they were at the last good look.

    Args:
        path: of the checkpoint.
        budget: Budget.
        parts: name → object with state_dict and load_state_dict; "average" is what the pack will hold.
        exports: () → state dict of what the pack will hold, or None; written beside the checkpoint as
            safetensors.
        about: what the manifest is to say beside the figures: batch, rate, seed.
    """

    def __init__(
        self,
        path: Path,
        budget: Budget,
        parts: Mapping[str, Any],
        exports: Callable[[], dict[str, torch.Tensor]] | None = None,
        about: Mapping[str, Any] | None = None,
        every: float = 60,
    ) -> None:
        self.path = Path(path)
        self.budget = budget
        self.parts = parts
        self.exports = exports
        self.every = every
        self.about = about or {}
        self.step = 0
        self.seconds = 0.0
        self.figures: dict[str, Any] = {}
        self.calls: list[Any] = []
        self.progress = 0.0
        self._good: dict[str, Any] | None = None
        self._looked = -math.inf
        if self.path.exists():
            saved = torch.load(self.path, map_location="cpu", weights_only=True)
            for name, part in parts.items():
                part.load_state_dict(saved["parts"][name])
            self.step = saved["step"]
            self.seconds = saved["seconds"]
            self.figures = saved["figures"]
            self.calls = saved["calls"]
        if budget.progress(self.step) < 1:
            self.calls.append([self.step, budget.steps or f"{budget.minutes:.2f} minutes"])

    def save(self) -> None:
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
        record = {
            **self.about,
            "steps": self.step,
            "seconds": round(self.seconds),
            "calls": self.calls,
            **self.figures,
        }
        self.path.with_suffix(".json").write_text(json.dumps(record, indent=1))
        if self.exports is not None:
            export(self.path.with_suffix(".safetensors"), self.exports())

    def __iter__(self) -> Iterator[int]:
        last = saved = time.monotonic()
        self.budget.start()
        bar = tqdm(initial=self.step, total=self.budget.steps, desc=self.path.stem, mininterval=15)
        while (progress := self.budget.progress(self.step)) < 1:
            self.progress = progress
            yield self.step
            now = time.monotonic()
            self.step += 1
            self.seconds += now - last
            last = now
            bar.update()
            if now - saved > self.every:
                self.save()
                saved = time.monotonic()
            if self.step % 20 == 0:
                bar.set_postfix({k: f"{v:.3g}" for k, v in self.figures.items()}, refresh=False)
        self.progress = 1.0
        self.save()
        bar.close()

    def note(self, **figures: float) -> None:
        """Smooth running figures for the progress bar and the manifest; go back if one is not a number."""
        if not all(math.isfinite(value) for value in figures.values()):
            return self._go_back()
        for name, value in figures.items():
            old = self.figures.get(name, value)
            self.figures[name] = old + 0.05 * (value - old)
        if time.monotonic() - self._looked > 10:
            self._good = {name: copy.deepcopy(part.state_dict()) for name, part in self.parts.items()}
            self._looked = time.monotonic()

    def _go_back(self) -> None:
        print(f"{self.path.stem}: no number at step {self.step}; back to the last good weights", flush=True)
        for name, state in (self._good or {}).items():
            self.parts[name].load_state_dict(state)


def record(batch: int, rate: float, seed: int, device: str) -> dict[str, Any]:
    """What a Session is told about its training; on a GPU with its name."""
    gpu = {"device": torch.cuda.get_device_name(device)} if str(device).startswith("cuda") else {}
    return {"batch": batch, "rate": rate, "seed": seed, **gpu}


def descend(loss: torch.Tensor, optimiser: torch.optim.Optimizer) -> None:
    """One step of an optimiser, with the length of the gradient limited to 1."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], 1.0)
    optimiser.step()


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Give every group of an optimiser the rate `rate` times its own share ("share", 1 if it has none)."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group.get("share", 1.0)


def to_batch(pictures: np.ndarray, device: str) -> torch.Tensor:
    """uint8 B×H×W×3 → float32 B×3×H×W in [0, 1]."""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float().div(255).contiguous()


def augment(images: torch.Tensor, generator: torch.Generator, zoom: float = 0.82) -> torch.Tensor:
    """Mirror, zoom and shift, and change brightness, per picture; B×3×H×W in [0, 1]."""

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, device=images.device)

    n = images.shape[0]
    scale = zoom + (1 - zoom) * draw(n)
    theta = torch.zeros(n, 2, 3, device=images.device)
    theta[:, 0, 0] = scale * torch.where(draw(n) < 0.5, -1.0, 1.0)
    theta[:, 1, 1] = scale
    theta[:, :, 2] = (2 * draw(n, 2) - 1) * (1 - scale[:, None])
    grid = F.affine_grid(theta, images.shape, align_corners=False)
    moved = F.grid_sample(images, grid, align_corners=False, padding_mode="reflection")
    return (moved * (0.9 + 0.2 * draw(n, 1, 1, 1))).clamp(0, 1)


def crops(
    pictures: torch.Tensor, chosen: torch.Tensor, size: int, generator: torch.Generator
) -> torch.Tensor:
    """Random size×size crops, half of them mirrored, of uint8 n×3×H×W → float32 B×3×size×size in [0, 1], on
    their device.

    Args:
        chosen: LongTensor of the B pictures that are cut.
    """
    device = pictures.device
    limit = pictures.shape[-1] - size + 1
    count = len(chosen)
    y, x = (torch.randint(limit, (count, 1), generator=generator, device=device) for _ in range(2))
    side = torch.arange(size, device=device)
    mirrored = torch.rand(count, 1, generator=generator, device=device) < 0.5
    rows = y + side  # B, size
    columns = x + torch.where(mirrored, side.flip(0), side)  # B, size
    cut = pictures[chosen[:, None, None], :, rows[:, :, None], columns[:, None, :]]  # B, size, size, 3
    return cut.permute(0, 3, 1, 2).float().div(255).contiguous()
