"""Check 9: the photograph reference, on the photographs that its fitting left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.bench import instrument
from core.bench.corruptions import LADDERS, benign_kinds
from core.bench.instrument import auroc
from core.bench.material import RealismTest
from core.bench.report import ReportRow, skipped
from core.measures.realism import Realism
from core.measures.references import read_recipe, reference_folder
from core.packs.photograph_realism import open_for_pack
from core.training.folder import crops, pictures_in, split

REFERENCE_NAME = "photographs"
DEFAULT_FOLDER = Path(__file__).parents[3] / "shared" / "data" / "photos"  # beside the project's folder
CROPS_PER_PHOTOGRAPH = 8  # for check 9.2, so that 75 photographs give 600 pictures


def photograph_folder() -> Path | None:
    """Folder of natural photographs: CTJP_PHOTOGRAPHS, or ../shared/data/photos; None where there is none."""
    chosen = os.environ.get("CTJP_PHOTOGRAPHS")
    folder = Path(chosen).expanduser() if chosen else DEFAULT_FOLDER
    return folder if folder.is_dir() else None


def checks(test: RealismTest) -> Iterator[ReportRow]:
    """Rows of check 9; one skipped row where the photographs are not here. Raises UserError."""
    name = "photograph reference"
    if test.photographs is None:
        yield skipped("9", name, "no photographs here: set CTJP_PHOTOGRAPHS to the folder they lie in")
        return
    recipe = read_recipe(reference_folder(REFERENCE_NAME))
    realism = open_for_pack(REFERENCE_NAME, test.pack)
    size = recipe["size"]
    unseen = split(pictures_in(test.photographs, size), recipe["seed"])["test"]
    if sorted(path.name for path in unseen) != recipe["test"]:
        others = "does not hold the photographs that the reference was made from"
        yield skipped("9", name, f"{test.photographs} {others}")
        return
    every_crop = np.stack(list(crops(unseen, size, CROPS_PER_PHOTOGRAPH, test.seed)))
    one_of_each = slice(None, None, CROPS_PER_PHOTOGRAPH)
    single = every_crop[one_of_each]
    yield from instrument.calibration("9.2", realism, every_crop, one_of_each)
    yield from instrument.re_encodings("9.3", realism, single, benign_kinds(), test.rng("photograph benign"))
    yield skipped("9.3", "own reconstruction", "no pack here has an autoencoder for photographs")
    yield from instrument.ladders("9.5", realism, single, test.rng("photograph ladders"))
    yield from instrument.empty("9.6", realism, test.rng("photograph empty"))
    yield ReportRow("9", "encoder of K", recipe["encoder"]["pack"], note=recipe["encoder"]["note"])
    yield from _parts(realism, single, test.rng("photograph parts"))


def _parts(realism: Realism, pictures: np.ndarray, rng: np.random.Generator) -> Iterator[ReportRow]:
    """What S and what K alone tell apart: reported, because K's encoder has never learnt from photographs."""
    real = [realism.score(picture) for picture in pictures]
    for ladder, level in (("noise", 0.12), ("patch shuffle", 8)):
        damage = LADDERS[ladder][2]
        damaged = [realism.score(damage(picture, level, rng)) for picture in pictures]
        for name, part in (("S", "statistics"), ("K", "manifold")):
            high = np.array([getattr(result, part) for result in real])
            low = np.array([getattr(result, part) for result in damaged])
            what = f"{name} alone, photographs against {ladder} {level:g}: AUROC"
            yield ReportRow("9", what, float(auroc(high, low)))
