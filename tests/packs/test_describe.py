"""`packs describe` writes the manifest of a folder with published weights, and that pack opens."""

import json
import shutil

import pytest
import torch

from core.__main__ import main
from core.base.errors import PackError
from core.packs import open_pack, read_manifest
from core.packs.describe import describe_folder
from tests.support import full_size


@pytest.fixture
def weights(full_folder, tmp_path):
    """The tiny full-size pack without its manifest, each judge in a folder of its own."""
    folder = shutil.copytree(full_folder, tmp_path / "mine")
    (folder / "manifest.json").unlink()
    for name, file in (("a_judge", "open_clip_model.safetensors"), ("b_judge", "epoch_3.pt")):
        (folder / name).mkdir()
        shutil.move(folder / file, folder / name / file)
        (folder / name / "open_clip_config.json").write_text(json.dumps({"model_cfg": full_size.CLIP}))
    (folder / f"{full_size.ARCHITECTURE}.json").unlink(missing_ok=True)
    return folder


def test_a_folder_of_published_weights_becomes_a_pack(weights, full_folder, capsys):
    assert main(["packs", "describe", str(weights), "--title", "Mine", "--licence", "MIT"]) == 0
    said = capsys.readouterr().out
    manifest, expected = read_manifest(weights), read_manifest(full_folder)
    assert set(manifest["models"]) == set(expected["models"]) and manifest["size"] == expected["size"]
    assert (manifest["name"], manifest["title"], manifest["licence"]) == ("mine", "Mine", "MIT")
    assert manifest["models"]["judge"]["file"] == "a_judge/open_clip_model.safetensors"
    assert "left out" not in said and "packs verify" in said
    opened, known = open_pack(weights), open_pack(full_folder)
    assert torch.equal(opened.judge.encode("a fox").embedding, known.judge.encode("a fox").embedding)
    assert torch.equal(opened.vqgan.codebook, known.vqgan.codebook) and opened.denoiser.conditional
    assert opened.painters == ("pixels", "vqgan", "diffusion")


def test_files_that_belong_to_no_model_are_named_and_a_manifest_is_not_replaced_unasked(weights, capsys):
    (weights / "stray.pt").write_bytes(b"weights of something")
    assert main(["packs", "describe", str(weights)]) == 0
    assert "left out" in (said := capsys.readouterr().out) and "stray.pt" in said
    assert main(["packs", "describe", str(weights)]) == 2 and "--force" in capsys.readouterr().err
    assert main(["packs", "describe", str(weights), "--force", "--size", "64"]) == 0
    assert read_manifest(weights)["size"] == 64


def test_weights_in_several_files_are_listed_with_their_index(weights):
    from safetensors.torch import load_file, save_file

    whole = weights / "unet/diffusion_pytorch_model.safetensors"
    state = load_file(whole)
    save_file(state, weights / "unet/one.safetensors")
    whole.unlink()
    weight_map = {name: "one.safetensors" for name in state}
    index = whole.with_name(whole.name + ".index.json")
    index.write_text(json.dumps({"weight_map": weight_map}))
    entry = describe_folder(weights).manifest["models"]["denoiser"]
    assert entry["file"] == f"unet/{index.name}" and "unet/one.safetensors" in entry["files"]


def test_of_several_weights_the_safe_whole_and_plain_ones_are_taken(weights):
    place = weights / "a_judge"
    for name in ("a.bin", "open_clip_model.fp16.safetensors", "a.safetensors.index.json"):
        (place / name).write_text(json.dumps({"weight_map": {"x": "shard.safetensors"}}))
    (weights / ".cache").mkdir()
    (weights / ".cache" / "hidden.pt").write_bytes(b"of a download")
    found = describe_folder(weights)
    assert found.manifest["models"]["judge"]["file"] == "a_judge/open_clip_model.safetensors"
    assert not [file for file in found.left_out if "hidden" in file]
    assert found.manifest["title"] == found.manifest["name"] == "mine"


def test_of_two_models_of_a_kind_the_first_by_name_counts(weights):
    (vqgan,) = [path.parent for path in weights.rglob("*.yaml")]
    second = weights / "z_vqgan"
    second.mkdir()
    for path in vqgan.iterdir():
        if path.is_file() and path.suffix in (".yaml", ".ckpt", ".safetensors"):
            shutil.copy(path, second / path.name)
    (weights / "a_notes").mkdir()
    (weights / "a_notes" / "other.yaml").write_text("model: {target: some.other.Model}")
    (weights / "a_notes" / "other.ckpt").write_bytes(b"weights")
    found = describe_folder(weights)
    assert not found.manifest["models"]["vqgan"]["file"].startswith(("z_vqgan", "a_notes"))
    assert "a_notes/other.ckpt" in found.left_out


def test_a_folder_without_two_judges_is_refused_in_words(weights, tmp_path):
    shutil.rmtree(weights / "b_judge")
    with pytest.raises(PackError, match="needs two CLIP models.*has a_judge/open_clip_model.safetensors"):
        describe_folder(weights)
    with pytest.raises(PackError, match="is not a folder"):
        describe_folder(tmp_path / "nowhere")
