"""`python -m core train realism`: a pack's reference from renderings, or one of any folder of pictures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.errors import UserError
from core.measures.realism import Realism
from core.measures.reencodings import KINDS
from core.measures.reference_fitting import FEWEST_PICTURES, fit_reference
from core.measures.references import write_reference
from core.packs import open_pack
from core.packs.manifest import MANIFEST, read_manifest
from core.packs.realism_encoder import ENCODER_NAMES, encoder_record
from core.packs.write import replace_model, write_manifest
from core.training.data import OWN, load_split
from core.training.evaluate import percentiles, realism_figures, reference_figures
from core.training.folder import crops, pictures_in, split

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

SHARDS = 4  # of real pictures, 250 each


def rendered_reference(pack: Any, data: Path, seed: int = 0) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Fit the reference of a pack to the rendered pictures in `data`, plain and through each of `KINDS`.

    The pack's own reconstructions are not among them: its autoencoder has to earn its realism.

    Returns:
        (arrays of fit_reference, training record for the manifest).
    """
    own = (Path(data) / OWN).is_dir()
    pictures, _ = load_split(data, OWN if own else "reference", 0, SHARDS)
    calibration, _ = load_split(data, "calibration")
    arrays = fit_reference(pictures, pack.image_features, calibration, seed=seed)
    own_pictures = "the pictures of the pack" if own else "renderings"
    return arrays, _record(pack, own_pictures, len(pictures), len(calibration), seed)


def _record(pack: ModelPack, source: str, pictures: int, calibration: int, seed: int) -> dict[str, Any]:
    """How a reference was made: what the pages list as its contents."""
    encoder = ENCODER_NAMES[encoder_record(pack.manifest)["model"]]
    return {
        "recipe": f"pixel statistics, and features of {encoder}, of {source}; calibrated on others, plain",
        "versions": ["as they are", *KINDS],
        "seed": seed,
        "pictures": pictures,
        "calibration": calibration,
    }


def refit(folder: Path, data: Path, seed: int = 0, tell: Callable[[str], object] = print) -> dict[str, Any]:
    """Fit a pack's reference to rendered pictures again, and measure its figures of real pictures again."""
    pack = open_pack(folder)
    tell("fitting the realism reference")
    arrays, record = rendered_reference(pack, data, seed)
    return _into_pack(folder, arrays, record, load_split(data, "test"), tell)


def _into_pack(
    folder: Path,
    arrays: dict[str, np.ndarray],
    record: dict[str, Any],
    test: Any,
    tell: Callable[[str], object],
) -> dict[str, Any]:
    encoder = encoder_record(read_manifest(folder))
    replace_model(folder, "realism", arrays, {"training": record, "encoder": encoder})
    manifest = read_manifest(folder)
    pictures, scenes = test
    if scenes is None:  # pictures without captions: what the judges make of them cannot be measured
        opened = open_pack(folder)
        if manifest["reference"] is not None:  # without the judges' figures there is no band to put it beside
            scores = [opened.realism.score(picture).realism for picture in pictures]
            manifest["reference"]["realism"] = realism_figures(opened, scores)
    else:
        manifest["reference"] = reference_figures(open_pack(folder), pictures, scenes)
    write_manifest(folder, manifest)
    tell(f"reference: {manifest['reference']}")
    return manifest


