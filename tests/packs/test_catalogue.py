"""The catalogue of packs: every entry can be used, manifests have the form that packs are opened with,
estimates follow.
"""

import importlib
import json
import os

import pytest

from core.base.errors import PackError
from core.base.settings import PAINTERS
from core.packs import catalogue, cost
from core.packs.manifest import FILE_KEYS, files_of

PACKS = catalogue.catalogue_packs()
PARTS = {part.name: part for pack in PACKS.values() for part in pack.parts()}
VARIANTS = [
    (part, key, variant)
    for part in PARTS.values()
    for key, variants in part.files.items()
    for variant in variants
]


def own(tmp_path, monkeypatch, **table):
    """Use a catalogue of one's own."""
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(table))
    monkeypatch.setenv("CTJP_CATALOGUE", str(path))
    catalogue._read.cache_clear()


def pretended(part, key):
    """As if every file were here."""
    variant = part.files[key][0]
    return variant, "0" * 64, variant.bytes


def test_there_are_the_packs_that_were_promised():
    used = {
        (model, part)
        for pack in PACKS.values()
        for model, part in ((m, p.name) for m, p in pack.models.items())
    }
    assert {"modest", "sd15", "ddpm-church"} <= set(PACKS)
    wanted = {
        "vqgan-imagenet-f16-1024",
        "vqgan-imagenet-f16-16384",
        "unet-tiny-sd",
        "unet-bk-sdm-tiny",
        "taesd",
        "unet-sd15",
        "ddpm-church",
    }
    assert wanted <= {part for _, part in used}
    for pack in PACKS.values():
        judge, heldout = pack.models["judge"], pack.models["heldout"]
        assert judge is not heldout and judge.files != heldout.files
        assert pack.size % 32 == 0 and 224 <= pack.size <= 512 and len(pack.examples) >= 4


@pytest.mark.parametrize(
    ("part", "key", "variant"),
    VARIANTS,
    ids=[f"{part.name}-{key}-{variant.name}" for part, key, variant in VARIANTS],
)
def test_every_file_has_sources_a_size_and_a_key_that_manifests_know(part, key, variant):
    assert key in FILE_KEYS and variant.bytes > 0 and len(set(variant.sources)) == len(variant.sources) >= 1
    assert all(source.startswith("https://") for source in variant.sources)
    assert (
        part.licence.link.startswith("https://")
        and part.card.startswith("https://")
        and part.licence.matters.endswith(".")
    )
    if variant.sha256 is None and variant.bytes > 10_000:
        assert "Not verified" in part.note  # what is not known is said


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_a_manifest_lists_every_file_once_and_can_be_written(pack):
    manifest = json.loads(json.dumps(catalogue.manifest_of(pack, pretended)))
    assert (
        manifest["format"] == 1
        and manifest["words"] is manifest["vocabulary"] is manifest["reference"] is None
    )
    for model, entry in manifest["models"].items():
        part = pack.models[model]
        assert set(files_of(entry)) == {f"{part.name}/{variants[0].name}" for variants in part.files.values()}
    assert all(licence.name in manifest["licence"] for licence in pack.licences())


def test_parts_are_shared_between_packs():
    assert PACKS["modest"].models["judge"] is PACKS["sd15"].models["judge"]
    assert sum(pack.bytes() for pack in PACKS.values()) > 1.3 * sum(
        variants[0].bytes for part in PARTS.values() for variants in part.files.values()
    )


def test_estimates_grow_with_what_they_stand_for():
    modest, large, church = (cost.estimate_cost(PACKS[name]) for name in ("modest", "sd15", "ddpm-church"))
    assert large.memory > modest.memory > church.memory > cost.BASE_BYTES
    assert set(modest.gflop) == set(PAINTERS) and all(large.gflop[p] >= modest.gflop[p] for p in PAINTERS)
    assert modest.seconds("vqgan", 100) == pytest.approx(2 * modest.seconds("vqgan", 200))
    steps = PAINTERS["pixels"]().steps
    judges = 2 * 8.82 * PAINTERS["pixels"]().cutouts + 2 * 8.82  # the gradient, and both scores
    assert modest.seconds("pixels", 100) == pytest.approx(steps * judges / 100)
    assert "min" in large.default_run_times(100) and "VQGAN+CLIP" in large.default_run_times(100)


def test_counted_parameters_and_operations_are_those_of_the_architectures():
    importlib.import_module("core.models.torchvision_shim")  # before anything that imports torchvision
    import torch
    from diffusers import AutoencoderTiny
    from open_clip import CLIP, CLIPTextCfg, CLIPVisionCfg
    from torch.utils.flop_counter import FlopCounterMode

    def counted(model, call):
        with FlopCounterMode(display=False) as counter:
            call(model)
        return sum(p.numel() for p in model.parameters()), counter.get_total_flops() / 1e9

    with torch.device("meta"), torch.no_grad():
        clip = counted(
            CLIP(512, CLIPVisionCfg(patch_size=32), CLIPTextCfg()),
            lambda m: m.encode_image(torch.empty(1, 3, 224, 224)),
        )
        tiny = counted(AutoencoderTiny(), lambda m: m.decode(torch.empty(1, 4, 32, 32)))
    for part, (parameters, gflop), size in (("clip-b32-laion2b", clip, 224), ("taesd", tiny, 256)):
        assert PARTS[part].parameters == parameters and PARTS[part].gflop[size] == pytest.approx(
            gflop, rel=0.01
        )


def test_a_catalogue_of_ones_own_may_use_shipped_parts(tmp_path, monkeypatch):
    models = {"judge": "clip-b32-openai", "heldout": "clip-b32-laion2b"}
    mine = {"title": "Mine", "about": "Two judges.", "size": 224, "examples": ["a fox"], "models": models}
    own(tmp_path, monkeypatch, packs={"mine": mine})
    assert (
        catalogue.find_in_catalogue("mine").models["judge"] is not None
        and "modest" in catalogue.catalogue_packs()
    )
    assert set(cost.estimate_cost(catalogue.find_in_catalogue("mine")).gflop) == {"pixels"}


def pack_of(models, name="mine"):
    return {"packs": {name: {"title": "", "about": "", "size": 1, "examples": [], "models": models}}}


def part_of(**variant):
    return {"parts": {"mine": {"files": {"file": [{"bytes": 1} | variant]}}}}


WRONG = [
    (pack_of({"judge": "nothing"}), "'nothing'"),
    (pack_of({}, "../up"), "no name"),
    (pack_of({"poet": "taesd"}), "'poet'"),
    (pack_of({"judge": "clip-b32-openai"}), "has no heldout"),
    (part_of(name="../../etc", sources=["https://x/"]), "inside a folder"),
    (part_of(name="a", sources=["file:///etc/passwd"]), "https://"),
    (part_of(name="a", sources=[]), "https://"),
    (part_of(name="a", sha256="12", sources=["https://x"]), "64 hex"),
    ([], "no catalogue"),
]


@pytest.mark.parametrize(("table", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_catalogue_that_cannot_be_used_is_refused_with_a_sentence(tmp_path, monkeypatch, table, said):
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(table))
    monkeypatch.setenv("CTJP_CATALOGUE", str(path))
    with pytest.raises(PackError, match="CTJP_CATALOGUE") as caught:
        catalogue.catalogue_packs()
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_name_lists_the_known_ones():
    assert "CTJP_CATALOGUE" not in os.environ
    with pytest.raises(PackError, match="modest.*sd15"):
        catalogue.find_in_catalogue("enormous")
