"""What a setting that is not named meant at each version of the defaults. No torch.

Links leave out what is at its default, so every link says which version of the defaults it was written with;
a link without a number is of version 1. What is stored (runs, sweeps, records in pictures) carries no number:
a setting missing there has its value of version 1.

Version 2 came with the miniature pack's second edition: nothing but the judge knows the prompt.

Version `VERSION` is derived from the settings themselves. Whoever changes a default after that version has
been in use writes its defaults down here, as data, and raises `VERSION`. A setting added later needs an entry
under version 1 as soon as its default is not the value that stands for "as before".
"""

from typing import Any

from core.base.setting import Setting

FIRST = 1
VERSION = 2  # of today's defaults
EARLIER: dict[int, dict[str, dict[str, Any]]] = {
    FIRST: {
        "pixels": {
            "steps": 100,
            "learning_rate": 0.05,
            "canvas": "raw",
            "cutouts": 1,
            "init_noise": 0.01,
            "also_optimise": "nothing",
            "proxy_weight": 0.05,
            "at_once": 0,
            "precision": "auto",
        },
        "vqgan": {
            "steps": 60,
            "learning_rate": 0.1,
            "cutouts": 8,
            "also_optimise": "nothing",
            "proxy_weight": 0.05,
            "at_once": 0,
            "precision": "auto",
        },
        "diffusion": {
            "steps": 50,
            "mode": "both",
            "guidance_strength": 0.15,
            "cfg_scale": 3.0,
            "guide_start": 0.0,
            "guide_stop": 1.0,
            "cutouts": 1,
            "gradient": "detached",
            "sampler": "ddim",
            "repeats": 1,
            "repeat_stop": 1.0,
            "at_once": 0,
            "precision": "auto",
        },
    },
}


def default_at(version: int, painter: str, setting: Setting) -> Any:
    """A setting's default at a version, 1 … VERSION."""
    return EARLIER.get(version, {}).get(painter, {}).get(setting.name, setting.default)
