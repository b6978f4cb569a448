"""From checkpoints to a pack: the realism reference, the figures, the manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.torch import load_file

from core.models.clip import compact_vocabulary
from core.packs import open_pack, pack_hash, write_pack
from core.packs.manifest import read_manifest
from core.packs.realism_encoder import encoder_record
from core.packs.write import write_manifest
from core.training import autoencoder, choices, denoiser, evaluate, eyes, judges
from core.training.captioned import captioned_pictures, square
from core.training.data import OWN, load_split
from core.training.realism import rendered_reference
from core.training.texts import Captioned, caption, every_text, is_own
from core.training.worlds import MEASURES, SETS, WORLDS

if TYPE_CHECKING:
    from core.training.texts import Described

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
NETWORKS = ("judge", "heldout", "vqgan", "decoder", "denoiser")
JUDGES = ("judge", "heldout", "robust")
MORE = ("robust", "eyes")  # a pack of the miniature world has them too
RECIPE = {
    "judge": "InfoNCE on (picture, paraphrase) pairs; mirrored, zoomed to .82-1, brightness .9-1.1; "
    "captions that also fit another picture of the batch are no negatives; every second batch of "
    "look-alikes (same colour, ground and time); each caption also against two with one word changed "
    "(weight .5); beside it, linear heads name every facet from the image embedding (weight .5, dropped "
    "afterwards); averaged weights",
    "heldout": "as the judge, with another tower, another seed and other pictures",
    "robust": "the judge's image tower trained on against L2 PGD (64 px, ε 1.5, 3 steps), its text tower "
    "frozen; averaged weights",
    "vqgan": "stage 1: L1 of pixels and of their differences on 64 px crops, then whole pictures; noise up "
    "to .4 on the normalised latents before the decoder, and pooled latents decode to the pooled picture; "
    "codebook by k-means; stage 2: decoder alone, on exact, noisy and quantised latents, patch "
    "discriminator on picture and fine detail with adaptive weight, feature matching; averaged weights",
    "denoiser": "v-prediction, cosine schedule, min-SNR-5, condition dropped in 15 %, latents of pictures "
    "and mirror images, half of them composed from the middle of every range; the caption by "
    "cross-attention and, pooled, in the time embedding; averaged weights",
    "text": "learned together with the denoiser, from its loss alone; averaged weights",
    "eyes": "VICReg on two crops (.35-1 of the picture, mirrored, brightness .9-1.1), without captions; "
    "averaged weights",
}

# Where captions take the place of the grammar.
OWN_RECIPE = {
    "judge": "InfoNCE on (picture, caption) pairs; mirrored, zoomed to .82-1, brightness .9-1.1; pictures "
    "with the same captions are no negatives; averaged weights",
}


def checkpoint(work: Path, name: str) -> Any:
    """Averaged weights and training record of one network. Raises FileNotFoundError."""
    path = Path(work) / f"{name}.safetensors"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; run: python -m core train {name} --work {work}")
    record = json.loads(path.with_suffix(".json").read_text())
    figures = {key: round(value, 5) if isinstance(value, float) else value for key, value in record.items()}
    return load_file(path), {"command": f"python -m core train {name}", **figures}


def skeleton(
    records: Mapping[str, Any],
    latents: Mapping[str, Any],
    scenes: Sequence[Described] = (),
    name: str = "miniature",
) -> dict[str, Any]:
    """The manifest without figures.

    Args:
        records: network → training record.
        latents: {"mean", "std"} per channel.
        scenes: if they have captions of their own, the manifest is that of a user's own pack.
        name: of the pack.
    """
    words, vocabulary = compact_vocabulary(every_text(scenes))
    recipe = RECIPE | (OWN_RECIPE if is_own(scenes) else {})
    networks = [network for network in (*records, "text") if network != "decoder"]
    models = {network: entry(network, latents, scenes) for network in networks}
    for network, own in models.items():
        own["training"] = {"recipe": recipe[network], **records.get(network, {"seed": denoiser.SEED})}
    stages = {"stage1": records["vqgan"], "stage2": records["decoder"]}
    models["vqgan"]["training"] = {"recipe": recipe["vqgan"], **stages}
    models["realism"] = {"architecture": "min(S, K)", "config": {}}
    about = _about(name, scenes)
    return {**about, "words": words, "vocabulary": vocabulary, "models": models, "reference": {}}


def _about(name: str, scenes: Sequence[Described]) -> dict[str, Any]:
    """What a manifest says of the pack as a whole."""
    title = "Miniature world, second edition"
    licence = "MIT"
    examples = list(EXAMPLES)
    if is_own(scenes):
        title = f"Pictures of one's own: {name}"
        licence = "that of the pictures it was trained on"
        captions = dict.fromkeys(caption(scene) for scene in scenes)
        examples = sorted(captions, key=len)[: len(EXAMPLES)]
    return {"name": name, "title": title, "size": 128, "licence": licence, "examples": examples}


def entry(network: str, latents: Mapping[str, Any], scenes: Sequence[Described] = ()) -> dict[str, Any]:
    """A network's entry in the manifest, as far as its code decides it."""
    if network in ("judge", "heldout", "robust"):
        kind = "CLIP image tower" if network == "robust" else "CLIP"
        return {
            "architecture": f"open_clip.{kind}",
            "config": judges.config("heldout" if network == "heldout" else "judge", scenes),
            "preprocessing": judges.preprocessing("heldout" if network == "heldout" else "judge"),
        }
    if network == "denoiser":
        side = denoiser.CONFIG["sample_size"]
        return {
            "architecture": "diffusers.UNet2DConditionModel",
            "config": denoiser.CONFIG,
            "scheduler": denoiser.SCHEDULER,
            "latent": {"shape": [denoiser.CONFIG["in_channels"], side, side], **latents, "quantise": False},
        }
    architecture, config = {
        "vqgan": ("taming VQGAN", autoencoder.CONFIG),
        "text": ("open_clip.CLIP text tower", judges.config("judge", scenes)),
        "eyes": ("core.models.eyes.Eyes", eyes.EYES),
    }[network]
    return {"architecture": architecture, "config": config}


