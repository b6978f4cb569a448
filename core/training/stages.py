"""The stages of the recipe: each finds its pictures and what it builds on, and trains one network."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file
from torch import nn

from core.base.errors import SettingError
from core.packs.manifest import pack_folder, read_manifest
from core.training import autoencoder, captions, denoiser, eyes, finish, judges, preview, robust
from core.training.common import Budget
from core.training.data import OWN, Feed, scenes_of
from core.training.worlds import SETS

if TYPE_CHECKING:
    from core.training.common import Session

# stage → (pictures to a step, rate): a GPU takes larger steps, and fewer
SIZES = {
    "cpu": {
        "judge": (128, 1e-3),
        "heldout": (128, 1e-3),
        "vqgan": (48, 1e-3),
        "decoder": (8, 3e-4),
        "denoiser": (64, 6e-4),
        "robust": (64, 4e-4),
        "eyes": (128, 1e-3),
        "referee": (64, 1e-3),
    },
    "cuda": {
        "judge": (512, 1.5e-3),
        "heldout": (512, 1.5e-3),
        "vqgan": (192, 1e-3),
        "decoder": (32, 3e-4),
        "denoiser": (512, 1e-3),
        "robust": (256, 6e-4),
        "eyes": (512, 2e-3),
        "referee": (256, 1.5e-3),
    },
}


@dataclass(frozen=True)
class Options:
    """What all stages share.

    Args:
        work: folder of the checkpoints; data: of the sets; start: pack to begin with, or None.
        batch, rate: instead of those in SIZES. without: see the trainers.
        first: how many pictures a stage waits for, and `until` when at the latest (time.time()).
        only: the stages that train; what the others would make is that of `start`. (): all of them.
    """

    work: Path
    data: Path
    device: str = "cpu"
    start: Path | None = None
    batch: int | None = None
    rate: float | None = None
    without: str = ""
    first: int = 1
    until: float = 0.0
    only: tuple[str, ...] = ()

    def sizes(self, stage: str) -> dict[str, Any]:
        """Keywords of a trainer."""
        batch, rate = SIZES["cuda" if self.device.startswith("cuda") else "cpu"][stage]
        return {"batch": self.batch or batch, "rate": self.rate or rate, "device": self.device}


@cache
def _feed(folder: Path, device: str, spoken: bool) -> Feed:
    own = folder.name == OWN
    scenes = [scene for path in sorted(folder.glob("*.npy")) for scene in scenes_of(path)] if own else ()
    feed = Feed(folder, device, captions.tokenizer(scenes) if spoken else None)
    if own:
        feed.refresh()  # all at once: the vocabulary is that of all captions
    return feed


def feed_of(options: Options, stage: str) -> Feed:
    """The pictures of a stage, once there are enough of them.

    Raises:
        FileNotFoundError: there are none.
    """
    own = (options.data / OWN).is_dir()
    folder = options.data / (OWN if own else SETS[stage])
    feed = _feed(folder, options.device, stage not in ("eyes", "referee"))
    while len(feed) < options.first and time.time() < options.until:
        time.sleep(0.5)
        feed.refresh()
    if not len(feed):
        raise FileNotFoundError(
            f"No pictures in {folder}; run: python -m core train world --data {options.data}"
        )
    return feed


def built_on(options: Options, name: str) -> Any:
    """What another stage left in `work`, waiting for it until `until`. Raises FileNotFoundError."""
    path = options.work / f"{name}.pt"
    while not path.exists() and time.time() < options.until:
        time.sleep(0.5)
    if not path.exists():
        stage = "vqgan" if name == "codebook" else name
        raise FileNotFoundError(f"{path} is missing; run: python -m core train {stage} --work {options.work}")
    return torch.load(path, map_location="cpu", weights_only=True)


def weights_of(pack: Path | None, name: str) -> dict[str, torch.Tensor] | None:
    """State dict of a pack's model, its denoiser as {"unet.…", "text.…"}; None if no pack is given."""
    if pack is None:
        return None
    folder = pack_folder(pack)
    prefixes = {"denoiser": "unet.", "text": "text."} if name == "denoiser" else {name: ""}
    states = {prefix: load_file(folder / f"{model}.safetensors") for model, prefix in prefixes.items()}
    return {prefix + key: value.float() for prefix, state in states.items() for key, value in state.items()}


def run(
    stage: str, options: Options, minutes: float | None = None, steps: int | None = None
) -> tuple[Any, Session]:
    """Train one stage; returns (averaged model, session)."""
    path = options.work / (f"without-{options.without}" if options.without else "") / f"{stage}.pt"
    return STAGES[stage](options, path, Budget(steps, minutes))


def _judge(options: Options, path: Path, budget: Budget) -> tuple[Any, Session]:
    name = path.stem
    start = weights_of(options.start, name)
    return judges.train_judge(
        name,
        feed_of(options, name),
        path,
        budget,
        without=options.without,
        start=start,
        **options.sizes(name),
    )


