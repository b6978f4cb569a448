"""Checkpoints as people have them: wrapped, sharded, of larger models, in transformers' layout."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from core.base.errors import PackError
from core.packs import open_pack
from core.packs.weights import read_state
from tests.support import full_size

STATE = {"a.weight": torch.ones(2), "b.c.bias": torch.zeros(1)}


@pytest.fixture
def copy(full_folder, tmp_path):
    return shutil.copytree(full_folder, tmp_path / "copy")


def replace_entry(folder: Path, name: str, entry: dict[str, Any]) -> Path:
    """Give a model of the pack another entry, with the hashes of every file in `files`."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["models"][name] = entry | {
        "files": {file: full_size.facts(folder / file) for file in entry["files"]}
    }
    path.write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
def test_wrappers_around_every_name_are_taken_off(tmp_path, prefix):
    torch.save({"state_dict": {prefix + name: value for name, value in STATE.items()}}, tmp_path / "a.pt")
    assert set(read_state(tmp_path / "a.pt")) == set(STATE)


def test_a_compiled_part_of_a_model_gets_its_own_names(tmp_path):
    save_file({"visual._orig_mod.w": torch.ones(1), "text.w": torch.ones(1)}, tmp_path / "a.safetensors")
    assert set(read_state(tmp_path / "a.safetensors")) == {"visual.w", "text.w"}


def test_a_name_that_only_begins_like_a_wrapper_stays(tmp_path):
    save_file({"module.w": torch.ones(1), "modular.w": torch.ones(1)}, tmp_path / "a.safetensors")
    assert set(read_state(tmp_path / "a.safetensors")) == {"module.w", "modular.w"}


def test_numbers_of_numpy_and_settings_beside_the_weights_do_no_harm(tmp_path):
    torch.save({"state_dict": STATE, "best": np.float64(0.5)}, tmp_path / "a.ckpt")
    assert set(read_state(tmp_path / "a.ckpt")) == set(STATE)


def test_settings_of_omegaconf_beside_the_weights_do_no_harm(tmp_path):
    omegaconf = pytest.importorskip("omegaconf", reason="omegaconf is not installed")
    settings = omegaconf.OmegaConf.create(
        {"lr": 1e-4, "steps": [1, 2], "on": True, "name": "x", "inner": {"a": 1}}
    )
    torch.save({"state_dict": STATE, "hyper_parameters": settings}, tmp_path / "a.ckpt")
    assert set(read_state(tmp_path / "a.ckpt")) == set(STATE)


def test_weights_in_several_files_are_read_by_their_index(copy):
    state = load_file(copy / "unet/diffusion_pytorch_model.safetensors")
    names = sorted(state)
    shards = {"one.safetensors": names[::2], "two.safetensors": names[1::2]}
    for shard, inside in shards.items():
        save_file({name: state[name] for name in inside}, copy / "unet" / shard)
    weight_map = {name: shard for shard, inside in shards.items() for name in inside}
    index = "unet/diffusion_pytorch_model.safetensors.index.json"
    (copy / index).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    entry = {"format": "diffusers", "file": index, "config_file": "unet/config.json"}
    entry["scheduler_file"] = "scheduler/scheduler_config.json"
    listed = [index, "unet/config.json", "scheduler/scheduler_config.json", "unet/one.safetensors"]
    pack = open_pack(replace_entry(copy, "denoiser", entry | {"files": listed}))
    with pytest.raises(PackError, match="needs unet/two.safetensors, which the manifest does not list"):
        pack.denoiser  # noqa: B018
    listed.append("unet/two.safetensors")
    opened = open_pack(replace_entry(copy, "denoiser", entry | {"files": listed})).denoiser
    assert all(torch.equal(value, state[name].float()) for name, value in opened.unet.state_dict().items())


def test_an_index_cannot_name_files_elsewhere(tmp_path):
    path = tmp_path / "a.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": {"a": "../secret.safetensors"}}))
    with pytest.raises(ValueError, match="names no files beside it"):
        read_state(path)


def stage_config(target: str, folder: Path) -> dict[str, Any]:
    """The "model" of a yaml: the copy's own VQGAN, under another target."""
    model = yaml.safe_load((folder / "model.yaml").read_text())["model"]
    return model | {"target": target}


