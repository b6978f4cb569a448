"""Published weights in their upstream layouts come through the real path, and are what the upstream libraries
load.
"""

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from core.base.errors import SettingError
from core.base.images import read_image, to_tensor
from core.base.request import RunRequest
from core.base.settings import painter_settings
from core.execute import execute
from core.packs import open_pack, pack_hash, read_manifest
from core.packs.denoisers import latent_autoencoder
from tests.support import full_size

PHOTOGRAPHS = Path("../shared/data/photos")
TAEF2 = Path("../shared/data/taef2")


@pytest.fixture(scope="module")
def full(full_folder):
    return open_pack(full_folder)


@pytest.fixture(scope="module")
def ddpm(tmp_path_factory):
    return open_pack(full_size.write_full_pack(tmp_path_factory.mktemp("ddpm") / "pack", text=False))


@pytest.fixture
def copy(full_folder, tmp_path):
    return shutil.copytree(full_folder, tmp_path / "copy")


def random(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1))


class Recorder:
    def __init__(self):
        self.rows = []

    def record(self, frame, measurement):
        self.rows.append((frame.painter, frame.step, frame.image, measurement))


def paint(pack, **settings):
    recorder = Recorder()
    request = RunRequest.make("A café – 3 dogs!", 1, str(pack.folder), tuple(settings), **settings)
    assert execute(request, pack, recorder, extras=1) == "done"
    return recorder.rows


def test_all_three_painters_paint_with_such_a_pack(full):
    rows = paint(
        full, pixels={"steps": 2}, vqgan={"steps": 2, "cutouts": 2}, diffusion={"steps": 3, "cutouts": 2}
    )
    assert [(painter, step) for painter, step, *_ in rows if step == 2] == [
        ("diffusion", 2),
        ("pixels", 2),
        ("vqgan", 2),
    ]
    assert all(image.shape == (32, 32, 3) for *_, image, _ in rows)
    assert all(np.isfinite(found.score + found.heldout) and 0 <= found.realism <= 1 for *_, found in rows)
    pictures = [image for painter, _, image, _ in rows if painter == "diffusion"]
    assert all((one != other).any() for one, other in itertools.pairwise(pictures))
    assert "autoencoder" in full.manifest["models"] and full.denoiser.conditional


def test_judges_are_those_that_open_clip_loads_itself(full, full_folder):
    import open_clip

    images = random(2, 3, 16, 16)
    for judge, file in ((full.judge, "open_clip_model.safetensors"), (full.heldout, "epoch_3.pt")):
        theirs = open_clip.create_model(full_size.ARCHITECTURE, pretrained=str(full_folder / file)).eval()
        mean, std = (
            torch.tensor(v).view(3, 1, 1)
            for v in (open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD)
        )
        with torch.no_grad():
            image = theirs.encode_image((images - mean) / std, normalize=True)
            text = theirs.encode_text(open_clip.tokenize(["A café – 3 dogs!"]), normalize=True)
        assert torch.allclose(judge.features(images), image, atol=1e-5)
        assert torch.allclose(judge.encode("A café – 3 dogs!").embedding, text, atol=1e-5)
    assert full.judge.size == 16 and full.unknown_words("whatever zebra 🦊") == []


def test_a_prompt_of_nothing_but_spaces_has_no_known_word(full):
    assert full.tokenizer.known_words("  ") == [] and full.tokenizer.known_words("a b") == ["a", "b"]


def test_the_vqgan_is_the_checkpoint_without_its_loss(full, full_folder):
    expected, ours = torch.load(full_folder.parent / "vqgan.pt"), full.vqgan.state_dict()
    assert set(expected) == set(ours) and all(
        torch.equal(expected[key], value) for key, value in ours.items()
    )
    assert full.vqgan.grid(full.size) == 8 and len(full.vqgan.codebook) == 24


def test_unet_scheduler_and_decoders_are_those_that_diffusers_loads_itself(full, full_folder):
    from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel

    unet = UNet2DConditionModel.from_pretrained(full_folder / "unet", torch_dtype=torch.float32).eval()
    x, context = torch.randn(1, 4, 4, 4), full.denoiser.context("a dog")
    with torch.no_grad():
        assert torch.allclose(
            full.denoiser.x0_eps(x, 981, context)[1], unet(x, 981, context).sample, atol=1e-5
        )
        kl = AutoencoderKL.from_pretrained(full_folder / "vae").eval().decode(x / 0.18215).sample
        quick = AutoencoderTiny.from_pretrained(full_folder / "taesd").eval().decode(x).sample
    assert torch.allclose(full.denoiser.decode_final(x), (kl / 2 + 0.5).clamp(0, 1), atol=1e-5)
    assert torch.allclose(full.denoiser.decode(x), (quick / 2 + 0.5).clamp(0, 1), atol=1e-5)
    assert full.denoiser.timesteps(50)[:2] == [981, 961] and full.denoiser.alpha_bar(
        -1
    ) == full.denoiser.alpha_bar(0)
    assert (
        not full.denoiser.scheduler.config.clip_sample
    )  # PNDM's file does not say, and the default would clip latents
    assert full.denoiser.encode(random(1, 3, 32, 32)).shape == (1, 4, 4, 4)


