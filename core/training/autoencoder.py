"""The VQGAN (Esser et al. 2021, arXiv 2012.09841), trained in two stages.

1. `train_autoencoder`: encoder, codebook and decoder for sharp reconstructions: L1 on pixels and
   on their differences. The codebook follows a moving average of what it is asked to stand for
   (van den Oord et al. 2017, arXiv 1711.00937, appendix A.1), starts from real latents, and codes
   that nobody uses are given new ones.
2. `train_decoder`: the encoder and the codebook stay, so that a denoiser can train on the latents
   meanwhile; the decoder learns texture from a patch discriminator (hinge loss, adaptive weight as
   in eq. 7) and its features (feature matching, Wang et al. 2018, arXiv 1711.11585, eq. 3).

In both stages some latents are decoded without quantisation, so that one decoder serves the codes
of VQGAN+CLIP and the continuous latents of the denoiser. Stage 1 trains on random crops, which is quicker;
stage 2 on whole pictures, since group normalisation measures a crop differently.
"""

import torch
import torch.nn.functional as F
from torch import nn

from core.models.taming import build_vqgan
from core.training.common import Average, Session, crops, generators, mixed_precision, schedule, to_batch
from core.training.data import load_split

CONFIG = {
    "ddconfig": {
        "double_z": False,
        "z_channels": 128,
        "resolution": 32,
        "in_channels": 48,
        "out_ch": 48,
        "ch": 64,
        "ch_mult": [1, 2],
        "num_res_blocks": 1,
        "attn_resolutions": [],
        "dropout": 0.0,
    },
    "n_embed": 2048,
    "embed_dim": 8,
    "unshuffle": 4,
}
CONTINUOUS = 0.3  # share of latents decoded without quantisation
WARMUP = 250  # steps before the codebook takes part


def edges(images):
    """Differences between neighbouring pixels, horizontal and vertical."""
    return images[..., 1:] - images[..., :-1], images[..., 1:, :] - images[..., :-1, :]


def reconstruction_loss(output, images):
    """Mean absolute error of pixels plus that of their differences."""
    pairs = zip(edges(output), edges(images))
    return F.l1_loss(output, images) + sum(F.l1_loss(a, b) for a, b in pairs)


class MovingCodebook(nn.Module):
    """Codes as moving averages of the latents that chose them."""

    def __init__(self, codes, dimension, decay=0.98):
        super().__init__()
        self.decay = decay
        self.register_buffer("counts", torch.ones(codes))
        self.register_buffer("sums", torch.zeros(codes, dimension))

    @staticmethod
    def _draw(flat, count, generator):
        return flat[torch.randint(len(flat), (count,), generator=generator, device=flat.device)]

    @torch.no_grad()
    def start(self, codebook, flat, generator):
        """Fill the codebook with real latents."""
        codebook.copy_(self._draw(flat, len(codebook), generator))
        self.sums.copy_(codebook)
        self.counts.fill_(1.0)

    @torch.no_grad()
    def update(self, codebook, flat, indices, generator):
        """Move every code towards its latents; replace codes with fewer than .05 choices a step."""
        counts = torch.bincount(indices, minlength=len(codebook)).float()
        sums = torch.zeros_like(self.sums).index_add_(0, indices, flat)
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        dead = self.counts < 0.05
        fresh = self._draw(flat, int(dead.sum()), generator)
        self.sums[dead], self.counts[dead] = fresh, 1.0
        codebook.copy_(self.sums / self.counts[:, None])


def mix(z, zq, generator):
    """Per picture: the quantised latents, or sometimes the continuous ones."""
    keep = torch.rand(len(z), 1, 1, 1, generator=generator, device=z.device) < CONTINUOUS
    return torch.where(keep, z, zq)


