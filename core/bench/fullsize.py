"""Full-size models without files: the published architectures with random weights, for measuring time and memory.

What a step costs depends on the shapes, not on what the weights have learned. ViT-B-32 as open_clip names it; the VQGAN of
vqgan_imagenet_f16_16384 (taming's model.yaml); the UNet, KL autoencoder and text width of Stable Diffusion 1; TAESD.
"""

import math
from functools import cached_property

import torch

from core.judge import Judge
from core.models import latents
from core.models.clip import build_clip
from core.models.clip_text import FullTokenizer
from core.models.diffusion import Denoiser, build_unet
from core.models.lean import lean_models, numbers
from core.models.painter_models import PainterModels
from core.models.taming import build_vqgan

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
TOKENS, WIDTH = 77, 768  # what Stable Diffusion 1 reads of a prompt
PROMPT = "a photograph of a red fox in snow"


class FullSize:
    """What a full-size pack hands to the painters and to whoever measures them. Models are made when first asked for.

    Args:
        size: side of the pictures.
        device: torch device name.
    """

    name = "random full-size models"

    def __init__(self, size=256, device="cpu"):
        self.size, self.device, self._lean = size, device, {}

    @cached_property
    def judge(self):
        from open_clip import get_model_config
        from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

        config = get_model_config(ARCHITECTURE)
        preprocessing = {"size": config["vision_cfg"]["image_size"], "mean": OPENAI_DATASET_MEAN, "std": OPENAI_DATASET_STD}
        return Judge(self._fresh(lambda: build_clip(config)), preprocessing, FullTokenizer(TOKENS))

    @cached_property
    def heldout(self):
        """Another judge of the same size: its own copy of the weights, since it is never the painters'."""
        return FullSize.judge.func(self)

    @cached_property
    def realism(self):
        """What measures a full-size pack that brings no reference: photographs, through the miniature's held-out judge."""
        from core.packs import open_pack
        from core.packs.photographs import PhotographRealism

        return PhotographRealism(open_pack("miniature"))

    @cached_property
    def vqgan(self):
        return self._fresh(lambda: build_vqgan(VQGAN))

    @cached_property
    def unet(self):
        return self._fresh(lambda: build_unet(UNET))

    @cached_property
    def kl(self):
        from diffusers import AutoencoderKL

        return self._fresh(lambda: AutoencoderKL(**KL))

    @cached_property
    def tiny(self):
        from diffusers import AutoencoderTiny

        return self._fresh(AutoencoderTiny)

    @cached_property
    def denoiser(self):
        generator = torch.Generator().manual_seed(0)
        text, empty = (torch.randn(1, TOKENS, WIDTH, generator=generator).to(self.device) for _ in range(2))
        return Denoiser(
            self.unet,
            SCHEDULE,
            lambda prompt: text,
            lambda: empty,
            latents.of_kl(self.kl).decode,
            (4, self.size // 8, self.size // 8),
            [0.0] * 4,
            [1.0] * 4,
            preview=latents.of_tiny(self.tiny).decode,
        )

    def painter_models(self, painter, settings=None):
        """As `core.packs.ModelPack.painter_models` of a full-size pack."""
        models = PainterModels(
            judge=self.judge,
            size=self.size,
            vqgan=self.vqgan if painter == "vqgan" else None,
            denoiser=self.denoiser if painter == "diffusion" else None,
            device=self.device,
        )
        return lean_models(models, numbers(getattr(settings, "precision", "auto"), True, self.device), self._lean)

    def _fresh(self, build):
        with torch.device("meta"):  # without the slow initialisation that would be thrown away
            model = build()
        model = model.to_empty(device=self.device)
        _fill(model)
        return model.eval().requires_grad_(False)


@torch.no_grad()
def _fill(model):
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
