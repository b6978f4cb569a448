"""What the codebook buys: a picture as a grid of codes, changed by hand, decoded and measured.

Three figures part here. Spelling (below) asks whether the *patches* are plausible; judge, held-out judge and realism
look at the whole picture. The server uses `check`; only the painter process calls `compute`, which brings torch.
"""

import numpy as np

from core.errors import PackError, SettingError
from core.images import encode_png, encode_webp, to_tensor, to_uint8
from core.lesson import pictures

CODE = 1  # to be raised with every change of what `compute` gives
CHANGES = ("none", "shuffle", "random")
MOST_SEEDS = 1000
FIELD = 4  # a code of the palette is decoded in a field of so many by so many of itself
COLUMNS = 64  # of the palette
AT_ONCE = 128  # fields that are decoded together


def check(request, manifest):
    """A request from anywhere as it is named and computed.

    Args:
        request: {"palette": True}; or {"scene", "change", "seed"}, one of CHANGES; or {"scene", "codes": whole numbers
            row by row}. manifest: of the pack.

    Raises:
        SettingError: it is none of these.
    """
    if not isinstance(request, dict):
        raise SettingError(f"The codebook lesson needs a request with a scene, not {type(request).__name__}.")
    if request.get("palette"):
        return {"palette": True}
    scene = pictures.check_scene(request.get("scene"))
    if "codes" in request:
        return {"scene": scene, "codes": _checked_codes(request["codes"], *grid(manifest))}
    change, seed = request.get("change", "none"), request.get("seed", 0)
    if change not in CHANGES:
        raise SettingError(f"Unknown change {str(change)[:40]!r} of the codes; choose from {', '.join(CHANGES)}.")
    if type(seed) is not int or not 0 <= seed < MOST_SEEDS:
        raise SettingError(f"The seed of a change is {str(seed)[:40]!r}; give a whole number from 0 to {MOST_SEEDS - 1}.")
    return {"scene": scene, "change": change, "seed": 0 if change == "none" else seed}


def grid(manifest):
    """(codes along one side of a picture, codes in the codebook) of a pack. Raises PackError: its codebook is too large to hand around."""
    config = manifest["models"].get("vqgan", {}).get("config")
    if config is None:  # a published VQGAN, with its thousands of codes described in a file of its own
        raise PackError(
            f"This page takes the codebook of a small pack apart, and model pack {manifest['name']!r} is none. "
            "Start the app with CTJP_PACK=miniature."
        )
    factor = config.get("unshuffle", 1) * 2 ** (len(config["ddconfig"]["ch_mult"]) - 1)
    return manifest["size"] // factor, config["n_embed"]


def _checked_codes(codes, side, count):
    fits = isinstance(codes, list) and len(codes) == side * side
    if not fits or not all(type(code) is int and 0 <= code < count for code in codes):
        raise SettingError(f"A picture of this pack is {side} × {side} codes, whole numbers from 0 to {count - 1}; send as many.")
    return codes


def compute(pack, request):
    """Do what a checked request asks, in slices: yields how far it is, 0 … 1; returns (data, pictures).

    data of a palette: "order" (codes, row by row), "columns", "patch" (pixels), "count".
    data of a picture: "scene", "prompt", "change", "side", "count", "codes", and "figures" as in `figures`.
    """
    if "palette" in request:
        return (yield from _palette(pack))
    scene = request["scene"]
    codes = request.get("codes") or _changed(codes_of(pack, pictures.load(scene, pack.size)), request, len(pack.vqgan.codebook))
    yield 0.3
    image = decode(pack, codes)
    data = {
        "scene": scene,
        "prompt": pictures.PROMPTS[scene],
        "change": request.get("change", "by hand"),
        "seed": request.get("seed", 0),
        "side": int(len(codes) ** 0.5),
        "count": len(pack.vqgan.codebook),
        "codes": codes,
        "figures": figures(pack, image, pictures.PROMPTS[scene]),
    }
    return data, {"picture.png": encode_png(image)}


def _changed(codes, request, count):
    rng = np.random.default_rng(request["seed"])
    changed = {
        "none": lambda: np.array(codes),
        "shuffle": lambda: rng.permutation(codes),
        "random": lambda: rng.integers(0, count, len(codes)),
    }
    return changed[request["change"]]().tolist()


def figures(pack, image, prompt):
    """What is measured of one picture: score, heldout, realism, statistics, manifold, spelling (grey levels)."""
    from core.runs import measure

    found = measure(image, prompt, pack)
    values = {"score": found.score, "heldout": found.heldout, "realism": found.realism, "spelling": spelling(pack, image)}
    values |= {name: found.components[name] for name in ("statistics", "manifold")}
    return {name: round(value, 4) for name, value in values.items()}


def codes_of(pack, image):
    """uint8 H×W×3 → its nearest codes, row by row: list of int."""
    import torch

    with torch.no_grad():
        return pack.vqgan.nearest(pack.vqgan.encode(to_tensor(image).to(pack.device))).flatten().tolist()


def decode(pack, codes):
    """Codes, row by row → uint8 H×W×3."""
    import torch

    side = int(len(codes) ** 0.5)
    with torch.no_grad():
        return to_uint8(pack.vqgan.decode(pack.vqgan.lookup(torch.tensor(codes, device=pack.device).view(1, side, side))))


def spelling(pack, image):
    """How badly the codebook can spell a picture: RMS difference, in grey levels, between it and its nearest codes decoded.

    Small means that every patch is one that the codebook knows; it says nothing of how the patches go together.
    """
    again = decode(pack, codes_of(pack, image))
    return float(np.sqrt(np.mean((again.astype(float) - image) ** 2)))


def _palette(pack):
    """Every code decoded in a field of itself, sorted: lightness from left to right, hue from top to bottom."""
    import torch

    vqgan, count = pack.vqgan, len(pack.vqgan.codebook)
    patch, middle = vqgan.factor, vqgan.factor * (FIELD // 2) - vqgan.factor // 2
    patches = []
    for start in range(0, count, AT_ONCE):
        field = torch.arange(start, min(start + AT_ONCE, count), device=pack.device).view(-1, 1, 1).expand(-1, FIELD, FIELD)
        with torch.no_grad():
            decoded = vqgan.decode(vqgan.lookup(field))[:, :, middle : middle + patch, middle : middle + patch]
        patches.append(decoded.mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy())
        yield min(0.95, (start + AT_ONCE) / count)
    patches = np.concatenate(patches)  # count, patch, patch, 3
    columns = min(COLUMNS, int(np.ceil((2 * count) ** 0.5)))  # twice as wide as high
    order = _sorted(patches.mean((1, 2)), columns)
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, patch, patch, 3), np.uint8)
    sheet[:count] = patches[order]
    sheet = sheet.reshape(rows, columns, patch, patch, 3).transpose(0, 2, 1, 3, 4).reshape(rows * patch, columns * patch, 3)
    data = {"order": order.tolist(), "columns": columns, "patch": patch, "count": count}
    return data, {"palette.webp": encode_webp(sheet, 90)}


def _sorted(colours, columns):
    """Codes row by row in a grid of `columns`, from n×3 mean colours: first principal component across, second down."""
    centred = colours - colours.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    across, down = (centred @ axes[:2].T).T
    order = np.argsort(-across if axes[0].sum() > 0 else across, kind="stable")
    rows = -(-len(order) // columns)
    grid = np.full((rows, columns), -1)
    for column, codes in enumerate(np.array_split(order, columns)):
        grid[: len(codes), column] = codes[np.argsort(down[codes], kind="stable")]
    return grid[grid >= 0]