def train_autoencoder(data, path, steps=4000, batch=32, crop=64, rate=1e-3, seed=2, device="cpu", start=None):
    """Stage 1; resumes from `path`; `start` is a state dict to begin with. Returns (averaged model, session)."""
    torch.manual_seed(seed)
    model = build_vqgan(CONFIG).to(device).train()
    if start is not None:
        model.load_state_dict(start)
    model.quantize.requires_grad_(False)
    average = Average(model, 0.998)
    tracker = MovingCodebook(CONFIG["n_embed"], CONFIG["embed_dim"]).to(device)
    if start is not None:
        tracker.sums.copy_(model.codebook)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate, betas=(0.9, 0.99), weight_decay=1e-4)
    parts = {"model": model, "average": average.model, "tracker": tracker, "optimiser": optimiser}
    session = Session(path, steps, parts)
    pictures, _ = load_split(data, "train")
    session.figures["pictures"] = len(pictures)
    for step in session:
        for group in optimiser.param_groups:
            group["lr"] = rate * schedule(step, steps)
        rng, generator = generators(seed, step, device)
        images = to_batch(crops(pictures, rng, batch, crop), device)
        with mixed_precision(device):
            z = model.encode(images)
        z = z.float()
        flat = z.detach().permute(0, 2, 3, 1).reshape(-1, z.shape[1])
        if step == WARMUP and start is None:
            tracker.start(model.codebook, flat, generator)
        commitment, chosen = torch.zeros(()), z
        if step >= WARMUP:
            zq, indices = model.quantise(z)
            commitment = F.mse_loss(z, zq.detach())
            chosen = mix(z, zq, generator)
        with mixed_precision(device):
            output = model.decode(chosen)
        loss = reconstruction_loss(output.float(), images) + 0.1 * commitment
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step > WARMUP:
            tracker.update(model.codebook, flat, indices.reshape(-1), generator)
        average.update(model, step)
        if step % 10 == 0:
            session.note(loss=loss.item(), mse=F.mse_loss(output.float(), images).item(), commitment=commitment.item())
    return average.model, session


class PatchDiscriminator(nn.Module):
    """Judges overlapping patches (Isola et al. 2017, arXiv 1611.07004); returns (logits, features)."""

    def __init__(self, width=32):
        super().__init__()
        sizes = [(3, width), (width, 2 * width), (2 * width, 4 * width)]
        self.layers = nn.ModuleList(nn.utils.parametrizations.spectral_norm(nn.Conv2d(i, o, 4, 2, 1)) for i, o in sizes)
        self.head = nn.Conv2d(4 * width, 1, 3, 1, 1)

    def forward(self, images):
        x, features = images * 2 - 1, []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.head(x), features


def adaptive_weight(loss, adversarial, last_layer, limit=20.0):
    """λ of eq. 7: how much the adversarial gradient must be scaled to match the other at the last layer."""
    g = torch.autograd.grad(loss, last_layer, retain_graph=True)[0].norm()
    a = torch.autograd.grad(adversarial, last_layer, retain_graph=True)[0].norm()
    return (g / (a + 1e-6)).clamp(0, limit).detach()


def train_decoder(data, start, path, steps=2000, batch=4, crop=128, rate=4e-4, share=0.35, seed=3, device="cpu"):
    """Stage 2 from the averaged weights `start`; resumes from `path`. Returns (averaged model, session)."""
    torch.manual_seed(seed)
    model = build_vqgan(CONFIG).to(device).train()
    model.load_state_dict(start)
    for part in (model.encoder, model.quant_conv, model.quantize):
        part.requires_grad_(False)
    critic = PatchDiscriminator().to(device)
    average = Average(model, 0.998)
    learned = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=rate, betas=(0.5, 0.99), weight_decay=1e-4)
    critics = torch.optim.AdamW(critic.parameters(), lr=rate, betas=(0.5, 0.99), weight_decay=1e-4)
    parts = {"model": model, "average": average.model, "critic": critic, "optimiser": optimiser, "critics": critics}
    session = Session(path, steps, parts)
    pictures, _ = load_split(data, "train")
    last_layer = model.decoder.conv_out.weight
    session.figures["pictures"] = len(pictures)
    for step in session:
        for group in (*optimiser.param_groups, *critics.param_groups):
            group["lr"] = rate * schedule(step, steps)
        rng, generator = generators(seed, step, device)
        images = to_batch(crops(pictures, rng, batch, crop), device)
        with mixed_precision(device):
            with torch.no_grad():
                z = model.encode(images)
                zq, _ = model.quantise(z)
            output = model.decode(mix(z.float(), zq.float(), generator))
            verdict, features = critic(output)
            with torch.no_grad():
                _, wanted = critic(images)
        loss = reconstruction_loss(output.float(), images)
        adversarial = -verdict.float().mean()
        matching = sum(F.l1_loss(a.float(), b.float()) for a, b in zip(features, wanted))
        weight = share * min(step / 200, 1.0) * adaptive_weight(loss, adversarial, last_layer)
        optimiser.zero_grad(set_to_none=True)
        (loss + weight * adversarial + 0.25 * matching).backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        with mixed_precision(device):
            fake, _ = critic(output.detach())
            real, _ = critic(images)
        doubt = F.relu(1 + fake.float()).mean() + F.relu(1 - real.float()).mean()  # hinge
        critics.zero_grad(set_to_none=True)
        doubt.backward()
        critics.step()
        average.update(model, step)
        if step % 10 == 0:
            session.note(loss=loss.item(), matching=matching.item(), doubt=doubt.item(), weight=float(weight))
    return average.model, session
