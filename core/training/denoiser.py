"""The denoiser: diffusers' UNet on the autoencoder's latents, and the text encoder it reads; both learn together.

v-prediction (Salimans and Ho 2022, arXiv 2202.00512) on the cosine schedule (Nichol and Dhariwal
2021, arXiv 2102.09672), loss weighted by min-SNR-5 (Hang et al. 2023, arXiv 2303.09556). The
condition is dropped in 18 % of the pictures (Ho and Salimans 2022, arXiv 2207.12598), so that the
same network samples without text, with text, and by classifier-free guidance.

The caption reaches the UNet twice: through cross-attention, and pooled by attention into the time embedding
(diffusers' `addition_embed_type="text"`, after Saharia et al. 2022, arXiv 2205.11487, section 2.3): the second
path is short, so that what holds for the whole picture (colour, ground, time of day) is learned early.
"""

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor
from torch import nn
from tqdm import tqdm

from core.models.clip import build_text_encoder
from core.models.diffusion import build_unet
from core.training.common import Average, Session, generators, mixed_precision, schedule, to_batch
from core.training.data import load_split
from core.training.judges import config, tokenizer
from core.training.texts import caption, paraphrase

CONFIG = {
    "sample_size": 16,
    "in_channels": 8,
    "out_channels": 8,
    "block_out_channels": [96, 128, 192],
    "layers_per_block": 1,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "cross_attention_dim": 128,
    "attention_head_dim": 4,  # diffusers reads this as the number of heads
    "norm_num_groups": 32,
    # the caption, pooled by attention, joins the time embedding that scales and shifts every residual block
    "resnet_time_scale_shift": "scale_shift",
    "addition_embed_type": "text",
    "addition_embed_type_num_heads": 8,
}
SCHEDULER = {
    "num_train_timesteps": 1000,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": True,
    "timestep_spacing": "trailing",
}
DROPPED = 0.18
GAMMA = 5.0


@torch.no_grad()
def cache_latents(vqgan, data, path, device="cpu", batch=64):
    """Continuous latents of every training picture and its mirror image, computed once.

    Returns:
        float16 tensor n×2×C×h×w in the order of the split (picture, mirror), kept at `path`.
    """
    pictures, _ = load_split(data, "train")
    if path.exists():
        latents = torch.load(path, weights_only=True)
        if len(latents) == len(pictures):
            return latents
    parts = []
    for i in tqdm(range(0, len(pictures), batch), desc="latents", mininterval=5):
        images = to_batch(pictures[i : i + batch], device)
        with mixed_precision(device):
            parts.append(torch.stack([vqgan.encode(images), vqgan.encode(images.flip(-1))], 1).half().cpu())
    latents = torch.cat(parts)
    torch.save(latents, path)
    return latents


def latent_statistics(latents):
    """Mean and standard deviation per channel of n×2×C×h×w cached latents: what the UNet's input is scaled by."""
    sample = latents[:2000].float()
    return sample.mean((0, 1, 3, 4)), sample.std((0, 1, 3, 4))


def weight(alpha_bar):
    """min-SNR-γ for v-prediction: min(SNR, γ) / (SNR + 1)."""
    snr = alpha_bar / (1 - alpha_bar).clamp_min(1e-8)
    return snr.clamp_max(GAMMA) / (snr + 1)


def build_denoiser(pooled=True, scenes=()):
    """UNet and text encoder with fresh weights, as one module with these two parts; `pooled` as in CONFIG, or left out."""
    unet = build_unet(CONFIG if pooled else {**CONFIG, "addition_embed_type": None})
    return nn.ModuleDict({"unet": unet, "text": build_text_encoder(config("judge", scenes))})


def begin_with(unet, state):
    """Copy into `unet` every weight of `state` whose name and shape agree; the others keep their fresh values."""
    own = unet.state_dict()
    unet.load_state_dict(
        {name: value if value.shape == own[name].shape else own[name] for name, value in state.items() if name in own}, strict=False
    )


def train_denoiser(latents, scenes, path, steps=4000, batch=32, rate=6e-4, seed=4, device="cpu", start=None, without=""):
    """Train UNet and text encoder; resumes from `path`.

    Args:
        latents: n×2×C×h×w of `cache_latents`; scenes: n.
        start: state dict of a UNet to begin with instead of fresh weights.
        without: leaves one choice out, to measure what it is worth: "pooled-caption", "min-snr" or "start".

    Returns:
        (averaged module {"unet", "text"}, session, latent mean per channel, latent std per channel).
    """
    from diffusers import DDIMScheduler

    torch.manual_seed(seed)
    model = build_denoiser(without != "pooled-caption", scenes).to(device).train()
    if start is not None and without != "start":
        begin_with(model["unet"], start)
    if device == "cpu":  # torch's fused attention trains slower than plain products on 64 positions here
        model["unet"].set_attn_processor(AttnProcessor())
    average = Average(model, 0.998)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=1e-2, fused=True)
    session = Session(path, steps, {"model": model, "average": average.model, "optimiser": optimiser})
    mean, std = latent_statistics(latents)
    alpha_bars = DDIMScheduler.from_config(SCHEDULER).alphas_cumprod.to(device)
    tokens = tokenizer(scenes)
    session.figures["pictures"] = len(latents)
    for step in session:
        for group in optimiser.param_groups:
            group["lr"] = rate * schedule(step, steps)
        rng, generator = generators(seed, step, device)
        chosen = rng.integers(0, len(latents), batch)
        x0 = latents[chosen, rng.integers(0, 2, batch)].float()
        x0 = ((x0 - mean[:, None, None]) / std[:, None, None]).to(device)
        texts = [caption(scenes[i]) if rng.random() < 0.3 else paraphrase(scenes[i], rng)[0] for i in chosen]
        texts = ["" if rng.random() < DROPPED else text for text in texts]
        # one timestep per stratum of the schedule: less variance than independent draws
        t = ((np.arange(batch) + rng.random(batch)) / batch * len(alpha_bars)).astype(np.int64)
        t = torch.from_numpy(t).to(device)
        a = alpha_bars[t].view(-1, 1, 1, 1)
        eps = torch.randn(x0.shape, generator=generator, device=device)
        x = a.sqrt() * x0 + (1 - a).sqrt() * eps
        v = a.sqrt() * eps - (1 - a).sqrt() * x0
        with mixed_precision(device):
            context = model["text"](tokens(texts).to(device))
            predicted = model["unet"](x, t, encoder_hidden_states=context).sample
        error = (predicted.float() - v).square().mean((1, 2, 3))
        loss = (error if without == "min-snr" else weight(alpha_bars[t]) * error).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update(model, step)
        if step % 5 == 0:
            session.note(loss=loss.item(), error=error.mean().item())
    return average.model, session, mean, std
