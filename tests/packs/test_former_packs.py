"""Runs of a pack that was shipped before: seen beside the figures of their own time, and told in words."""

import pytest

from core.packs import pack_hash, read_manifest
from core.packs.former_packs import another_pack_note, former_packs, is_here, reference_at
from core.packs.judged_reference import judged_reference

TODAY = pack_hash(read_manifest("miniature"))
FIRST_EDITION = "7f8ace5691a2223e"  # the last one's hash begins so


def first_edition():
    return next(name for name in former_packs() if name.startswith(FIRST_EDITION))


def test_todays_pack_is_no_former_one():
    assert TODAY not in former_packs() and first_edition()


def test_a_run_of_todays_pack_has_its_figures_and_no_note():
    assert reference_at("miniature", TODAY) == judged_reference(read_manifest("miniature"))
    assert another_pack_note("miniature", TODAY) == ""


def test_a_run_of_the_first_edition_keeps_its_figures_and_says_so():
    kept = reference_at("miniature", first_edition())
    assert kept["score"]["p50"] == pytest.approx(0.7527, abs=1e-4)
    assert kept != read_manifest("miniature")["reference"]
    note = another_pack_note("miniature", first_edition())
    assert "Painted by another pack of the same name: Miniature world, first edition" in note
    assert "as that pack measured them" in note


def test_a_pack_that_nobody_kept_is_seen_beside_todays_figures_and_that_is_said():
    assert reference_at("miniature", "0" * 64) == judged_reference(read_manifest("miniature"))
    assert "the pack installed now" in another_pack_note("miniature", "0" * 64)


def test_a_run_without_a_hash_is_believed():
    assert is_here("miniature", "") and reference_at("miniature", "") is not None
    assert another_pack_note("miniature", "") == ""


def test_a_pack_that_is_not_here_has_neither_figures_nor_note():
    assert reference_at("no-such-pack", "0" * 64) is None
    assert another_pack_note("no-such-pack", "0" * 64) == ""


@pytest.mark.parametrize("painted_with", former_packs())
def test_every_former_pack_has_all_that_bands_need(painted_with):
    former = former_packs()[painted_with]
    assert former["pack"] == "miniature" and {"score", "heldout", "realism"} <= set(former["reference"])


def test_the_note_names_no_folder(tiny_pack):
    note = another_pack_note(str(tiny_pack.folder), "0" * 64)
    assert f"another edition of {tiny_pack.name}" in note and str(tiny_pack.folder) not in note
