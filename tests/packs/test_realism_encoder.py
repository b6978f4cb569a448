"""Which network realism's K looks through, and what a reference says it holds."""

import pytest

from core.base.errors import PackError
from core.measures import reencodings
from core.packs.realism_encoder import check_encoder, encoder_record, realism_encoder
from core.packs.reference_contents import reference_contents


def manifest(*models, **realism):
    """A manifest's part that matters here: models with a hash each, and the entry of the reference."""
    entries = {name: {"file": "f", "sha256": name * 8, "bytes": 1} for name in ("heldout", *models)}
    return {"name": "p", "models": entries | {"realism": realism}}


EYES = {"model": "eyes", "sha256": "eyes" * 8}
HELDOUT = {"model": "heldout", "sha256": "heldout" * 8}


def test_k_looks_through_the_eyes_where_a_pack_has_them():
    assert realism_encoder(manifest("eyes")) == "eyes" and encoder_record(manifest("eyes")) == EYES
    assert realism_encoder(manifest()) == "heldout" and encoder_record(manifest()) == HELDOUT


@pytest.mark.parametrize("models, encoder", [(("eyes",), EYES), ((), HELDOUT)])
def test_a_reference_of_that_network_is_accepted(models, encoder):
    check_encoder(manifest(*models, encoder=encoder))


def test_a_reference_older_than_the_realism_network_belongs_to_the_held_out_judge():
    check_encoder(manifest())
    with pytest.raises(PackError, match="fitted with the held-out judge .* looks through the realism net"):
        check_encoder(manifest("eyes"))


def test_a_reference_of_other_eyes_is_refused():
    with pytest.raises(PackError, match="Fit it again"):
        check_encoder(manifest("eyes", encoder=EYES | {"sha256": "others"}))


def test_contents_come_from_the_references_own_record():
    record = {"pictures": 1234, "calibration": 567, "versions": ["as they are", *reencodings.KINDS]}
    said = " ".join(reference_contents(manifest("eyes", encoder=EYES, training=record)))
    assert "1,234 real pictures of this pack's world, each 6 times" in said and "567 others" in said
    assert all(kind in said for kind in reencodings.KINDS) and "K looks through the realism network" in said


def test_a_record_without_versions_is_shown_as_it_is():
    said = reference_contents(manifest(training={"recipe": "with the codebook"}))
    assert said == ["with the codebook.", "K looks through the held-out judge."]


def test_contents_of_a_pack_without_a_reference_are_those_of_the_photographs():
    without = manifest()
    del without["models"]["realism"]
    assert "never learned from photographs" in reference_contents(without)[-1]