@pytest.mark.parametrize("activation", ["quick_gelu", "gelu"])
def test_the_text_encoder_is_that_of_transformers(activation, tmp_path):
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    from core.models.clip_text import FullTokenizer, build_clip_text, to_open_clip_names

    config = {**full_size.TEXT, "hidden_act": activation}
    theirs = transformers.CLIPTextModel(transformers.CLIPTextConfig(**config)).eval()
    state = {
        f"text_model.{key.removeprefix('text_model.')}": value for key, value in theirs.state_dict().items()
    }
    ours = build_clip_text(config)
    ours.load_state_dict(
        to_open_clip_names({**state, "text_model.embeddings.position_ids": torch.arange(77)[None]})
    )
    ids = FullTokenizer(77, "end")(["a red fox in snow", ""])
    with torch.no_grad():
        assert torch.allclose(ours.eval()(ids), theirs(ids).last_hidden_state, atol=1e-5)
    assert ids[0, 0] == 49406 and ids[0, 6:].unique().tolist() == [49407] and ids.shape == (2, 77)
    assert FullTokenizer(77)(["x " * 200])[0, -1] == 49407 and FullTokenizer(77)(["fox"])[
        0, 3:
    ].unique().tolist() == [0]


def test_an_unconditional_denoiser_of_pixels(ddpm):
    from diffusers import UNet2DModel

    assert ddpm.denoiser.latent_shape == (3, 32, 32) and not ddpm.denoiser.conditional
    unet = UNet2DModel.from_pretrained(ddpm.folder / "unet", use_safetensors=False).eval()
    x = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        x0, eps = ddpm.denoiser.x0_eps(x, 500, ddpm.denoiser.empty_context())
        assert torch.allclose(
            eps, unet(x, 500).sample, atol=1e-5
        )  # although its attention has its former names
    assert x0.abs().max() <= 1
    images = random(1, 3, 32, 32)
    assert torch.allclose(ddpm.denoiser.decode(ddpm.denoiser.encode(images)), images, atol=1e-6)
    assert len(paint(ddpm, diffusion={"steps": 2, "mode": "both"})) == 3
    with pytest.raises(SettingError, match="takes no text; choose mode judge or both"):
        ddpm.painter_models("diffusion", painter_settings("diffusion", {"mode": "text"}))


def test_a_half_precision_denoiser_stays_so_where_the_device_knows_it(full, monkeypatch):
    entry = full.manifest["models"]["denoiser"]
    half = {"w": torch.zeros(1, dtype=torch.float16)}
    assert {p.dtype for p in full.denoiser.unet.parameters()} == {torch.float32}
    monkeypatch.setattr(full, "device", "cuda")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert full._precision("denoiser", entry, half) == torch.bfloat16
    assert full._precision("denoiser", entry, {"w": torch.zeros(1)}) == torch.float32
    assert (
        full._precision("judge", full.manifest["models"]["judge"], half) == torch.float32
    )  # scores are figures


def test_realism_is_that_of_the_shipped_photographs(full, miniature):
    from PIL import Image

    from core.packs.photograph_realism import open_for_pack

    rng = np.random.default_rng(0)
    picture = np.array(Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)).resize((256, 256)))
    shipped = open_for_pack("photographs", miniature)
    smaller = np.array(Image.fromarray(picture).resize((224, 224), Image.Resampling.BICUBIC))
    assert full.realism.score(picture) == shipped.score(smaller)
    settings = painter_settings("pixels", {"also_optimise": "S and K"})
    images = random(1, 3, 32, 32).requires_grad_()
    loss = full.painter_models("pixels", settings).proxy(images)
    assert torch.autograd.grad(loss, images)[0].abs().max() > 0


def test_a_pack_may_get_a_reference_of_its_own(copy, tmp_path):
    from core.base.images import write_png
    from core.training.realism import from_folder
    from tests.conftest import smooth_picture

    rng = np.random.default_rng(0)
    for i in range(110):
        write_png(tmp_path / f"photos/{i:03d}.png", smooth_picture(rng, 36))
    before = open_pack(copy)
    from_folder(tmp_path / "photos", "miniature", copy, each=1, tell=lambda text: None)
    after = open_pack(copy)
    assert (
        after.hash != before.hash and after.realism.size == (32, 32) and after.manifest["reference"] is None
    )
    assert 0 <= after.realism.score(smooth_picture(rng, 32)).realism <= 1


def test_the_hash_names_what_is_computed(full, full_folder, monkeypatch):
    manifest = read_manifest(full_folder)
    assert pack_hash(manifest) == full.hash
    described = json.loads(json.dumps(manifest))
    described["models"]["denoiser"]["sources"] = ["somewhere"]
    described["models"]["denoiser"]["files"]["unet/config.json"]["sources"] = ["elsewhere"]
    assert pack_hash(described) == full.hash
    described["models"]["denoiser"]["files"]["unet/config.json"]["sha256"] = "0" * 64
    assert pack_hash(described) != full.hash
    monkeypatch.setattr("core.packs.manifest._shipped_reference", lambda: ["another"])
    assert pack_hash(manifest) != full.hash  # realism measures against it


@pytest.mark.skipif(
    not TAEF2.is_dir() or not PHOTOGRAPHS.is_dir(),
    reason="the published autoencoder or the photographs are not here",
)
def test_real_published_weights_reconstruct_real_photographs(tmp_path):
    for part in ("encoder", "decoder"):
        (tmp_path / f"taef2_{part}.pth").symlink_to((TAEF2 / f"taef2_{part}.pth").resolve())
    more = {"encoder_file": "taef2_encoder.pth", "latent_channels": 32, "midblock_norm": True}
    models = {"autoencoder": full_size.entry(tmp_path, "taesd", "taef2_decoder.pth", **more)}
    autoencoder = latent_autoencoder(open_pack(full_size.write_manifest(tmp_path, models)), "autoencoder")
    found = []
    for path in sorted(PHOTOGRAPHS.glob("*.jpg"))[:60:15]:
        picture = to_tensor(read_image(path)[32:288, 32:288])
        with torch.no_grad():
            found.append(
                float(
                    -10
                    * torch.log10((autoencoder.decode(autoencoder.encode(picture)) - picture).square().mean())
                )
            )
    assert np.mean(found) >= 26, found
