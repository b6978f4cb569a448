"""What the codebook buys: a picture as a grid of codes, changed by hand, decoded and measured.

Three measures part here. Spelling (below) asks whether the *patches* are plausible; judge, held-out judge and
realism look at the whole picture. The server uses `check`; only the painter process calls `compute`, which
brings torch.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.errors import PackError, SettingError
from core.base.images import encode_png, to_tensor, to_uint8
from core.lesson import code_palette, real_pictures

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

RESULT_VERSION = 1  # to be raised with every change of what `compute` gives
CHANGES = ("none", "shuffle", "random")
MOST_SEEDS = 1000


def check(request: object, manifest: Mapping) -> dict[str, Any]:
    """A request from anywhere as it is named and computed.

    Args:
        request: {"palette": True}; or {"scene", "change", "seed"}, one of CHANGES; or {"scene", "codes":
            whole numbers row by row}.
        manifest: of the pack.

    Raises:
        SettingError: it is none of these.
    """
    if not isinstance(request, dict):
        raise SettingError(f"The codebook lesson needs a request with a scene, not {type(request).__name__}.")
    if request.get("palette"):
        return {"palette": True}
    scene = real_pictures.check_scene(request.get("scene"))
    if "codes" in request:
        return {"scene": scene, "codes": _checked_codes(request["codes"], *code_grid(manifest))}
    change = request.get("change", "none")
    if change not in CHANGES:
        raise SettingError(
            f"Unknown change {str(change)[:40]!r} of the codes; choose from {', '.join(CHANGES)}."
        )
    seed = real_pictures.check_seed(request.get("seed", 0), MOST_SEEDS)
    return {"scene": scene, "change": change, "seed": 0 if change == "none" else seed}


def code_grid(manifest: Mapping) -> tuple[int, int]:
    """(codes along one side of a picture, codes in the codebook) of a pack.

    Raises:
        PackError: the pack's codebook is too large to take apart.
    """
    config = manifest["models"].get("vqgan", {}).get("config")
    if config is None:  # a published VQGAN, with its thousands of codes described in a file of its own
        raise PackError(
            f"This page takes the codebook of a small pack apart, and model pack {manifest['name']!r} is "
            "not one. Start the app with CTJP_PACK=miniature."
        )
    factor = config.get("unshuffle", 1) * 2 ** (len(config["ddconfig"]["ch_mult"]) - 1)
    return manifest["size"] // factor, config["n_embed"]


def _checked_codes(codes: object, side: int, count: int) -> list[int]:
    known = range(count)
    if (
        not isinstance(codes, list)
        or len(codes) != side * side
        or not all(type(code) is int and code in known for code in codes)
    ):
        raise SettingError(
            f"A picture of this pack is {side} × {side} codes, whole numbers from 0 to {count - 1}; "
            f"send {side * side} of them, row by row."
        )
    return codes


def compute(pack: ModelPack, request: Mapping) -> Generator[float, None, tuple[dict, dict[str, bytes]]]:
    """Do what a checked request asks, in slices: yields how far it is, 0 … 1; returns (data, pictures).

    data of a palette: see core.lesson.code_palette.
    data of a picture: "scene", "prompt", "change", "seed", "side", "count", "codes", and "figures" as in
    `measure_codes`.
    """
    if "palette" in request:
        return (yield from code_palette.compute(pack))
    scene = request["scene"]
    codes = request.get("codes") or _changed_codes(pack, request)
    yield 0.3
    image = decode(pack, codes)
    prompt = real_pictures.PROMPTS[scene]
    data = {
        "scene": scene,
        "prompt": prompt,
        "change": request.get("change", "by hand"),
        "seed": request.get("seed", 0),
        "side": int(len(codes) ** 0.5),
        "count": len(pack.vqgan.codebook),
        "codes": codes,
        "figures": measure_codes(pack, image, prompt),
    }
    return data, {"picture.png": encode_png(image)}


def _changed_codes(pack: ModelPack, request: Mapping) -> list[int]:
    """The codes of a scene after the change that is asked for."""
    codes = codes_of(pack, real_pictures.load_scene(request["scene"], pack.size))
    rng = np.random.default_rng(request["seed"])
    if request["change"] == "shuffle":
        return rng.permutation(codes).tolist()
    if request["change"] == "random":
        return rng.integers(0, len(pack.vqgan.codebook), len(codes)).tolist()
    return codes


def measure_codes(pack: ModelPack, image: np.ndarray, prompt: str) -> dict[str, float]:
    """What is measured of one picture: the measures, the parts of realism, and spelling (grey levels)."""
    from core.execute import measure_picture

    found = measure_picture(image, prompt, pack)
    values = {
        "score": found.score,
        "heldout": found.heldout,
        "realism": found.realism,
        "spelling": spelling_error(pack, image),
        "statistics": found.components["statistics"],
        "manifold": found.components["manifold"],
    }
    return {name: round(value, 4) for name, value in values.items()}


def codes_of(pack: ModelPack, image: np.ndarray) -> list[int]:
    """uint8 H×W×3 → its nearest codes, row by row."""
    import torch

    with torch.no_grad():
        latents = pack.vqgan.encode(to_tensor(image).to(pack.device))
        return pack.vqgan.nearest(latents).flatten().tolist()


def decode(pack: ModelPack, codes: Sequence[int]) -> np.ndarray:
    """Codes, row by row → uint8 H×W×3."""
    import torch

    side = int(len(codes) ** 0.5)
    grid = torch.tensor(codes, device=pack.device).view(1, side, side)
    with torch.no_grad():
        return to_uint8(pack.vqgan.decode(pack.vqgan.lookup(grid)))


def spelling_error(pack: ModelPack, image: np.ndarray) -> float:
    """How badly the codebook spells a picture uint8 H×W×3: RMS difference, in grey levels, to its nearest
    codes.

    Small means that every patch is one that the codebook knows; it says nothing about how the patches go
    together.
    """
    spelt = decode(pack, codes_of(pack, image))
    return float(np.sqrt(np.mean((spelt.astype(float) - image) ** 2)))
