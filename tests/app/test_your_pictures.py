"""A picture on Your pictures that an earlier edition of the pack has measured."""

import pytest

from app.views import your_pictures
from core.measures.judge_gap import to_shared_scale
from core.packs import pack_hash, read_manifest
from core.packs.former_packs import former_packs
from core.storage.own_pictures import OwnPicture

FORMER, KEPT = next(iter(former_packs().items()))


def data_of(pack_hash):
    """What the page draws of a picture that a pack of this hash has measured."""
    components = {"statistics": 0.6, "manifold": 0.7, "p_value": 0.3}
    result = {"score": 0.7, "heldout": 0.7, "realism": 0.6, "components": components, "pack_hash": pack_hash}
    return your_pictures._picture_data(
        OwnPicture("a" * 26, "done", "", "a.png", 64, 64, "a red fox", "miniature", 0.0, result)
    )


def test_it_keeps_the_bands_of_its_own_time_and_says_so(pack):
    data = data_of(FORMER)
    assert data["words"][0].startswith(f"Measured with an earlier pack of the same name: {KEPT['title']} (")
    judge = data["marks"][0]
    assert judge["value"] == pytest.approx(to_shared_scale(0.7, KEPT["reference"]["score"]))
    assert judge["low"] == pytest.approx(
        to_shared_scale(KEPT["reference"]["score"]["p5"], KEPT["reference"]["score"])
    )


def test_one_of_a_pack_that_nobody_kept_says_whose_bands_it_has(pack):
    assert "as the pack installed now measured them" in data_of("0" * 64)["words"][0]


@pytest.mark.parametrize("pack_hash", ["", pack_hash(read_manifest("miniature"))])
def test_one_of_todays_pack_has_no_note(pack, pack_hash):
    today = data_of(pack_hash)
    assert today["words"][0].startswith("Judge: ")
    assert today["marks"][0]["low"] != data_of(FORMER)["marks"][0]["low"]