@pytest.mark.parametrize("kind", ["transformer", "latent diffusion", "interface"])
def test_the_vqgan_inside_larger_checkpoints_is_taken(copy, kind):
    expected = open_pack(copy).vqgan.state_dict()
    state = {f"first_stage_model.{name}": value for name, value in expected.items()}
    state["transformer.tok_emb.weight"] = torch.zeros(2, 2)
    model = {"target": "taming.models.cond_transformer.Net2NetTransformer"}
    inner = stage_config("taming.models.vqgan.VQModel", copy)
    if kind == "latent diffusion":
        state["model_ema.diffusion_model"] = torch.zeros(1)
        model = {"target": "ldm.models.diffusion.ddpm.LatentDiffusion"}
        inner = stage_config("ldm.models.autoencoder.VQModelInterface", copy)
    model["params"] = {"first_stage_config": inner}
    if kind == "interface":
        state = dict(expected) | {"model_ema.decay": torch.zeros(1), "loss.logvar": torch.zeros(1)}
        model = stage_config("ldm.models.autoencoder.VQModelInterface", copy)
    torch.save({"state_dict": state}, copy / "large.ckpt")
    (copy / "large.yaml").write_text(yaml.safe_dump({"model": model}))
    entry = {"format": "taming", "file": "large.ckpt", "config_file": "large.yaml"}
    vqgan = open_pack(replace_entry(copy, "vqgan", entry | {"files": ["large.ckpt", "large.yaml"]})).vqgan
    assert all(torch.equal(value, expected[name]) for name, value in vqgan.state_dict().items())


def test_a_judge_may_bring_its_own_configuration_and_a_bias_of_its_loss(copy):
    state = load_file(copy / "open_clip_model.safetensors") | {"logit_bias": torch.tensor(-10.0)}
    save_file(state, copy / "biased.safetensors")
    config = {"model_cfg": full_size.CLIP | {"init_logit_bias": -10}, "preprocess_cfg": {"mean": [0.5] * 3}}
    (copy / "open_clip_config.json").write_text(json.dumps(config))
    entry = {"format": "open_clip", "file": "biased.safetensors", "config_file": "open_clip_config.json"}
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    before = open_pack(copy).judge
    judge = open_pack(replace_entry(copy, "judge", entry | {"files": list(entry.values())[1:]})).judge
    assert judge.size == 16 and torch.equal(judge._mean.flatten(), torch.full((3,), 0.5))
    same = before.clip.encode_image(images), judge.clip.encode_image(images)
    assert torch.equal(*same)


@pytest.mark.parametrize("suffix", ["safetensors", "bin"])
@pytest.mark.parametrize("activation", ["quick_gelu", "gelu"])
def test_a_clip_of_transformers_is_a_judge(copy, suffix, activation):
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    text = full_size.TEXT | {"hidden_act": activation}
    vision = {"image_size": 16, "patch_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
    vision |= {"hidden_size": 32, "intermediate_size": 48, "hidden_act": activation}
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
    theirs = transformers.CLIPModel(config).eval()
    theirs.save_pretrained(copy / "clip")
    weights = f"clip/model.{suffix}"
    if suffix == "bin":
        torch.save(theirs.state_dict(), copy / weights)
    entry = {"format": "transformers", "file": weights, "config_file": "clip/config.json"}
    judge = open_pack(replace_entry(copy, "judge", entry | {"files": [weights, "clip/config.json"]})).judge
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    ids = judge.tokenizer(["a red fox in snow"])
    with torch.no_grad():
        found = theirs(input_ids=ids, pixel_values=(images - judge._mean) / judge._std)
    assert torch.allclose(judge.features(images), found.image_embeds, atol=1e-5)
    assert torch.allclose(judge.encode("a red fox in snow").embedding, found.text_embeds, atol=1e-5)


def test_a_siglip_of_transformers_is_refused_in_words(copy):
    (copy / "siglip.json").write_text(json.dumps({"model_type": "siglip"}))
    entry = {"format": "transformers", "file": "open_clip_model.safetensors", "config_file": "siglip.json"}
    files = ["open_clip_model.safetensors", "siglip.json"]
    with pytest.raises(PackError, match="the config is of a siglip; a clip is supported"):
        open_pack(replace_entry(copy, "judge", entry | {"files": files})).judge  # noqa: B018
