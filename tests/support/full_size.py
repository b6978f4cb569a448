"""A pack as published weights come, but tiny: every file in its upstream layout, written by the upstream
libraries where they can.
"""

import hashlib
import json
import sys
import types
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file

import core.models  # noqa: F401  (lets open_clip and diffusers import beside a CPU-only torch)

SIZE = 32
ARCHITECTURE = "tiny-full-size"
CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
DDCONFIG = {
    "double_z": False,
    "z_channels": 8,
    "resolution": 32,
    "in_channels": 3,
    "out_ch": 3,
    "ch": 32,
    "ch_mult": [1, 1, 1],
    "num_res_blocks": 1,
    "attn_resolutions": [8],
    "dropout": 0.0,
}
TEXT = {
    "vocab_size": 49408,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 77,
    "hidden_act": "quick_gelu",
}


def facts(path: Path) -> dict[str, Any]:
    data = Path(path).read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def entry(folder: Path, form: str, file: str, **more: str) -> dict[str, Any]:
    """A manifest's entry for files that are there: those given by keys that end in "file"."""
    named = [file, *(value for key, value in more.items() if key.endswith("file"))]
    return {"format": form, "file": file, **more, "files": {name: facts(folder / name) for name in named}}


def write_judges(folder: Path) -> dict[str, Any]:
    """open_clip's own model as safetensors, and as a training checkpoint of several GPUs."""
    import open_clip

    (folder / f"{ARCHITECTURE}.json").write_text(json.dumps(CLIP))
    open_clip.add_model_config(folder / f"{ARCHITECTURE}.json")
    judge, heldout = (open_clip.create_model(ARCHITECTURE, pretrained=None) for _ in range(2))
    save_file(judge.state_dict(), folder / "open_clip_model.safetensors")
    state = {f"module.{key}": value for key, value in heldout.half().state_dict().items()}
    torch.save(
        {"epoch": 3, "name": "run", "state_dict": state, "optimizer": {"state": {}}}, folder / "epoch_3.pt"
    )
    return {
        "judge": entry(folder, "open_clip", "open_clip_model.safetensors", architecture=ARCHITECTURE),
        "heldout": entry(folder, "open_clip", "epoch_3.pt", architecture=ARCHITECTURE),
    }


