"""Model packs: what is written comes back; whatever is wrong gives one clear sentence."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch

from core.base.errors import PackError
from core.packs import open_pack, pack_hash, read_manifest, shipped_packs, write_pack


@pytest.fixture
def copy(tiny_pack, tmp_path):
    return shutil.copytree(tiny_pack.folder, tmp_path / "copy")


def edit(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def refused(folder, *words):
    """open_pack must fail with one line that holds all these words."""
    with pytest.raises(PackError) as caught:
        open_pack(folder)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".")
    for word in words:
        assert word in message, message


def test_models_come_back_frozen_and_in_evaluation(tiny_pack):
    for model in (tiny_pack.judge.clip, tiny_pack.heldout.clip, tiny_pack.vqgan, tiny_pack.denoiser.unet):
        assert not model.training
        assert all(p.dtype == torch.float32 and not p.requires_grad for p in model.parameters())
    assert tiny_pack.judge is tiny_pack.judge and tiny_pack.size == 32
    assert tiny_pack.unknown_words("a purple fox") == ["purple"]


def test_weights_are_the_written_ones_rounded_to_float16(tmp_path):
    weight = torch.randn(5, 5)
    manifest = {
        "name": "x",
        "size": 1,
        "words": [],
        "vocabulary": [],
        "reference": {},
        "models": {"m": {}, "r": {}},
    }
    states = {"m": {"w": weight, "big": torch.tensor([1e6]), "n": torch.tensor(7)}, "r": {"a": np.eye(2)}}
    complete = write_pack(tmp_path, manifest, states)
    import safetensors.torch

    stored = safetensors.torch.load_file(tmp_path / "m.safetensors")
    assert stored["w"].dtype == torch.float16 and torch.equal(stored["w"], weight.half())
    assert stored["big"].item() == 1e6 and stored["n"].item() == 7
    assert safetensors.torch.load_file(tmp_path / "r.safetensors")["a"].dtype == torch.float64
    assert complete["models"]["m"]["parameters"] == 27
    assert read_manifest(tmp_path) == complete


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="m: w"):
        write_pack(tmp_path, {"models": {"m": {}}}, {"m": {"w": torch.tensor([float("nan")])}})


def test_each_painter_gets_only_its_own_prior(tiny_pack):
    pixels, vqgan, diffusion = (tiny_pack.painter_models(p) for p in ("pixels", "vqgan", "diffusion"))
    assert (pixels.vqgan, pixels.denoiser) == (None, None)
    assert vqgan.vqgan is not None and vqgan.denoiser is None
    assert diffusion.denoiser is not None and diffusion.vqgan is None
    assert all(models.judge is tiny_pack.judge for models in (pixels, vqgan, diffusion))


def test_realism_scores_a_picture(tiny_pack):
    reading = tiny_pack.realism.score(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
    assert 0 <= reading.realism <= 1


def test_opening_changes_nobodys_random_numbers(tiny_pack):
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    pack = open_pack(tiny_pack.folder)
    assert pack.judge and pack.heldout and pack.denoiser
    assert torch.equal(torch.rand(3), expected)


def test_hash_names_what_is_computed_and_nothing_else(tiny_pack, copy):
    assert open_pack(copy).hash == tiny_pack.hash
    edit(copy, lambda m: m.update(title="Another title"))
    edit(copy, lambda m: m["models"]["judge"].update(training={"seconds": 1}))
    assert pack_hash(read_manifest(copy)) == tiny_pack.hash
    edit(copy, lambda m: m["models"]["judge"]["preprocessing"].update(mean=[0.4, 0.5, 0.5]))
    assert pack_hash(read_manifest(copy)) != tiny_pack.hash


def test_unknown_pack_names_the_known_ones(monkeypatch, tiny_pack):
    monkeypatch.setattr("core.packs.manifest.SHIPPED_PACKS_FOLDER", tiny_pack.folder.parent)
    assert shipped_packs() == ["tiny"]
    refused("enormous", "'enormous'", "tiny")
    refused("", "Unknown", "tiny")
    assert open_pack("tiny").hash == tiny_pack.hash


def test_missing_file(copy):
    (copy / "vqgan.safetensors").unlink()
    refused(copy, "lacks vqgan.safetensors", "Restore")


def test_truncated_file(copy):
    path = copy / "judge.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    refused(copy, "judge.safetensors", "cut short", "Restore")


def test_altered_file(copy):
    path = copy / "denoiser.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    refused(copy, "denoiser.safetensors", "altered", "Restore")


def test_newer_format(copy):
    edit(copy, lambda m: m.update(format=2))
    refused(copy, "format 2", "format 1", "Update the program")


@pytest.mark.parametrize("text", ["{not json", "[]", "{}"])
def test_unreadable_manifest(copy, text):
    (copy / "manifest.json").write_text(text)
    refused(copy, "not a readable manifest")


def test_incomplete_manifest(copy):
    edit(copy, lambda m: m.pop("vocabulary"))
    refused(copy, "lacks vocabulary")


def test_a_manifest_cannot_name_files_elsewhere(copy):
    edit(copy, lambda m: m["models"]["judge"].update(file="../secret"))
    refused(copy, "outside its folder")


def test_a_configuration_that_does_not_fit_the_weights_is_an_error_not_a_random_model(copy):
    edit(copy, lambda m: m["models"]["judge"]["config"]["vision_cfg"].update(layers=2))
    with pytest.raises(PackError, match="The judge of model pack 'tiny' does not fit") as caught:
        open_pack(copy).judge  # noqa: B018
    assert "\n" not in str(caught.value)


def test_a_pack_without_a_model_says_what_it_has(copy):
    edit(copy, lambda m: m["models"].pop("denoiser"))
    with pytest.raises(PackError, match="has no denoiser; it holds judge"):
        open_pack(copy).painter_models("diffusion")


def test_reading_a_manifest_imports_no_torch(tiny_pack):
    code = f"import sys; from core.packs import read_manifest; read_manifest({str(tiny_pack.folder)!r}); "
    result = subprocess.run(
        [sys.executable, "-c", code + "print('torch' in sys.modules)"], capture_output=True, text=True
    )
    assert result.stdout.strip() == "False", result.stderr
