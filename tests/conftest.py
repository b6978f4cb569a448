"""Fixtures for all tests. torch is imported only by the fixtures that need it."""

import os
import threading

# Before anything imports torch: many threads on tiny tensors are slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["CTJP_PAINT_AHEAD"] = "0"  # painter processes paint what a test asks for, and nothing else

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from tests.support.order import keep_order, order_files  # noqa: E402
from tests.support.own_app import place_fixture  # noqa: E402
from tests.support.second_try import tell_second_tries  # noqa: E402

SIZE = 32
EXAMPLES = ["a red fox in snow", "a blue rabbit on grass at sunset"]
TEXT = {"context_length": 12, "width": 32, "heads": 2, "layers": 1}
VQGAN = {
    "ddconfig": {
        "double_z": False,
        "z_channels": 4,
        "resolution": 16,
        "in_channels": 12,
        "out_ch": 12,
        "ch": 32,
        "ch_mult": [1, 1],
        "num_res_blocks": 1,
        "attn_resolutions": [],
        "dropout": 0.0,
    },
    "n_embed": 16,
    "embed_dim": 4,
    "unshuffle": 2,
}
UNET = {
    "sample_size": 8,
    "in_channels": 4,
    "out_channels": 4,
    "down_block_types": ["CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D"],
    "block_out_channels": [16],
    "layers_per_block": 1,
    "cross_attention_dim": TEXT["width"],
    "attention_head_dim": 8,
    "norm_num_groups": 8,
}
SCHEDULER = {
    "num_train_timesteps": 1000,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": True,
    "timestep_spacing": "trailing",
}
VISION = {
    "judge": {"image_size": 16, "layers": 1, "width": 32, "head_width": 16, "patch_size": 4},
    "heldout": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 16},
}
place = place_fixture("module")
OWN_SIDES = [40 + number % 8 for number in range(130)]  # of pictures that a reference is fitted to


def tiny_manifest():
    """(manifest without hashes, tokenizer size) of a pack like the miniature, but tiny."""
    from core.models.clip import Tokenizer, compact_vocabulary

    words, vocabulary = compact_vocabulary(EXAMPLES)
    text = {**TEXT, "vocab_size": Tokenizer(vocabulary, words, TEXT["context_length"]).size}
    models = {
        name: {
            "architecture": "open_clip CLIP",
            "config": {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text},
            "preprocessing": {"size": vision["image_size"], "mean": [0.5] * 3, "std": [0.25] * 3},
        }
        for name, vision in VISION.items()
    }
    models["vqgan"] = {"architecture": "taming VQGAN", "config": VQGAN}
    models["denoiser"] = {
        "architecture": "diffusers UNet2DConditionModel",
        "config": UNET,
        "scheduler": SCHEDULER,
        "latent": {"shape": [4, 8, 8], "mean": [0.0] * 4, "std": [1.0] * 4},
    }
    models["text"] = {"architecture": "open_clip CLIP text tower", "config": models["judge"]["config"]}
    models["realism"] = {"architecture": "reference statistics"}
    judged = {"p5": 0.2, "p50": 0.4, "p95": 0.6, "matched": 0.4, "mismatched": 0.0}
    return {
        "name": "tiny",
        "title": "Tiny random models for tests",
        "size": SIZE,
        "licence": "none",
        "examples": EXAMPLES,
        "words": words,
        "vocabulary": vocabulary,
        "models": models,
        "reference": {
            "score": judged,
            "heldout": judged,
            "gap": {"p5": -0.2, "p50": 0.0, "p95": 0.2, "p99": 0.25},
            "realism": {"p5": 0.5, "p50": 0.9, "p95": 0.99},
        },
    }


def smooth_picture(rng, size=SIZE):
    """uint8 size×size×3: random broad shapes with a little grain, standing in for a photograph."""
    from scipy.ndimage import gaussian_filter

    picture = gaussian_filter(rng.normal(size=(size, size, 3)), (3, 3, 0))
    picture = 0.5 + 0.2 * picture / picture.std() + rng.normal(scale=0.02, size=picture.shape)
    return (picture.clip(0, 1) * 255).round().astype(np.uint8)


