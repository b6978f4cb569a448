"""Full-size models without files: published architectures with random weights, to measure time and memory.

What a step costs depends on the shapes, not on what the weights have learned. ViT-B-32 as open_clip names it;
the VQGAN of vqgan_imagenet_f16_16384 (taming's model.yaml); the UNet, KL autoencoder and text width of Stable
Diffusion 1; TAESD.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from core.models import autoencoders
from core.models.clip import build_clip
from core.models.clip_text import FullTokenizer
from core.models.diffusion import Denoiser, build_unet
from core.models.judge import Judge
from core.models.optimised import lean_models, painting_dtype
from core.models.painter_models import PainterModels
from core.models.taming import build_vqgan

if TYPE_CHECKING:
    from core.packs.photograph_realism import PhotographRealism

ARCHITECTURE = "ViT-B-32"
VQGAN = {
    "n_embed": 16384,
    "embed_dim": 256,
    "ddconfig": {
        "double_z": False,
        "z_channels": 256,
        "resolution": 256,
        "in_channels": 3,
        "out_ch": 3,
        "ch": 128,
        "ch_mult": [1, 1, 2, 2, 4],
        "num_res_blocks": 2,
        "attn_resolutions": [16],
        "dropout": 0.0,
    },
}
UNET = {  # 860 million parameters
    "sample_size": 64,
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": [320, 640, 1280, 1280],
    "layers_per_block": 2,
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
}
KL = {
    "block_out_channels": [128, 256, 512, 512],
    "layers_per_block": 2,
    "latent_channels": 4,
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}
SCHEDULE = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
    "prediction_type": "epsilon",
}
TOKENS = 77  # that Stable Diffusion 1 reads of a prompt
WIDTH = 768  # of the embedding of each
PROMPT = "a photograph of a red fox in snow"


class FullSize:
    """What a full-size pack hands to the painters and to whoever measures them.

    Models are made when first asked for.

    Args:
        size: side of the pictures.
        device: torch device name.
    """

    name = "random full-size models"
    side_by_side = small_networks = False
    robust = None  # no full-size pack has one

    def __init__(self, size: int = 256, device: str = "cpu") -> None:
        self.size = size
        self.device = device
        self._lean: dict[Any, Any] = {}

    @cached_property
    def judge(self) -> Judge:
        """A ViT-B-32 as OpenAI's, with random weights."""
        return self._new_judge()

    @cached_property
    def heldout(self) -> Judge:
        """Another judge of the same size: its own copy of the weights, since it is never the painters'."""
        return self._new_judge()

    def steering_judge(self, settings: Any = None) -> Judge:
        """The judge, whatever the settings of a painter say."""
        return self.judge

    def _new_judge(self) -> Judge:
        from open_clip import get_model_config
        from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

        config = get_model_config(ARCHITECTURE)
        size = config["vision_cfg"]["image_size"]
        preprocessing = {"size": size, "mean": OPENAI_DATASET_MEAN, "std": OPENAI_DATASET_STD}
        clip = self._with_random_weights(lambda: build_clip(config))
        return Judge(clip, preprocessing, FullTokenizer(TOKENS))

    @cached_property
    def realism(self) -> PhotographRealism:
        """Realism of a pack without a reference: photographs, through the miniature's encoder."""
        from core.packs import open_pack
        from core.packs.photograph_realism import PhotographRealism

        return PhotographRealism(open_pack("miniature"))

    @cached_property
    def vqgan(self) -> nn.Module:
        """taming's VQGAN."""
        return self._with_random_weights(lambda: build_vqgan(VQGAN))

    @cached_property
    def unet(self) -> nn.Module:
        """Stable Diffusion's UNet."""
        return self._with_random_weights(lambda: build_unet(UNET))

    @cached_property
    def kl(self) -> nn.Module:
        """Stable Diffusion's autoencoder."""
        from diffusers import AutoencoderKL

        return self._with_random_weights(lambda: AutoencoderKL(**KL))

    @cached_property
    def tiny(self) -> nn.Module:
        """TAESD, which decodes previews."""
        from diffusers import AutoencoderTiny

        return self._with_random_weights(AutoencoderTiny)

    @cached_property
    def denoiser(self) -> Denoiser:
        """Stable Diffusion as the diffusion painter takes it; its texts are random."""
        generator = torch.Generator().manual_seed(0)
        text, empty = (torch.randn(1, TOKENS, WIDTH, generator=generator).to(self.device) for _ in range(2))
        return Denoiser(
            self.unet,
            SCHEDULE,
            lambda prompt: text,
            lambda: empty,
            autoencoders.kl_autoencoder(self.kl).decode,
            (4, self.size // 8, self.size // 8),
            [0.0] * 4,
            [1.0] * 4,
            preview=autoencoders.tiny_autoencoder(self.tiny).decode,
        )

    def painter_models(self, painter: str, settings: Any = None) -> PainterModels:
        """As `core.packs.pack.ModelPack.painter_models` of a full-size pack."""
        models = PainterModels(
            judge=self.judge,
            size=self.size,
            vqgan=self.vqgan if painter == "vqgan" else None,
            denoiser=self.denoiser if painter == "diffusion" else None,
            device=self.device,
        )
        dtype = painting_dtype(getattr(settings, "precision", "auto"), True, self.device)
        return lean_models(models, dtype, self._lean)

    def _with_random_weights(self, build: Callable[[], nn.Module]) -> nn.Module:
        with torch.device("meta"):  # without the slow initialisation that would be thrown away
            model = build()
        model = model.to_empty(device=self.device)
        _fill(model)
        return model.eval().requires_grad_(False)


@torch.no_grad()
def _fill(model: nn.Module) -> None:
    """Weights that keep activations near 1, so that no overflow and no denormal number changes the time."""
    noise = torch.randn(2**20, generator=torch.Generator().manual_seed(0))
    for name, values in (*model.named_parameters(), *model.named_buffers()):
        if name.endswith("attn_mask"):
            values.fill_(float("-inf")).triu_(1)
        elif values.ndim < 2:
            values.fill_(1.0 if name.endswith("weight") else 0.0)
        else:
            own = (noise / math.sqrt(values[0].numel())).to(values.device)
            for part in values.view(-1).split(len(own)):
                part.copy_(own[: len(part)])