def drawn(records: Mapping[str, Any]) -> dict[str, Any]:
    """Network or measure → {"set", "seeds": [first, last]} of its renderings; no two sets share a seed."""
    seen = {network: (SETS[network], int(record["pictures"])) for network, record in records.items()}
    seen |= {part: (part, WORLDS[part].count) for part in MEASURES}
    return {name: {"set": part, "seeds": WORLDS[part].drawn(count)} for name, (part, count) in seen.items()}


def assemble(
    work: Path,
    data: Path,
    folder: Path,
    start: Path | None = None,
    tell: Callable[[str], object] = print,
    name: str = "miniature",
) -> Any:
    """Build the pack of the weights in `work`, fit its realism reference, measure it; returns the manifest.

    Args:
        work: folder of the weights, each with its record beside it.
        data: folder of the rendered sets, or of captioned pictures.
        folder: where the pack goes.
        start: pack whose weights vqgan and denoiser began with, if they did; its hash goes into the manifest.
        name: of the pack.
    """
    work = Path(work)
    own = (Path(data) / OWN).is_dir()
    scenes = load_split(data, OWN)[1] if own else ()
    states, records = collected(work)
    if start is not None:
        for network in ("vqgan", "denoiser"):
            records[network]["began_with"] = f"weights of pack {pack_hash(read_manifest(start))[:16]}"
    manifest = skeleton(records, json.loads((work / "latents.json").read_text()), scenes, name)
    if not own:
        manifest["renderings"] = drawn(records)
    realism = manifest["models"].pop("realism")
    write_pack(folder, manifest, states)
    manifest["models"]["realism"] = realism
    tell("fitting the realism reference")
    states["realism"], realism["training"] = rendered_reference(open_pack(folder), data)
    realism["encoder"] = encoder_record(read_manifest(folder))
    if not own:
        tell("measuring what the choices are worth")
        if lines := choices.measure(work, data):
            manifest["choices"] = lines
    write_pack(folder, manifest, states)
    return measure(folder, data, manifest, states, tell)


def collected(work: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(model → state dict, network → training record) of the weights in a folder.

    Raises:
        FileNotFoundError: a network that every pack has is missing.
    """
    present = [*NETWORKS, *(network for network in MORE if (work / f"{network}.safetensors").exists())]
    states = {}
    records = {}
    for network in present:
        states[network], records[network] = checkpoint(work, network)
    states["vqgan"] = states.pop("decoder")  # the whole autoencoder, its decoder finished
    return states | halves(states["denoiser"]), records


def halves(together: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """{"denoiser", "text"} of the state dict that the two learn in, {"unet.…", "text.…"}."""
    parts = {}
    for model, prefix in (("denoiser", "unet."), ("text", "text.")):
        part = {key: value for key, value in together.items() if key.startswith(prefix)}
        parts[model] = {key.removeprefix(prefix): value for key, value in part.items()}
    return parts


def measure(
    folder: Path,
    data: Path,
    manifest: dict[str, Any],
    states: Mapping[str, Any],
    tell: Callable[[str], object] = print,
) -> Any:
    """Fill in the figures and the reference bands, on the test split, and write the pack again."""
    pack = open_pack(folder)
    pictures, scenes = load_split(data, "test")
    for name in [name for name in JUDGES if getattr(pack, name)]:
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


def refer(
    folder: Path, data: Path, images: Path | None = None, tell: Callable[[str], object] = print
) -> dict[str, Any]:
    """Measure the reference figures of a finished pack, on the test split; its weights stay as they are.

    Args:
        images: a folder of captioned pictures to measure instead, for packs that were not trained here; see
            core.training.captioned.
    """
    manifest = read_manifest(folder)
    if images is None:
        pictures, scenes = load_split(data, "test")
    else:
        found = captioned_pictures(images, manifest["size"])
        pictures = np.stack([square(path, manifest["size"]) for path in found])
        scenes = [Captioned(said) for said in found.values()]
    manifest["reference"] = evaluate.reference_figures(open_pack(folder), pictures, scenes)
    tell(f"reference: {manifest['reference']}")
    write_manifest(folder, manifest)
    return manifest
