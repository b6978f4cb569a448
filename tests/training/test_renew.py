"""Single networks of the shipped pack are trained further, and take the places of the old ones."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.base.errors import SettingError
from core.cli import train
from core.packs import open_pack, read_manifest
from core.packs.manifest import pack_folder
from core.training import denoiser, judges, renew, stages
from core.training import pack as packs
from core.training.whole import LANES, lanes_of
from tests.support.training_data import trained, weights

MINIATURE = pack_folder("miniature")
START = Path("miniature")


@pytest.fixture
def still(monkeypatch):
    """No weight moves, and no preview is painted."""
    for module in (judges, denoiser):
        monkeypatch.setattr(module, "schedule", lambda step, progress, **_: 0.0)
    monkeypatch.setattr(stages, "_look", lambda *_: None)


@pytest.fixture
def unmeasured(monkeypatch):
    monkeypatch.setattr(packs, "measure", lambda folder, *_: read_manifest(folder))


def test_a_judge_begins_with_the_weights_of_a_pack(data, still, tmp_path):
    model, _ = trained("heldout", data, tmp_path, 1, start=START)
    learned = dict(model.named_parameters())  # what is counted in passing, such as means of batches, moves
    given = load_file(MINIATURE / "heldout.safetensors")
    assert all(torch.allclose(value, given[name].float(), atol=1e-3) for name, value in learned.items())
    fresh, _ = trained("heldout", data, tmp_path / "fresh", 1)
    assert not torch.allclose(weights(fresh), weights(model), atol=1e-2)


def test_a_denoiser_trained_alone_keeps_the_packs_autoencoder_and_its_scale(data, still, tmp_path):
    trained("denoiser", data, tmp_path, 1, start=START, only=("denoiser",))
    latent = read_manifest(MINIATURE)["models"]["denoiser"]["latent"]
    kept = json.loads((tmp_path / "latents.json").read_text())
    assert kept == {name: latent[name] for name in ("mean", "std")}
    with pytest.raises(FileNotFoundError, match="codebook.pt is missing"):
        trained("denoiser", data, tmp_path / "all", 1, start=START)


def test_a_network_trained_further_replaces_that_of_the_pack(data, unmeasured, tmp_path):
    trained("heldout", data, tmp_path / "work", 2, start=START)
    out = tmp_path / "pack"
    arguments = ["pack", "--work", tmp_path / "work", "--data", data, "--start", "miniature", "--out", out]
    assert train.main([str(argument) for argument in arguments]) == 0
    old, new = read_manifest(MINIATURE), read_manifest(out)
    changed = {
        name for name, entry in new["models"].items() if entry["sha256"] != old["models"][name]["sha256"]
    }
    assert changed == {"heldout"}
    training = new["models"]["heldout"]["training"]
    assert training["steps"] == 2 and training["before"] == old["models"]["heldout"]["training"]
    assert training["began_with"] == f"weights of pack {packs.pack_hash(old)[:16]}"
    assert new["renderings"] == old["renderings"]  # 24 pictures are no more than it had seen before
    assert open_pack(out).heldout.clip.visual is not None


def test_what_others_build_on_is_not_replaced_alone(data, unmeasured, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(SettingError, match="Train a stage first"):
        renew.renew(work, data, tmp_path / "pack", START)
    for kind in (".safetensors", ".json"):
        shutil.copy(MINIATURE / ("judge.safetensors" if kind == ".safetensors" else "manifest.json"),
                    work / f"judge{kind}")  # fmt: skip
    with pytest.raises(SettingError, match="the pack's robust builds on, but no robust"):
        renew.renew(work, data, tmp_path / "pack", START)
    for fitted in renew.FITTED:
        shutil.copy(MINIATURE / "judge.safetensors", work / f"{fitted}.safetensors")
        with pytest.raises(SettingError, match=f"holds {fitted}, to which other parts"):
            renew.renew(work, data, tmp_path / "pack", START)
        (work / f"{fitted}.safetensors").unlink()
    assert not (tmp_path / "pack").exists()


def test_stages_that_are_asked_for_run_side_by_side():
    assert lanes_of(()) == list(LANES)
    assert [list(lane) for lane in lanes_of(("denoiser", "heldout"))] == [["denoiser"], ["heldout"]]
