"""Which judge a painter follows: the judge, the held-out judge, both, or the robust one; who measures it."""

import shutil

import pytest
import torch

from core.base.errors import SettingError
from core.base.request import RunRequest
from core.execute import measured_frames
from core.models.clip import build_image_tower
from core.models.optimised import lean_models
from core.packs import open_pack
from core.packs.manifest import read_manifest
from core.packs.support import check_supported, judge_choices
from core.packs.write import replace_model

CHOICES = ("judge", "heldout", "both", "robust")


@pytest.fixture(scope="module")
def robust_pack(tiny_pack, tmp_path_factory):
    """The tiny pack with a robust judge: an image tower like the judge's with other weights."""
    folder = tmp_path_factory.mktemp("packs") / "robust"
    shutil.copytree(tiny_pack.folder, folder)
    entry = {key: tiny_pack.manifest["models"]["judge"][key] for key in ("config", "preprocessing")}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        state = build_image_tower(entry["config"]).state_dict()
    replace_model(folder, "robust", state, {"architecture": "open_clip.CLIP image tower", **entry})
    return open_pack(folder)


def request(choice, painter="pixels"):
    return RunRequest.make("a red fox", painters=(painter,), **{painter: {"steps": 2, "judge": choice}})


def losses(pack, choice, images):
    judge = pack.painter_models("pixels", request(choice).settings["pixels"]).judge
    return judge.loss(images, judge.encode("a red fox"))


def test_each_choice_follows_its_own_networks(robust_pack):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = {choice: float(losses(robust_pack, choice, images)) for choice in CHOICES}
    assert len({round(value, 6) for value in found.values()}) == 4
    assert found["both"] == pytest.approx((found["judge"] + found["heldout"]) / 2)
    own = robust_pack.judge.encode("a red fox").embedding
    assert torch.equal(robust_pack.robust.encode("a red fox").embedding, own), "they read prompts alike"


@pytest.mark.parametrize("choice", CHOICES)
def test_lean_copies_follow_the_same_networks_and_are_kept(robust_pack, choice):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    models = robust_pack.painter_models("pixels", request(choice).settings["pixels"])
    made = {}
    lean = lean_models(models, torch.float32, made).judge
    assert float(lean.loss(images, models.judge.encode("a red fox"))) == pytest.approx(
        float(losses(robust_pack, choice, images)), abs=1e-5
    )
    copies = dict(made)
    lean_models(models, torch.float32, made)
    assert made == copies


def test_every_judge_measures_every_frame_whoever_steers(robust_pack):
    finals = {}
    for choice in CHOICES:
        *_, (frame, measured) = measured_frames(request(choice), robust_pack)
        judges = {"score": robust_pack.judge, "heldout": robust_pack.heldout, "robust": robust_pack.robust}
        for name, judge in judges.items():
            expected = judge.score(frame.image, judge.encode("a red fox"))
            assert getattr(measured, name) == pytest.approx(expected, abs=1e-6)
        finals[choice] = frame.image.tobytes()
    assert len(set(finals.values())) == 4


def test_a_pack_without_a_robust_judge_refuses_it_in_words_and_measures_without(tiny_pack):
    assert judge_choices(tiny_pack.manifest) == CHOICES[:3]
    settings = request("robust").settings
    with pytest.raises(
        SettingError, match="'tiny' has no robust judge.*Set judge to judge or heldout or both"
    ):
        check_supported(settings, tiny_pack.manifest)
    with pytest.raises(SettingError, match="Pixel ascent.*no robust judge"):
        tiny_pack.painter_models("pixels", settings["pixels"])
    for choice in CHOICES[:3]:
        *_, (_, measured) = measured_frames(request(choice), tiny_pack)
        assert measured.robust is None


@pytest.mark.parametrize(
    ("choice", "without", "said"),
    [
        (
            "heldout",
            "heldout",
            "has no second judge, so nothing can follow it. Set judge to judge or robust.",
        ),
        ("both", "heldout", "has no second judge, so nothing can follow it. Set judge to judge or robust."),
        ("robust", "robust", "has no robust judge, so nothing can follow it. Set judge to judge or heldout"),
    ],
)
def test_the_judge_that_is_missing_is_named(robust_pack, choice, without, said):
    models = {name: model for name, model in robust_pack.manifest["models"].items() if name != without}
    with pytest.raises(SettingError) as refused:
        check_supported(request(choice).settings, {"name": "small", "models": models})
    assert f"model pack 'small' {said}" in str(refused.value)


@pytest.mark.parametrize("pack", ["miniature"])
def test_a_shipped_robust_judge_comes_with_every_gap_measured(pack):
    if not (isinstance(pack, str) or pack.is_dir()):
        pytest.skip("it has become the shipped pack")
    manifest = read_manifest(pack)
    if "robust" not in manifest["models"]:
        pytest.skip("this pack has none")
    reference = manifest["reference"]
    assert set(reference["gaps"]) == set(CHOICES) and reference["gaps"]["judge"] == reference["gap"]
    for name in ("score", "heldout", "robust", "both"):
        band = reference[name]
        assert band["mismatched"] < band["p5"] < band["p50"] < band["p95"]
