"""Noise on purpose: a real picture on its way into noise, and the denoiser's way back, with and without the judge's nudge.

Forward: x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε (Ho et al. 2020, arXiv 2006.11239, eq. 4), in the latents that this pack's
denoiser works in, decoded. Back: the painter "diffusion" itself, from the same ε. Its first x0 prediction, made from pure
noise alone, is the giant leap; fewer steps are larger leaps. The server uses `check`; only the painter process calls
`compute`, which brings torch.
"""

import numpy as np

from core.errors import SettingError
from core.images import encode_png, encode_webp, to_tensor, to_uint8
from core.lesson import pictures
from core.settings import chosen, painter_settings

CODE = 1  # to be raised with every change of what `compute` gives
STEPS = 25
LEAPS = (1, 2, 5, STEPS)
LANES = {"off": "text", "on": "both"}  # the judge's nudge → mode of the painter
MOST_SEEDS = 100
QUALITY = {"noisy": 60, "clean": 80}  # of WebP; noise is large and nobody looks for details in it


def check(request, manifest):
    """A request from anywhere as it is named and computed: {"scene", "seed"}. Raises SettingError."""
    if not isinstance(request, dict):
        raise SettingError(f"The noise lesson needs a request with a scene, not {type(request).__name__}.")
    scene, seed = pictures.check_scene(request.get("scene")), request.get("seed", 0)
    if type(seed) is not int or not 0 <= seed < MOST_SEEDS:
        raise SettingError(f"The seed of the noise is {str(seed)[:40]!r}; give a whole number from 0 to {MOST_SEEDS - 1}.")
    return {"scene": scene, "seed": seed}


def compute(pack, request):
    """Do what a checked request asks, in slices: yields how far it is, 0 … 1; returns (data, pictures).

    data: "scene", "prompt", "seed", "size"; "steps", "leaps"; "timesteps" and "alpha_bar" of the levels 0 (clean) … STEPS (noise);
    "settings" of the two lanes; and figures (score, heldout, realism): "real", "forward" by level, "off" and "on" by step
    of the way back (its start, the noise, comes first), "leap_figures" → lane → by number of steps.
    pictures: strips of square tiles, in the same order.
    """
    prompt, seed = pictures.PROMPTS[request["scene"]], request["seed"]
    real = pictures.load(request["scene"], pack.size)
    work = _Work(pack, prompt, total=(STEPS + 1) * 3 + 2 * sum(LEAPS[1:-1]))
    levels, forward = yield from _forward(work, real, seed)
    strips = {"forward": forward}
    data = {**request, "prompt": prompt, "size": pack.size, "steps": STEPS, "leaps": list(LEAPS), **levels, "real": work.measure(real)}
    data |= {"settings": {}, "leap_figures": {}}
    for lane, mode in LANES.items():
        settings = painter_settings("diffusion", {"steps": STEPS, "mode": mode})
        data["settings"][lane] = chosen(settings)
        x0, noisy, figures = yield from _back(work, settings, seed)
        data[lane], strips[f"{lane}-x0"], strips[f"{lane}-noisy"] = figures, x0, noisy
        ends, found = [x0[1]], [figures[1]]
        for steps in LEAPS[1:-1]:
            leap, _, measured = yield from _back(work, painter_settings("diffusion", {"steps": steps, "mode": mode}), seed)
            ends.append(leap[-1])
            found.append(measured[-1])
        strips[f"{lane}-leaps"] = [*ends, x0[-1]]
        data["leap_figures"][lane] = [*found, figures[-1]]
    made = {f"{name}.webp": encode_webp(np.concatenate(strip, axis=1), _quality(name)) for name, strip in strips.items()}
    return data, {**made, "real.png": encode_png(real)}


class _Work:
    """What the parts share: the pack, the prompt, a count of what is done."""

    def __init__(self, pack, prompt, total):
        self.pack, self.prompt, self.total, self.done = pack, prompt, total, 0
        self.target = pack.judge.encode(prompt)

    def share(self):
        """One more piece is done; how far it is now."""
        self.done += 1
        return min(1.0, self.done / self.total)

    def measure(self, image):
        """Figures of one picture: score, heldout, realism."""
        from core.runs import measure

        found = measure(image, self.prompt, self.pack)
        return {name: round(getattr(found, name), 4) for name in ("score", "heldout", "realism")}


def _forward(work, real, seed):
    """(levels 0 … STEPS of one picture, its pictures), with the noise from which the way back begins."""
    import torch

    denoiser = work.pack.painter_models("diffusion", painter_settings("diffusion")).denoiser
    timesteps = [-1, *reversed(denoiser.timesteps(STEPS))]  # −1 is the clean end
    noise = torch.randn(1, *denoiser.latent_shape, generator=torch.Generator().manual_seed(seed)).to(work.pack.device)
    with torch.no_grad():
        clean = denoiser.encode(to_tensor(real).to(work.pack.device))
    strip, figures = [], []
    for t in timesteps:
        a = denoiser.alpha_bar(t)
        with torch.no_grad():
            strip.append(to_uint8(denoiser.decode(a**0.5 * clean + (1 - a) ** 0.5 * noise)))
        figures.append(work.measure(strip[-1]))
        yield work.share()
    alpha_bar = [round(denoiser.alpha_bar(t), 6) for t in timesteps]
    return {"timesteps": [max(0, t) for t in timesteps], "alpha_bar": alpha_bar, "forward": figures}, strip


def _back(work, settings, seed):
    """One run of the painter: (x0 predictions, noisy latents decoded, figures of the predictions), the start first."""
    from core.painters import DiffusionPainter

    models = work.pack.painter_models("diffusion", settings)
    x0, noisy, figures = [], [], []
    for frame in DiffusionPainter(models, work.target, settings, seed, extras=1).frames():
        x0.append(frame.image)
        noisy.append(frame.extras.get("noisy", frame.image))
        figures.append(work.measure(frame.image))
        yield work.share()
    return x0, noisy, figures


def _quality(name):
    return QUALITY["noisy" if name == "forward" or name.endswith("noisy") else "clean"]
