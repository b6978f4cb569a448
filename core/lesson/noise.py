"""Noise on purpose: a real picture on its way into noise, and the denoiser's way back, with the judge's nudge
and without.

Forward: x_t = √ᾱ_t x_0 + √(1 − ᾱ_t) ε (Ho et al. 2020, arXiv 2006.11239, eq. 4), in the latents that this
pack's denoiser works in, decoded. Back: the painter "diffusion" itself, from the same ε. Its first x0
prediction, made from pure noise alone, is the giant leap; fewer steps are larger leaps. The server uses
`check`; only the painter process calls `compute`, which brings torch.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.errors import SettingError
from core.base.images import encode_png, encode_webp, to_tensor, to_uint8
from core.base.measure_names import MEASURES
from core.base.settings import PainterSettings, painter_settings, stored_settings
from core.lesson import real_pictures

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

RESULT_VERSION = 2  # to be raised with every change of what `compute` gives
STEPS = 25
LEAPS = (1, 2, 5, STEPS)
NUDGE_MODES = {"off": "text", "on": "both"}  # the judge's nudge → mode of the painter
NUDGE = {"guidance_strength": 0.1, "cutouts": 1, "repeats": 1, "repeat_stop": 1.0}  # one nudge to a step
MOST_SEEDS = 100
NOISY_QUALITY = 60  # of WebP; noise is large, and nobody looks for details in it
CLEAN_QUALITY = 80
Strip = list[np.ndarray]  # pictures uint8 H×W×3
Values = dict[str, float]  # measure → value


def check(request: object, manifest: Mapping) -> dict[str, Any]:
    """A request from anywhere as it is named and computed: {"scene", "seed"}. Raises SettingError."""
    if not isinstance(request, dict):
        raise SettingError(f"The noise lesson needs a request with a scene, not {type(request).__name__}.")
    scene = real_pictures.check_scene(request.get("scene"))
    return {"scene": scene, "seed": real_pictures.check_seed(request.get("seed", 0), MOST_SEEDS)}


def compute(pack: ModelPack, request: Mapping) -> Generator[float, None, tuple[dict, dict[str, bytes]]]:
    """Do what a checked request asks, in slices: yields how far it is, 0 … 1; returns (data, pictures).

    data: "scene", "prompt", "seed", "size"; "steps", "leaps"; "timesteps" and "alpha_bar" of the levels 0
    (clean) … STEPS (noise); "settings" of the two lanes; and measures (score, heldout, realism): "real",
    "forward" by level, "off" and "on" by step of the way back (its start, the noise, comes first),
    "leap_figures" → lane → by number of steps.
    pictures: strips of square tiles, in the same order.
    """
    prompt = real_pictures.PROMPTS[request["scene"]]
    real = real_pictures.load_scene(request["scene"], pack.size)
    lesson = _NoiseLesson(pack, prompt, request["seed"])
    levels, forward = yield from lesson.forward(real)
    data = {**request, "prompt": prompt, "size": pack.size, "steps": STEPS, "leaps": list(LEAPS), **levels}
    data |= {"real": lesson.measure(real), "settings": {}, "leap_figures": {}}
    strips = {"forward": forward}
    for lane, mode in NUDGE_MODES.items():
        data["settings"][lane] = stored_settings(_settings(STEPS, mode))
        x0, noisy, values = yield from lesson.back(STEPS, mode)
        leaps, leap_values = yield from lesson.leaps(mode)
        data[lane] = values
        data["leap_figures"][lane] = [values[1], *leap_values, values[-1]]
        strips |= {f"{lane}-x0": x0, f"{lane}-noisy": noisy, f"{lane}-leaps": [x0[1], *leaps, x0[-1]]}
    pictures = {f"{name}.webp": _encoded(name, strip) for name, strip in strips.items()}
    return data, {**pictures, "real.png": encode_png(real)}


def _settings(steps: int, mode: str) -> PainterSettings:
    return painter_settings("diffusion", {"steps": steps, "mode": mode, **NUDGE})


def _encoded(name: str, strip: Strip) -> bytes:
    quality = NOISY_QUALITY if name == "forward" or name.endswith("noisy") else CLEAN_QUALITY
    return encode_webp(np.concatenate(strip, axis=1), quality)


class _NoiseLesson:
    """What the parts share: the pack, the prompt, the seed, and a count of what is done."""

    def __init__(self, pack: ModelPack, prompt: str, seed: int) -> None:
        self.pack = pack
        self.prompt = prompt
        self.seed = seed
        self.target = pack.judge.encode(prompt)
        self.total = (STEPS + 1) * 3 + 2 * sum(LEAPS[1:-1])  # pieces
        self.done = 0

    def share(self) -> float:
        """One more piece is done; how far it is now, 0 … 1."""
        self.done += 1
        return min(1.0, self.done / self.total)

    def measure(self, image: np.ndarray) -> Values:
        """The measures of one picture."""
        from core.execute import measure_picture

        found = measure_picture(image, self.prompt, self.pack)
        return {name: round(getattr(found, name), 4) for name in MEASURES}

    def forward(self, real: np.ndarray) -> Generator[float, None, tuple[dict, Strip]]:
        """(levels 0 … STEPS of one picture, its pictures), with the noise from which the way back begins."""
        import torch

        denoiser = self.pack.painter_models("diffusion", painter_settings("diffusion")).denoiser
        assert denoiser is not None, "the pack hands this painter a denoiser"
        generator = torch.Generator().manual_seed(self.seed)
        noise = torch.randn(1, *denoiser.latent_shape, generator=generator).to(self.pack.device)
        with torch.no_grad():
            clean = denoiser.encode(to_tensor(real).to(self.pack.device))
        timesteps = [-1, *reversed(denoiser.timesteps(STEPS))]  # −1 is the clean end
        strip: Strip = []
        values = []
        for t in timesteps:
            a = denoiser.alpha_bar(t)
            with torch.no_grad():
                strip.append(to_uint8(denoiser.decode(a**0.5 * clean + (1 - a) ** 0.5 * noise)))
            values.append(self.measure(strip[-1]))
            yield self.share()
        levels = {
            "timesteps": [max(0, t) for t in timesteps],
            "alpha_bar": [round(denoiser.alpha_bar(t), 6) for t in timesteps],
            "forward": values,
        }
        return levels, strip

    def back(self, steps: int, mode: str) -> Generator[float, None, tuple[Strip, Strip, list[Values]]]:
        """One run of the painter, start first: (x0 predictions, noisy latents decoded, measures)."""
        from core.painters.diffusion import DiffusionPainter

        settings = _settings(steps, mode)
        models = self.pack.painter_models("diffusion", settings)
        x0: Strip = []
        noisy: Strip = []
        values = []
        for frame in DiffusionPainter(models, self.target, settings, self.seed, extras=1).frames():
            x0.append(frame.image)
            noisy.append(frame.extras.get("noisy", frame.image))
            values.append(self.measure(frame.image))
            yield self.share()
        return x0, noisy, values

    def leaps(self, mode: str) -> Generator[float, None, tuple[Strip, list[Values]]]:
        """The last pictures of the leaps between one step and the whole way, and their measures."""
        pictures: Strip = []
        measured = []
        for steps in LEAPS[1:-1]:
            x0, _, values = yield from self.back(steps, mode)
            pictures.append(x0[-1])
            measured.append(values[-1])
        return pictures, measured
