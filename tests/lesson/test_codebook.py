"""The codebook lesson: codes of a picture, changed by hand or by chance; its spelling; the palette."""

import numpy as np

from core.lesson import codebook, real_pictures
from core.packs.pack import ModelPack
from tests.support.computing import finished

SIDE = 8  # codes along a picture of the tiny pack
CODES = 16
MEASURES = {"score", "heldout", "realism"}


def code_picture(pack: ModelPack, request: dict) -> tuple[dict, np.ndarray]:
    """(data, picture) of a request."""
    _, data, made = finished(codebook.compute(pack, codebook.check(request, pack.manifest)))
    return data, made["picture.png"]


def test_shuffled_codes_are_the_same_codes_elsewhere(tiny_pack):
    plain, picture = code_picture(tiny_pack, {"scene": "fox"})
    real = real_pictures.load_scene("fox", tiny_pack.size)
    assert plain["codes"] == codebook.codes_of(tiny_pack, real) and plain["side"] == SIDE
    assert (picture == codebook.decode(tiny_pack, plain["codes"])).all()
    shuffled, other = code_picture(tiny_pack, {"scene": "fox", "change": "shuffle"})
    assert sorted(shuffled["codes"]) == sorted(plain["codes"]) and shuffled["codes"] != plain["codes"]
    assert (picture != other).any()
    random, _ = code_picture(tiny_pack, {"scene": "fox", "change": "random"})
    assert sorted(random["codes"]) != sorted(plain["codes"]) and max(random["codes"]) < CODES
    assert set(plain["figures"]) == MEASURES | {"spelling", "statistics", "manifold"}


def test_codes_by_hand_are_decoded_as_they_are(tiny_pack):
    plain, picture = code_picture(tiny_pack, {"scene": "fox"})
    codes = plain["codes"].copy()
    codes[9] = (codes[9] + 5) % CODES
    edited, changed = code_picture(tiny_pack, {"scene": "fox", "codes": codes})
    assert edited["codes"] == codes and edited["change"] == "by hand"
    assert (picture != changed).any()


def test_spelling_is_small_for_what_the_book_can_say(tiny_pack):
    """With random weights only this is certain: a picture the decoder made is nearer than noise."""
    spelt = codebook.decode(tiny_pack, [0] * SIDE * SIDE)
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    assert codebook.spelling_error(tiny_pack, spelt) < codebook.spelling_error(tiny_pack, noise)


def test_the_palette_holds_every_code_once(tiny_pack):
    shares, data, made = finished(codebook.compute(tiny_pack, {"palette": True}))
    assert sorted(data["order"]) == list(range(CODES)) and data["columns"] == 6 and shares == sorted(shares)
    assert made["palette.webp"].shape == (3 * data["patch"], 6 * data["patch"], 3)
    colours = (
        codebook.to_tensor(made["palette.webp"])
        .reshape(3, 3, data["patch"], 6, data["patch"])
        .mean((0, 2, 4))
    )
    across = colours.mean(0)
    assert across[0] > across[3]  # light on the left; the last cells of the last row are empty
