"""Check 9: the photograph reference, on the photographs that its fitting left out."""

import os
from pathlib import Path

import numpy as np

from core.bench import instrument
from core.bench.corruptions import LADDERS, benign_kinds
from core.bench.instrument import auroc
from core.bench.rows import Row, skipped
from core.references import open_reference, read_recipe, reference_folder
from core.training.folder import crops, pictures_in, split

NAME = "photographs"
USUAL = Path(__file__).parents[3] / "shared" / "data" / "photos"  # beside the project's folder
CROPS = 8  # of each photograph for check 9.2, so that 75 photographs give 600 pictures


def photograph_folder():
    """Folder of natural photographs: CTJP_PHOTOGRAPHS, or ../shared/data/photos; None where there is none."""
    chosen = os.environ.get("CTJP_PHOTOGRAPHS")
    folder = Path(chosen).expanduser() if chosen else USUAL
    return folder if folder.is_dir() else None


def checks(lab):
    """Rows of check 9; one skipped row where the photographs are not here. Raises UserError."""
    if lab.photographs is None:
        yield skipped("9", "photograph reference", "no photographs here: set CTJP_PHOTOGRAPHS to the folder they lie in")
        return
    recipe = read_recipe(reference_folder(NAME))
    realism, size = open_reference(NAME, lab.pack), recipe["size"]
    unseen = split(pictures_in(lab.photographs, size), recipe["seed"])["test"]
    if sorted(path.name for path in unseen) != recipe["test"]:
        yield skipped("9", "photograph reference", f"{lab.photographs} does not hold the photographs that the reference was made from")
        return
    each = np.stack(list(crops(unseen, size, CROPS, lab.seed)))
    single = each[::CROPS]
    yield from instrument.calibration("9.2", realism, each, independent=slice(None, None, CROPS))
    yield from instrument.re_encodings("9.3", realism, single, benign_kinds(), lab.rng("photograph benign"))
    yield skipped("9.3", "own reconstruction", "no pack here has an autoencoder for photographs")
    yield from instrument.ladders("9.5", realism, single, lab.rng("photograph ladders"))
    yield from instrument.empty("9.6", realism, lab.rng("photograph empty"))
    yield Row("9", "encoder of K", recipe["encoder"]["pack"], note=recipe["encoder"]["note"])
    yield from _parts(realism, single, lab.rng("photograph parts"))


def _parts(realism, pictures, rng):
    """What S and what K alone tell apart: reported, because K's encoder has never learnt from photographs."""
    read = lambda images: [realism.score(image) for image in images]  # noqa: E731
    real = read(pictures)
    for ladder, level in (("noise", 0.12), ("patch shuffle", 8)):
        damaged = read([LADDERS[ladder][2](picture, level, rng) for picture in pictures])
        for name, part in (("S", "statistics"), ("K", "manifold")):
            high, low = (np.array([getattr(reading, part) for reading in readings]) for readings in (real, damaged))
            yield Row("9", f"{name} alone, photographs against {ladder} {level:g}: AUROC", float(auroc(high, low)))