class Pickled:
    """A module that exists only while something of it is being pickled."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.thing = module, type(name, (), {"__module__": module, "__qualname__": name})

    def __enter__(self) -> type:
        sys.modules[self.module] = types.ModuleType(self.module)
        setattr(sys.modules[self.module], self.thing.__name__, self.thing)
        return self.thing

    def __exit__(self, *_: object) -> None:
        del sys.modules[self.module]


def write_vqgan(folder: Path) -> dict[str, Any]:
    """taming's Lightning checkpoint, with the loss's networks and the callbacks' class in it, and its
    model.yaml.
    """
    from core.models.taming import build_vqgan

    vqgan = build_vqgan({"ddconfig": DDCONFIG, "n_embed": 24, "embed_dim": 8})
    torch.nn.init.normal_(vqgan.codebook)
    torch.save(vqgan.state_dict(), folder.parent / "vqgan.pt")  # to compare with; no part of the pack
    loss = {
        "loss.discriminator.main.0.weight": torch.zeros(3),
        "loss.perceptual_loss.lin0.model.1.weight": torch.zeros(2),
    }
    state = {**vqgan.state_dict(), **loss}
    with Pickled("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint") as callback:
        checkpoint = {
            "epoch": 9,
            "global_step": 1,
            "pytorch-lightning_version": "1.0.8",
            "callbacks": {
                callback: {
                    "monitor": "val/rec_loss",
                    "best_model_score": torch.tensor(0.5),
                    "dirpath": "logs",
                }
            },
            "optimizer_states": [{"state": {}, "param_groups": []}],
            "lr_schedulers": [],
            "state_dict": state,
        }
        torch.save(checkpoint, folder / "last.ckpt")
    _write_model_yaml(folder)
    return entry(folder, "taming", "last.ckpt", config_file="model.yaml")


def _write_model_yaml(folder: Path) -> None:
    loss = {
        "target": "taming.modules.losses.vqperceptual.VQLPIPSWithDiscriminator",
        "params": {"disc_start": 0},
    }
    params = {"embed_dim": 8, "n_embed": 24, "ddconfig": DDCONFIG, "lossconfig": loss}
    model = {"base_learning_rate": 4.5e-6, "target": "taming.models.vqgan.VQModel", "params": params}
    (folder / "model.yaml").write_text(yaml.safe_dump({"model": model}))


def diffusers_entry(folder: Path, place: str, model: Any, **more: str) -> dict[str, Any]:
    """A diffusers model saved by itself below `place`."""
    model.save_pretrained(folder / place)
    return entry(
        folder,
        "diffusers",
        f"{place}/diffusion_pytorch_model.safetensors",
        config_file=f"{place}/config.json",
        **more,
    )


def write_text(folder: Path) -> dict[str, Any]:
    from transformers import CLIPTextConfig, CLIPTextModel

    CLIPTextModel(CLIPTextConfig(**TEXT)).save_pretrained(folder / "text_encoder")
    return entry(
        folder, "transformers", "text_encoder/model.safetensors", config_file="text_encoder/config.json"
    )


def kl_autoencoder() -> torch.nn.Module:
    from diffusers import AutoencoderKL

    blocks = {
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
        "block_out_channels": [8] * 4,
    }
    return AutoencoderKL(**blocks, latent_channels=4, norm_num_groups=4, scaling_factor=0.18215)


def write_diffusion(folder: Path) -> dict[str, Any]:
    """Stable Diffusion's parts: a PNDM scheduler as version 1 has it, UNet in half precision, text, KL
    autoencoder, TAESD.
    """
    from diffusers import AutoencoderTiny, PNDMScheduler, UNet2DConditionModel

    unet = UNet2DConditionModel(
        sample_size=4,
        block_out_channels=[16, 16],
        down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
        up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"],
        layers_per_block=1,
        cross_attention_dim=32,
        attention_head_dim=2,
        norm_num_groups=8,
    )
    schedule = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "skip_prk_steps": True,
        "steps_offset": 1,
    }
    PNDMScheduler(**schedule).save_pretrained(folder / "scheduler")
    tiny = AutoencoderTiny(encoder_block_out_channels=[8] * 4, decoder_block_out_channels=[8] * 4)
    return {
        "denoiser": diffusers_entry(
            folder, "unet", unet.half(), scheduler_file="scheduler/scheduler_config.json"
        ),
        "text": write_text(folder),
        "autoencoder": diffusers_entry(folder, "vae", kl_autoencoder()),
        "preview": diffusers_entry(folder, "taesd", tiny),
    }


def write_ddpm(folder: Path) -> dict[str, Any]:
    """An unconditional denoiser of pixels, as google/ddpm-* have it, with its attention under the former
    names.
    """
    from diffusers import DDPMScheduler, UNet2DModel

    unet = UNet2DModel(
        sample_size=SIZE,
        in_channels=3,
        out_channels=3,
        layers_per_block=1,
        block_out_channels=[16, 16],
        norm_num_groups=8,
        down_block_types=["DownBlock2D", "AttnDownBlock2D"],
        up_block_types=["AttnUpBlock2D", "UpBlock2D"],
    )
    DDPMScheduler(beta_start=0.0001, beta_end=0.02, clip_sample=True).save_pretrained(folder / "scheduler")
    unet.save_pretrained(folder / "unet")
    former = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    state = {}
    for key, value in unet.state_dict().items():
        for now, then in former.items():
            key = key.replace(f".{now}.", f".{then}.")
        state[key] = value
    torch.save(state, folder / "unet/diffusion_pytorch_model.bin")
    more = {"config_file": "unet/config.json", "scheduler_file": "scheduler/scheduler_config.json"}
    return {"denoiser": entry(folder, "diffusers", "unet/diffusion_pytorch_model.bin", **more)}


def write_manifest(folder: Path, models: dict[str, Any]) -> Path:
    manifest = {
        "format": 1,
        "name": "full",
        "title": "Tiny, in upstream layouts",
        "size": SIZE,
        "licence": "none",
        "examples": [],
        "words": None,
        "vocabulary": None,
        "reference": None,
        "models": models,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def write_full_pack(folder: Path, text: bool = True) -> Path:
    """A whole pack; with Stable Diffusion's parts, or with an unconditional denoiser of pixels."""
    folder.mkdir(parents=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        models = {
            **write_judges(folder),
            "vqgan": write_vqgan(folder),
            **(write_diffusion if text else write_ddpm)(folder),
        }
    return write_manifest(folder, models)
