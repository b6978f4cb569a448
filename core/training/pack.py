"""From checkpoints to a pack: the realism reference, the figures, the manifest."""

from pathlib import Path

import torch

from core.models.clip import compact_vocabulary
from core.packs import open_pack, pack_hash, write_pack
from core.packs.manifest import read_manifest
from core.packs.write import write_manifest
from core.training import autoencoder, choices, denoiser, evaluate, judges
from core.training.captioned import captioned_pictures, square
from core.training.data import load_split
from core.training.realism import rendered_reference
from core.training.texts import Captioned, caption, every_text, is_own

EXAMPLES = (
    "a red fox in snow",
    "a yellow duck on the lake at sunset",
    "a blue car on sand",
    "a white rabbit on grass at noon",
    "a purple rocket on stone at night",
    "a green elephant in fog",
    "an orange penguin next to a blue house after dark",
    "a black boat on water at dusk",
)
CHECKPOINTS = ("judge", "heldout", "vqgan", "decoder", "denoiser")
RECIPE = {
    "judge": "InfoNCE on (picture, paraphrase) pairs of even index; mirrored, zoomed to .82-1, brightness .9-1.1; batch 128; "
    "captions that also fit another picture of the batch are no negatives; every second batch of look-alikes (same colour, ground "
    "and time); beside it, linear heads name every facet from the image embedding (weight .5, dropped afterwards); averaged weights",
    "heldout": "as the judge, with another tower, another seed, and the pictures of odd index only",
    "vqgan": "stage 1: L1 of pixels and of their differences on 64 px crops, codebook by moving average, 30 % of the latents "
    "decoded without quantisation; stage 2: decoder alone on whole pictures, patch discriminator with adaptive weight and feature matching",
    "denoiser": "v-prediction, cosine schedule, min-SNR-5, condition dropped in 18 %, latents of pictures and mirror images; the caption "
    "by cross-attention and, pooled, in the time embedding; averaged weights",
    "text": "learned together with the denoiser, from its loss alone; averaged weights",
}

# Where captions take the place of the grammar.
OWN_RECIPE = {
    "judge": "InfoNCE on (picture, caption) pairs of even index; mirrored, zoomed to .82-1, brightness .9-1.1; pictures with the same "
    "captions are no negatives; averaged weights",
}


def checkpoint(work, name):
    """Averaged weights and training record of one checkpoint. Raises FileNotFoundError."""
    path = Path(work) / f"{name}.pt"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; run: python -m core train {name} --work {work}")
    saved = torch.load(path, map_location="cpu", weights_only=True)
    record = {
        "command": f"python -m core train {name} --steps {saved['step']}",
        "calls": saved["calls"],
        "steps": saved["step"],
        "seconds": round(saved["seconds"]),
        **{key: round(value, 5) for key, value in saved["figures"].items()},
    }
    return saved["parts"]["average"], record


def skeleton(records, mean, std, scenes=(), name="miniature"):
    """The manifest without figures; `scenes` that are captions make it a pack of one's own, called `name`."""
    words, vocabulary = compact_vocabulary(every_text(scenes))
    recipe = RECIPE | (OWN_RECIPE if is_own(scenes) else {})
    training = lambda name, **more: {"training": {"recipe": recipe[name], **more}}
    judge = lambda name: {
        "architecture": "open_clip.CLIP",
        "config": judges.config(name, scenes),
        "preprocessing": judges.PREPROCESSING,
        **training(name, seed=judges.SEEDS[name], **records[name]),
    }
    about = {"name": name, "title": "Miniature world", "size": 128, "licence": "MIT", "examples": list(EXAMPLES)}
    if is_own(scenes):
        examples = dict.fromkeys(caption(scene) for scene in scenes)
        own = {"title": f"Pictures of one's own: {name}", "licence": "that of the pictures it was trained on"}
        about |= own | {"examples": sorted(examples, key=len)[: len(EXAMPLES)]}
    return {
        **about,
        "words": words,
        "vocabulary": vocabulary,
        "models": {
            "judge": judge("judge"),
            "heldout": judge("heldout"),
            "vqgan": {
                "architecture": "taming VQGAN",
                "config": autoencoder.CONFIG,
                **training("vqgan", stage1={"seed": 2, **records["vqgan"]}, stage2={"seed": 3, **records["decoder"]}),
            },
            "denoiser": {
                "architecture": "diffusers.UNet2DConditionModel",
                "config": denoiser.CONFIG,
                "scheduler": denoiser.SCHEDULER,
                "latent": {"shape": [8, 16, 16], "mean": mean.tolist(), "std": std.tolist(), "quantise": False},
                **training("denoiser", seed=4, **records["denoiser"]),
            },
            "text": {"architecture": "open_clip.CLIP text tower", "config": judges.config("judge", scenes), **training("text", seed=4)},
            "realism": {"architecture": "min(S, K)", "config": {}},
        },
        "reference": {},
    }


