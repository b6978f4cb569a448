"""What the choices that mattered are worth: each with and without, measured on the test split, for the pack's
manifest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from core.models.clip import build_clip
from core.models.judge import Judge
from core.training import autoencoder, denoiser, evaluate, judges
from core.training.captions import tokenizer
from core.training.common import to_batch
from core.training.data import load_split

if TYPE_CHECKING:
    from core.models.taming import Vqgan
    from core.training.texts import Described

PICTURES = 300
CHOICE = {
    "naming": "linear heads name every facet from the image embedding while the judge learns",
    "contrary": "each caption also against two with one word changed",
    "look-alikes": "every second batch shares colour, ground and time",
    "augmentation": "mirrored, zoomed, brighter or darker",
    "pooled-caption": "the caption, pooled by attention, also joins the time embedding",
    "min-snr": "loss weighted by min-SNR-5 (this figure is the weighted loss, whatever was trained)",
    "start": "begun with the previous pack's weights where their shapes agree",
}


def measure(work: Path, data: Path) -> list[Any]:
    """Every comparison that the checkpoints in `work` allow; none where only the weights are left.

    Returns:
        list of {"model", "choice", "figure", "with", "without", "steps"}; "with" and "without" are floats.
    """
    pictures, scenes = load_split(data, "test")
    pictures = pictures[:PICTURES]
    scenes = scenes[:PICTURES]
    found = []
    for name in judges.SEEDS:

        def score(state: dict[str, torch.Tensor], name: str = name) -> float:
            return top1(name, state, pictures, scenes)

        found += averaging(work, name, "top-1 among the captions", score)
        found += left_out(work, name, "top-1 among the captions", score)
    if (work / "codebook.pt").exists() and (work / "decoder.pt").exists():
        found += stages(work, pictures)
    if (work / "codebook.pt").exists() and (work / "latents.json").exists():
        loss = held_out_loss(work, pictures, scenes)
        found += averaging(work, "denoiser", "min-SNR weighted loss", loss)
        found += left_out(work, "denoiser", "min-SNR weighted loss", loss)
    return found


def _load(path: Path) -> Any:
    return torch.load(path, map_location="cpu", weights_only=True)


def averaging(work: Path, name: str, figure: str, score: Callable[..., float]) -> Any:
    """Averaged against last weights."""
    if not (work / f"{name}.pt").exists():
        return []
    saved = _load(work / f"{name}.pt")
    average, last = (score(saved["parts"][part]) for part in ("average", "model"))
    return [
        _line(
            name,
            "moving average of the weights instead of the last ones",
            figure,
            average,
            last,
            saved["step"],
        )
    ]


def left_out(work: Path, name: str, figure: str, score: Callable[..., float]) -> Any:
    """Short trainings that left one choice out, against one as short that left nothing out."""
    base = work / "without-nothing" / f"{name}.pt"
    if not base.exists():
        return []
    base = _load(base)
    lines = []
    with_it = score(base["parts"]["average"])
    for choice, words in CHOICE.items():
        path = work / f"without-{choice}" / f"{name}.pt"
        if path.exists() and (other := _load(path))["step"] == base["step"]:
            lines.append(_line(name, words, figure, with_it, score(other["parts"]["average"]), base["step"]))
    return lines


def _line(model: str, choice: str, figure: str, with_it: float, without: float, steps: int | None) -> Any:
    return {
        "model": model,
        "choice": choice,
        "figure": figure,
        "with": round(with_it, 4),
        "without": round(without, 4),
        "steps": steps,
    }


def top1(
    name: str, state: dict[str, torch.Tensor], pictures: np.ndarray, scenes: Sequence[Described]
) -> float:
    """Share of pictures whose own caption a judge with these weights finds."""
    clip = build_clip(judges.config(name)).eval()
    clip.load_state_dict(state)
    return evaluate.retrieval(Judge(clip, judges.preprocessing(name), tokenizer()), pictures, scenes)["top1"]


def stages(work: Path, pictures: np.ndarray) -> Any:
    """The decoder after its second stage against the first, and the codebook against no codebook."""
    figures = []
    saved = _load(work / "decoder.pt")
    for state in (saved["parts"]["average"], _load(work / "codebook.pt")):
        vqgan = autoencoder.build_vqgan(autoencoder.CONFIG).eval()
        vqgan.load_state_dict(state)
        figures.append((evaluate.reconstruction(vqgan, pictures), sharpness(vqgan, pictures)))
    (after, sharp), (before, blunt) = figures
    second = "second stage: the decoder alone, on whole pictures, against a patch discriminator"
    return [
        _line("vqgan", second, "PSNR through the codebook, dB", after["psnr"], before["psnr"], saved["step"]),
        _line(
            "vqgan", second, "gradient magnitude, share of the real pictures'", sharp, blunt, saved["step"]
        ),
        _line("vqgan", "codebook", "PSNR, dB", after["psnr"], after["psnr_continuous"], saved["step"]),
    ]


def sharpness(vqgan: Vqgan, pictures: np.ndarray) -> float:
    """Mean gradient magnitude of the reconstructions as a share of the pictures' own."""

    def steepness(images: np.ndarray) -> float:
        return np.mean([np.abs(np.diff(images.astype(np.float32), axis=a)).mean() for a in (1, 2)])

    return float(
        steepness(np.stack([evaluate.reconstruct(vqgan, p) for p in pictures[:60]]))
        / steepness(pictures[:60])
    )


def held_out_loss(work: Path, pictures: np.ndarray, scenes: Sequence[Described]) -> Any:
    """A function of a denoiser's weights: its min-SNR weighted error on test pictures, the same noise for
    every one.
    """
    from diffusers import DDIMScheduler

    vqgan = autoencoder.build_vqgan(autoencoder.CONFIG).eval()
    vqgan.load_state_dict(_load(work / "codebook.pt"))
    statistics = json.loads((work / "latents.json").read_text())
    mean, std = (torch.tensor(statistics[key]) for key in ("mean", "std"))
    with torch.no_grad():
        latents = torch.cat(
            [vqgan.encode(to_batch(pictures[i : i + 50], "cpu")) for i in range(0, len(pictures), 50)]
        )
    latents = (latents - mean[:, None, None]) / std[:, None, None]
    eps = torch.randn(latents.shape, generator=torch.Generator().manual_seed(0))
    t = torch.linspace(0, 999, len(latents)).long()
    bars = DDIMScheduler.from_config(denoiser.SCHEDULER).alphas_cumprod[t]
    a = bars.view(-1, 1, 1, 1)
    noisy = a.sqrt() * latents + (1 - a).sqrt() * eps
    v = a.sqrt() * eps - (1 - a).sqrt() * latents
    tokens = tokenizer()([evaluate.caption(scene) for scene in scenes])

    @torch.no_grad()
    def loss(state: dict[str, torch.Tensor]) -> float:
        model = denoiser.build_denoiser(any(key.startswith("unet.add_embedding") for key in state)).eval()
        model.load_state_dict(state)
        parts = [slice(i, i + 50) for i in range(0, len(latents), 50)]
        said = torch.cat(
            [
                model["unet"](noisy[p], t[p], encoder_hidden_states=model["text"](tokens[p])).sample
                for p in parts
            ]
        )
        return float((denoiser.weight(bars) * (said - v).square().mean((1, 2, 3))).mean())

    return loss
