"""What does not fit is refused in one sentence: no random weights, no code from files, nothing outside the
folder.
"""

import json
import os
import shutil

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from core.base.errors import PackError
from core.packs import open_pack
from tests.support import full_size


@pytest.fixture
def copy(full_folder, tmp_path):
    return shutil.copytree(full_folder, tmp_path / "copy")


def edit(folder, name, **changes):
    """Change an entry of the manifest, and give its files their present hashes."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    entry = manifest["models"][name]
    entry.update(changes)
    entry["files"] = {
        file: full_size.facts(folder / file)
        for file in {*entry["files"], *changes.values()}
        if (folder / str(file)).is_file()
    }
    path.write_text(json.dumps(manifest))
    return folder


def refused(folder, ask, *words):
    with pytest.raises(PackError) as caught:
        ask(open_pack(folder))
    message = str(caught.value)
    assert "\n" not in message and message.endswith("."), message
    for word in words:
        assert word in message, message


def test_altered_configuration(copy):
    path = copy / "unet/config.json"
    path.write_text(path.read_text().replace('"silu"', '"relu"'))
    refused(copy, lambda pack: pack.denoiser, "config.json", "altered")


@pytest.mark.parametrize("files", [None, 3, ["a"], {"unet/config.json": 5}, "less"])
def test_a_file_without_a_hash(copy, files):
    manifest = json.loads((copy / "manifest.json").read_text())
    entry = manifest["models"]["denoiser"]
    if files == "less":
        del entry["files"]["scheduler/scheduler_config.json"]
    else:
        entry["files"] = files
    (copy / "manifest.json").write_text(json.dumps(manifest))
    refused(copy, lambda pack: pack, "without file, sha256 or bytes")


@pytest.mark.parametrize("file", ["../secret.pt", "/etc/passwd", "a/../../b.pt", "C:\\x.pt", ""])
def test_files_elsewhere(copy, file):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["models"]["judge"].update(file=file, files={file: {"sha256": "0", "bytes": 1}})
    (copy / "manifest.json").write_text(json.dumps(manifest))
    refused(copy, lambda pack: pack, "outside its folder")


def test_a_link_in_the_folder_may_lead_to_a_shared_file(copy, tmp_path):
    shutil.move(copy / "last.ckpt", tmp_path / "shared.ckpt")
    (copy / "last.ckpt").symlink_to(tmp_path / "shared.ckpt")
    assert open_pack(copy).vqgan is not None


def test_missing_weights_are_no_random_weights(copy):
    path = copy / "unet/diffusion_pytorch_model.safetensors"
    state = load_file(path)
    state.pop("conv_in.weight")
    save_file(state, path)
    refused(edit(copy, "denoiser"), lambda pack: pack.denoiser, "denoiser", "does not fit", "conv_in.weight")


def test_quantised_weights(copy):
    path = copy / "vae/diffusion_pytorch_model.safetensors"
    state = load_file(path)
    state["decoder.conv_in.weight"] = state["decoder.conv_in.weight"].to(torch.int8)
    save_file(state, path)
    refused(edit(copy, "autoencoder"), lambda pack: pack.denoiser, "stored as int8; plain weights are needed")


def test_weights_of_another_architecture(copy):
    path = copy / "unet/config.json"
    path.write_text(path.read_text().replace('"cross_attention_dim": 32', '"cross_attention_dim": 16'))
    refused(edit(copy, "denoiser"), lambda pack: pack.denoiser, "does not fit", "size mismatch")


class Malicious:
    def __reduce__(self):
        return os.system, ("touch executed",)


def test_no_code_in_a_checkpoint_is_run(copy, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": {"a": torch.zeros(1)}, "callbacks": Malicious()}, copy / "last.ckpt")
    refused(edit(copy, "vqgan"), lambda pack: pack.vqgan, "last.ckpt", "system", "not let in")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nothing", "not a torch checkpoint"),
        (b"", "not a torch checkpoint"),
        ({"state_dict": 3}, "no state dict"),
        ({}, "no state dict"),
    ],
)
def test_files_that_hold_no_weights(copy, content, words):
    path = copy / "last.ckpt"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    refused(edit(copy, "vqgan"), lambda pack: pack.vqgan, words)


@pytest.mark.filterwarnings("ignore")
def test_torchscript_is_code(copy):
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), copy / "ViT.pt")
    refused(edit(copy, "judge", file="ViT.pt"), lambda pack: pack.judge, "TorchScript", "safetensors")


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("judge", {"architecture": "ViT-Z-9"}, "no architecture 'ViT-Z-9'"),
        ("judge", {"architecture": "hf-hub:someone/something"}, "no architecture"),
        ("judge", {"architecture": "ViT-B-16-SigLIP"}, "more than a plain CLIP"),
        ("judge", {"format": "pickle"}, "format 'pickle' holds no judge; what does: open_clip"),
        ("vqgan", {"format": "diffusers"}, "format 'diffusers' holds no vqgan; what does: taming"),
        ("autoencoder", {"config_file": "unet/config.json"}, "is of a UNet2DConditionModel"),
        ("text", {"pad": "middle"}, "pad is 'middle'"),
    ],
)
def test_entries_that_cannot_be(copy, name, changes, words):
    ask = {"judge": "judge", "vqgan": "vqgan"}.get(name, "denoiser")
    refused(edit(copy, name, **changes), lambda pack: getattr(pack, ask), words)


def test_a_gumbel_vqgan(copy):
    config = yaml.safe_load((copy / "model.yaml").read_text())
    config["model"]["target"] = "taming.models.vqgan.GumbelVQ"
    (copy / "model.yaml").write_text(yaml.safe_dump(config))
    refused(
        edit(copy, "vqgan"), lambda pack: pack.vqgan, "GumbelVQ; VQModel and VQModelInterface are supported"
    )


def test_a_denoiser_without_its_text_encoder(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["models"]["text"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    refused(copy, lambda pack: pack.denoiser, "reads text, but the pack has no text encoder")


@pytest.mark.parametrize(
    ("size", "ask", "words"), [(30, "vqgan", "multiples of 4 px"), (24, "denoiser", "multiples of 16 px")]
)
def test_a_size_that_the_models_cannot_paint(copy, size, ask, words):
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "size": size}))
    refused(copy, lambda pack: getattr(pack, ask), words, f"size is {size}")