def write_tiny_pack(folder):
    """Random but valid tiny models, always the same, written as a pack; returns the folder."""
    import torch

    from core.base.images import to_tensor
    from core.measures.reference_fitting import fit_reference
    from core.models.clip import TextEncoder, Tokenizer, build_clip
    from core.models.diffusion import build_unet
    from core.models.judge import Judge
    from core.models.taming import build_vqgan
    from core.packs import write_pack

    manifest = tiny_manifest()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        clips = {name: build_clip(manifest["models"][name]["config"]) for name in VISION}
        vqgan, unet = build_vqgan(VQGAN), build_unet(UNET)
        torch.nn.init.normal_(vqgan.codebook)
    tokenizer = Tokenizer(manifest["vocabulary"], manifest["words"], TEXT["context_length"])
    heldout = Judge(clips["heldout"], manifest["models"]["heldout"]["preprocessing"], tokenizer)

    @torch.no_grad()
    def features(views):
        return heldout.features(to_tensor(views)).numpy()

    rng = np.random.default_rng(0)
    pictures = [smooth_picture(rng) for _ in range(60)]
    reference = fit_reference(pictures[:30], features, pictures[30:])
    states = {name: clip.state_dict() for name, clip in clips.items()}
    states |= {"vqgan": vqgan.state_dict(), "denoiser": unet.state_dict()}
    states |= {"text": TextEncoder(clips["judge"]).state_dict(), "realism": reference}
    write_pack(folder, manifest, states)
    return folder


@pytest.fixture(scope="session")
def tiny_pack(tmp_path_factory):
    """A ModelPack of tiny random models at 32 px; its files lie in `tiny_pack.folder`."""
    from core.packs import open_pack

    return open_pack(write_tiny_pack(tmp_path_factory.mktemp("packs") / "tiny"))


@pytest.fixture(scope="session")
def own_pictures(tmp_path_factory):
    """A folder of pictures, OWN_SIDES high, a small one and two files that are none; not to be written to."""
    from core.base.images import write_png

    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for number, side in enumerate(OWN_SIDES):
        write_png(folder / f"{number:03d}.png", smooth_picture(rng, 48)[:side])
    write_png(folder / "small.png", smooth_picture(rng, 24))
    (folder / "notes.jpg").write_text("not a picture")
    (folder / "notes.txt").write_text("not a picture either")
    return folder


def fitted_reference(pictures, pack, out):
    """Fit a realism reference in one thread and write it to `out`; returns its recipe.

    Earlier tests may have left torch with more threads, and then the last bits differ.
    """
    from core.base.machine import torch_threads
    from core.training.realism import from_folder

    with torch_threads(1):
        return from_folder(pictures, pack, out, each=2, tell=lambda text: None)


@pytest.fixture(scope="session")
def own_reference(own_pictures, tiny_pack, tmp_path_factory):
    """(folder of a realism reference fitted to them with two crops each, its recipe)."""
    out = tmp_path_factory.mktemp("reference") / "own"
    return out, fitted_reference(own_pictures, tiny_pack.folder, out)


@pytest.fixture(scope="session")
def miniature():
    """The shipped pack, opened once for all tests that only look at it."""
    from core.packs import open_pack

    return open_pack("miniature")


@pytest.fixture(scope="session")
def full_folder(tmp_path_factory):
    """Folder of a tiny pack whose files are laid out as published full-size weights are."""
    pytest.importorskip("transformers", reason="transformers is not installed")
    from tests.support.full_size import write_full_pack

    return write_full_pack(tmp_path_factory.mktemp("full") / "pack")


@pytest.fixture
def runs(tmp_path):
    """An empty run store."""
    from core.storage.run_store import RunStore

    with RunStore(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def painting(runs, monkeypatch):
    """The painter process's loop on that store, in this process, with painters that cost nothing."""
    from core.service.heartbeat import Heartbeat
    from core.service.painter_loop import PainterLoop
    from tests.support.fake_pack import FakePack, painters

    fakes = painters()
    monkeypatch.setattr("core.execute.painter_classes", lambda: fakes)
    return PainterLoop(runs, Heartbeat(runs, "w"), threading.Event(), lambda name: FakePack())


def pytest_configure(config):
    keep_order(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    order_files(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What a person would have seen stands below the traceback of a browser test that failed."""
    report = yield
    if report.when == "call" and report.failed:
        for one in getattr(item.funcargs.get("watched"), "opened", ()):
            report.sections.append((f"page {one.page.url}", one.text()))
    return report


def pytest_terminal_summary(terminalreporter):
    tell_second_tries(terminalreporter)