def assemble(work, data, folder, start=None, tell=print, name="miniature"):
    """Build the pack from the checkpoints in `work`, fit its realism reference, measure it.

    Args:
        work: folder of the checkpoints; data: folder of the rendered splits; folder: where the pack goes.
        start: pack whose weights vqgan and denoiser began with, if they did; its hash goes into the manifest.
        name: of the pack.

    Returns:
        The manifest as written.
    """
    loaded = {name: checkpoint(work, name) for name in CHECKPOINTS}
    if start is not None:
        for part in ("vqgan", "denoiser"):
            loaded[part][1]["began_with"] = f"weights of pack {pack_hash(read_manifest(start))[:16]}"
    mean, std = denoiser.latent_statistics(torch.load(Path(work) / "latents.pt", weights_only=True))
    _, scenes = load_split(data, "train")
    manifest = skeleton({part: record for part, (_, record) in loaded.items()}, mean, std, scenes, name)
    states = {part: loaded["decoder" if part == "vqgan" else part][0] for part in ("judge", "heldout", "vqgan")}
    for model, part in (("denoiser", "unet."), ("text", "text.")):
        states[model] = {key.removeprefix(part): value for key, value in loaded["denoiser"][0].items() if key.startswith(part)}
    realism = manifest["models"].pop("realism")
    write_pack(folder, manifest, states)
    pack = open_pack(folder)
    manifest["models"]["realism"] = realism
    tell("fitting the realism reference")
    states["realism"], realism["training"] = rendered_reference(pack, data)
    if not is_own(scenes):
        tell("measuring what the choices are worth")
        manifest["choices"] = choices.measure(Path(work), data)
    write_pack(folder, manifest, states)
    return measure(folder, data, manifest, states, tell)


def measure(folder, data, manifest, states, tell=print):
    """Fill in the figures and the reference bands, on the test split, and write the pack again."""
    pack = open_pack(folder)
    pictures, scenes = load_split(data, "test")
    for name in ("judge", "heldout"):
        manifest["models"][name]["figures"] = evaluate.retrieval(getattr(pack, name), pictures, scenes)
        tell(f"{name}: {manifest['models'][name]['figures']}")
    manifest["models"]["vqgan"]["figures"] = evaluate.reconstruction(pack.vqgan, pictures[:300])
    tell(f"vqgan: {manifest['models']['vqgan']['figures']}")
    manifest["models"]["denoiser"]["figures"] = evaluate.sampling(pack, scenes[:40])
    tell(f"denoiser: {manifest['models']['denoiser']['figures']}")
    manifest["reference"] = evaluate.reference_figures(pack, pictures, scenes)
    tell(f"reference: {manifest['reference']}")
    write_pack(folder, manifest, states)
    return read_manifest(folder)


def refer(folder, data, images=None, tell=print):
    """Measure the reference figures of a finished pack, on the test split; its weights stay as they are.

    Args:
        images: a folder of captioned pictures to measure instead, for packs that were not trained here; see core.training.captioned.
    """
    manifest = read_manifest(folder)
    if images is None:
        pictures, scenes = load_split(data, "test")
    else:
        found = captioned_pictures(images, manifest["size"])
        pictures, scenes = [square(path, manifest["size"]) for path in found], [Captioned(said) for said in found.values()]
    manifest["reference"] = evaluate.reference_figures(open_pack(folder), pictures, scenes)
    tell(f"reference: {manifest['reference']}")
    write_manifest(folder, manifest)
    return manifest
