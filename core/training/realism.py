"""`python -m core train realism`: the reference of a pack from rendered pictures, or one of any folder of pictures."""

from functools import partial
from pathlib import Path

import numpy as np

from core.errors import UserError
from core.packs import open_pack
from core.packs.manifest import MANIFEST, read_manifest, weights_hash
from core.packs.write import replace_model, write_manifest
from core.realism import FEWEST, Realism, fit_reference
from core.reencode import KINDS
from core.references import write_reference
from core.training.data import load_split
from core.training.evaluate import percentiles, reconstruct, reference_figures
from core.training.folder import crops, pictures_in, split

SHARDS = 4  # of rendered training pictures, 250 each
VERSIONS = "plain, with blur .2-1.5 px, twice with JPEG 30-95, with resize .4-.9, with noise .002-.03"


def rendered_reference(pack, data, seed=0):
    """Fit the reference of a pack to the rendered pictures in `data`.

    Returns:
        (arrays of fit_reference, training record for the manifest).
    """
    train, _ = load_split(data, "train", 0, SHARDS)
    calibration, _ = load_split(data, "calibration")
    arrays = fit_reference(train, pack.image_features, calibration, kinds=_kinds(pack), seed=seed)
    recipe = f"statistics and held-out features of training pictures, {VERSIONS}, and through the codebook; calibrated on others, plain"
    return arrays, {"recipe": recipe, "seed": seed, "pictures": len(train), "calibration": len(calibration)}


def refit(folder, data, seed=0, tell=print):
    """Fit a pack's reference to rendered pictures again, and measure its figures of real pictures again."""
    pack = open_pack(folder)
    tell("fitting the realism reference")
    arrays, record = rendered_reference(pack, data, seed)
    return _into_pack(folder, arrays, record, load_split(data, "test"), tell)


def _into_pack(folder, arrays, record, test, tell):
    replace_model(folder, "realism", arrays, {"training": record})
    manifest = read_manifest(folder)
    pictures, scenes = test
    if scenes is None:  # pictures without captions: what the judges make of them cannot be measured
        realism = open_pack(folder).realism
        if manifest["reference"] is not None:  # without the judges' figures there is no band to put it beside
            manifest["reference"]["realism"] = percentiles([realism.score(picture).realism for picture in pictures])
    else:
        manifest["reference"] = reference_figures(open_pack(folder), pictures, scenes)
    write_manifest(folder, manifest)
    tell(f"reference: {manifest['reference']}")
    return manifest


def from_folder(images, pack, out, size=None, each=4, seed=0, tell=print):
    """Fit a reference to the pictures of a folder, and write its statistics, never the pictures.

    Args:
        images: folder of pictures; one half by name becomes the reference, a quarter calibrates it, a
            quarter tests it. Smaller pictures than `size` are left out.
        pack: name or folder of the pack whose held-out judge encodes for K.
        out: a pack's folder, whose reference is replaced; or another, for a reference that stands alone.
        size: side in px; the pack's own by default.
        each: crops of every picture.
        seed: of the split, the crops and the re-encodings.

    Returns:
        The pack's manifest, or the reference's recipe.

    Raises:
        UserError: too few pictures, or a size that the pack cannot take.
    """
    out = Path(out).expanduser()
    own = (out / MANIFEST).is_file()
    pack = open_pack(out if own else pack)
    size = size or pack.size
    if own and size != pack.size:
        raise UserError(f"--size is {size}, but pack {pack.name!r} paints {pack.size} px. Leave --size out, or give another --out.")
    parts = split(pictures_in(images, size), seed)
    counts = {part: len(paths) for part, paths in parts.items()}
    if min(counts.values()) < FEWEST:
        raise UserError(
            f"{images} holds {sum(counts.values())} pictures of at least {size}×{size} px, split {counts}; "
            f"each part needs {FEWEST}, so about {4 * FEWEST + 20} in all, and 1,000 or more are better. Add pictures, or lower --size."
        )
    tell(f"fitting a {size} px reference: {counts}, {each} crops each")
    cut = {part: partial(crops, paths, size, each, seed) for part, paths in parts.items()}
    # Only a pack's own autoencoder has learnt pictures like these; another's reconstructions would not be harmless.
    kinds = _kinds(pack) if own else KINDS
    arrays = fit_reference(cut["reference"](), pack.image_features, cut["calibration"](), kinds=kinds, per=each, seed=seed)
    also = ", and through the codebook" if own else ""
    record = {
        "recipe": f"square crops (.7-1 of the shorter side, reduced to {size} px), {VERSIONS}{also}; calibrated on others, plain",
        "seed": seed,
        "crops": each,
        "pictures": counts["reference"],
        "calibration": counts["calibration"],
    }
    if own:
        return _into_pack(out, arrays, record, (list(cut["test"]()), None), tell)
    realism = Realism(arrays, pack.image_features)
    scores = [realism.score(picture).realism for picture in cut["test"]()]
    recipe = {
        "size": size,
        "command": f"python -m core train realism --images DIR --size {size} --crops {each} --seed {seed} --pack {pack.name} --out FOLDER",
        **record,
        "test": [path.name for path in parts["test"]],
        "encoder": {
            "pack": pack.name,
            "sha256": weights_hash(pack.manifest["models"]["heldout"]),
            "note": f"K sees the picture as the held-out judge of pack {pack.name} does, at {pack.heldout.size} px",
        },
        "figures": {**percentiles(scores), "pictures": len(scores), "share_half": float(np.mean(np.array(scores) >= 0.5))},
    }
    recipe = write_reference(out, arrays, recipe)
    tell(f"{out}: {recipe['bytes'] / 1e3:.0f} kB, unseen pictures {recipe['figures']}")
    return recipe


def _kinds(pack):
    """The harmless re-encodings, and the pack's own reconstruction where it has an autoencoder."""
    return (*KINDS, partial(reconstruct, pack.vqgan)) if "vqgan" in pack.manifest["models"] else KINDS