def from_folder(
    images: Path,
    pack: str | Path,
    out: Path,
    size: int | None = None,
    each: int = 4,
    seed: int = 0,
    tell: Callable[[str], object] = print,
) -> Any:
    """Fit a reference to the pictures of a folder; its statistics are written, never the pictures.

    Returns the pack's manifest, or the recipe of a reference of its own. Raises UserError.

    Args:
        images: folder of pictures, see `core.training.folder`; smaller ones than `size` are left out.
        pack: name or folder of the pack whose encoder K looks through.
        out: a pack's folder, whose reference is replaced; or another, for a reference that stands alone.
        size: side in px; the pack's own by default.
        each: crops of every picture.
        seed: of the split, the crops and the re-encodings.
    """
    out = Path(out).expanduser()
    own = (out / MANIFEST).is_file()
    opened = open_pack(out if own else pack)
    size = _size(size, opened, own)
    parts = _parts(images, size, seed)
    counts = {part: len(paths) for part, paths in parts.items()}
    tell(f"fitting a {size} px reference: {counts}, {each} crops each")
    cut = {part: partial(crops, paths, size, each, seed) for part, paths in parts.items()}
    fit = partial(fit_reference, per=each, seed=seed)
    arrays = fit(cut["reference"](), opened.image_features, cut["calibration"]())
    crop = f"square crops (.7-1 of the shorter side, reduced to {size} px) of pictures"
    record = _record(opened, crop, counts["reference"], counts["calibration"], seed) | {"crops": each}
    unseen = list(cut["test"]())
    if own:
        return _into_pack(out, arrays, record, (unseen, None), tell)
    return _alone(out, arrays, opened, {"size": size, **record}, (unseen, parts["test"]), tell)


def _alone(
    out: Path,
    arrays: dict[str, np.ndarray],
    pack: ModelPack,
    record: dict[str, Any],
    test: tuple[list[np.ndarray], list[Path]],
    tell: Callable[[str], object],
) -> dict[str, Any]:
    """Write a reference of its own; returns its recipe.

    Args:
        test: (crops that no part of the fit saw, paths of the pictures they are from).
    """
    pictures, paths = test
    realism = Realism(arrays, pack.image_features)
    figures = _figures([realism.score(picture).realism for picture in pictures])
    options = "--size {size} --crops {crops} --seed {seed}".format(**record)
    command = f"python -m core train realism --images DIR {options} --pack {pack.name} --out FOLDER"
    about = {"size": record["size"], "command": command, **record, "encoder": _encoder(pack)}
    about |= {"test": [path.name for path in paths], "figures": figures}
    recipe = write_reference(out, arrays, about)
    tell(f"{out}: {recipe['bytes'] / 1e3:.0f} kB, unseen pictures {recipe['figures']}")
    return recipe


def _size(size: int | None, pack: ModelPack, own: bool) -> int:
    """Side of the pictures in px. Raises UserError if it is the pack's own reference and does not fit."""
    if size is None:
        return pack.size
    if own and size != pack.size:
        paints = f"pack {pack.name!r} paints {pack.size} px"
        raise UserError(f"--size is {size}, but {paints}. Leave --size out, or give another --out.")
    return size


def _parts(images: Path, size: int, seed: int) -> dict[str, list[Path]]:
    """Part → paths. Raises UserError if a part has too few pictures to be measured."""
    parts = split(pictures_in(images, size), seed)
    counts = {part: len(paths) for part, paths in parts.items()}
    if min(counts.values()) >= FEWEST_PICTURES:
        return parts
    about = 4 * FEWEST_PICTURES + 20
    raise UserError(
        f"{images} holds {sum(counts.values())} pictures of at least {size}×{size} px, split {counts}; "
        f"each part needs {FEWEST_PICTURES}, so about {about} in all, and 1,000 or more are better. "
        "Add pictures, or lower --size."
    )


def _figures(scores: list[float]) -> dict[str, float]:
    """What realism makes of pictures it has not seen."""
    half = float(np.mean(np.array(scores) >= 0.5))
    return {**percentiles(scores), "pictures": len(scores), "share_half": half}


def _encoder(pack: ModelPack) -> dict[str, str]:
    """What K looks through."""
    encoder = encoder_record(pack.manifest)
    seen_as = f"{ENCODER_NAMES[encoder['model']]} of pack {pack.name} does, at {pack.encoder.size} px"
    return {"pack": pack.name, **encoder, "note": f"K sees the picture as {seen_as}"}