def _robust(options: Options, path: Path, budget: Budget) -> tuple[Any, Session]:
    judge = built_on(options, "judge")["parts"]["average"]
    return robust.train_robust(feed_of(options, "robust"), judge, path, budget, **options.sizes("robust"))


def _vqgan(options: Options, path: Path, budget: Budget) -> tuple[Any, Session]:
    feed = feed_of(options, "vqgan")
    start = weights_of(options.start, "vqgan")
    model, session = autoencoder.train_autoencoder(feed, path, budget, start=start, **options.sizes("vqgan"))
    vqgan = autoencoder.build_vqgan(autoencoder.CONFIG).to(options.device).eval()
    vqgan.load_state_dict(model.folded())
    latents = autoencoder.latents_of(vqgan, feed.pictures[:4000], options.device)[:, 0]
    generator = torch.Generator(options.device).manual_seed(autoencoder.SEED)
    vqgan.quantize.embedding.weight.data.copy_(
        autoencoder.fit_codebook(latents, autoencoder.CONFIG["n_embed"], generator)
    )
    temporary = options.work / "codebook.writing"
    torch.save(vqgan.state_dict(), temporary)
    temporary.rename(options.work / "codebook.pt")
    return vqgan, session


def _decoder(options: Options, path: Path, budget: Budget) -> tuple[Any, Session]:
    start = built_on(options, "codebook")
    return finish.train_decoder(feed_of(options, "decoder"), start, path, budget, **options.sizes("decoder"))


def _keeps_autoencoder(options: Options) -> bool:
    return options.start is not None and bool(options.only) and "vqgan" not in options.only


def _autoencoder(options: Options) -> dict[str, torch.Tensor]:
    """State dict of the autoencoder that the denoiser paints for: trained in `work`, or that of `start`."""
    kept = weights_of(options.start, "vqgan") if _keeps_autoencoder(options) else None
    return built_on(options, "codebook") if kept is None else kept


def _denoiser(options: Options, path: Path, budget: Budget) -> tuple[Any, Session]:
    vqgan = autoencoder.build_vqgan(autoencoder.CONFIG).to(options.device).eval()
    vqgan.load_state_dict(_autoencoder(options))
    latents = denoiser.Latents(feed_of(options, "denoiser"), vqgan, options.device)
    statistics = {"mean": latents.mean.tolist(), "std": latents.std.tolist()}
    if _keeps_autoencoder(options):  # and with it the scale that its denoiser knows
        latent = read_manifest(pack_folder(str(options.start)))["models"]["denoiser"]["latent"]
        statistics = {name: latent[name] for name in statistics}
        latents.mean, latents.std = (torch.tensor(latent[name], device=options.device) for name in statistics)
    (options.work / "latents.json").write_text(json.dumps(statistics))

    def look(model: nn.Module) -> None:
        return _look(options, model, latents)

    start = weights_of(options.start, "denoiser")
    sizes = options.sizes("denoiser")
    model, session = denoiser.train_denoiser(
        latents, path, budget, start=start, without=options.without, look=look, **sizes
    )
    look(model)
    return model, session


def _look(options: Options, model: nn.Module, latents: denoiser.Latents) -> None:
    """A sheet of what the newest decoder makes of the denoiser's latents and of real ones."""
    vqgan = autoencoder.build_vqgan(autoencoder.CONFIG).to(options.device).eval()
    finished = options.work / "decoder.pt"
    if finished.exists():
        vqgan.load_state_dict(torch.load(finished, map_location="cpu", weights_only=True)["parts"]["average"])
    else:
        vqgan.load_state_dict(_autoencoder(options))
    rows = preview.painted(model, vqgan, latents)
    rows += preview.reconstructed(vqgan, latents.feed.pictures[-len(preview.PROMPTS) :], options.device)
    preview.sheet(options.work / "sheet.jpg", rows)


def _eyes(options: Options, path: Path, budget: Budget) -> tuple[Any, Session]:
    return eyes.train_eyes(feed_of(options, "eyes"), path, budget, **options.sizes("eyes"))


def _referee(options: Options, path: Path, budget: Budget) -> tuple[Any, Session]:
    if (options.data / OWN).is_dir():
        raise SettingError(
            "referee learns what the miniature world's grammar says, and these are captioned pictures. "
            "Leave it out: no pack has it."
        )
    return eyes.train_referee(feed_of(options, "referee"), path, budget, **options.sizes("referee"))


STAGES = {
    "judge": _judge,
    "heldout": _judge,
    "vqgan": _vqgan,
    "decoder": _decoder,
    "denoiser": _denoiser,
    "robust": _robust,
    "eyes": _eyes,
    "referee": _referee,
}
