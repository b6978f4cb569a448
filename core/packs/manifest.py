"""Reading and checking a pack's manifest and files. No torch, so the server may use it.

A pack is a folder with a manifest.json:

    {"format": 1, "name": "modest", "title": "…", "size": 256, "licence": "…", "examples": ["a prompt", …],
     "words": null, "vocabulary": null, "reference": null, "models": {"judge": {…}, "heldout": {…}, …}}

`words` lists what the judge was trained on and `vocabulary` the BPE ids that spell it; both null: open_clip's
own tokenizer, every word. `reference` holds the figures of real pictures; null: nobody measured them. Other
keys are free.

Models: `judge` and `heldout` always; `vqgan` for VQGAN+CLIP; `denoiser` for guided diffusion, with `text`
    (its text
encoder; without one it is unconditional), `autoencoder` (decodes its latents; without one and without
`latent` it works on pixels) and `preview` (a small decoder of the same latents, for guidance and every
picture but the last); `eyes` (the network that realism's K looks through; without it, the held-out judge);
`realism` (arrays of core.measures.reference_fitting.fit_reference, with "encoder": see
core.packs.realism_encoder; without it the shipped reference of photographs measures, with its own encoder).

An entry names its files by paths relative to the folder, with "/": no "..", nothing absolute; a file may be a
link. One file: "file", "sha256", "bytes" (as in every pack of our own). Several: "file" is the weights, the
others have keys of their own, and "files": {path: {"sha256": hex, "bytes": n}, …} lists all of them. Weights
end in .safetensors (preferred), or .ckpt, .pt, .pth, .bin, which are read with torch's restricted unpickler,
or in .index.json for weights in several files. "format" says how they are laid out:

    absent        ours: "config" as the model's builder takes it (core.models)
    "open_clip"   judge, heldout. "architecture": a name of open_clip's, such as "ViT-B-32" (OpenAI's own
    weights:
                  "ViT-B-32-quickgelu"), or "config_file": its open_clip_config.json; optionally
                  "preprocessing": {"size", "mean", "std"} if not OpenAI's
    "taming"      vqgan. "config_file": the official model.yaml, or "config": {"ddconfig", "n_embed",
    "embed_dim"}.
                  Of a transformer's or a latent diffusion model's checkpoint the first stage is taken
    "diffusers"   denoiser, autoencoder, preview: "config_file": its config.json, whose _class_name must be
                  UNet2DConditionModel or UNet2DModel; AutoencoderKL; AutoencoderTiny. The denoiser also has
                  "scheduler_file": scheduler_config.json
    "transformers" text: a CLIP text model; judge, heldout: a CLIP model. "config_file": its config.json; for
    text
                  optionally "pad": what fills short prompts, "end" (Stable Diffusion 1, default) or "zero"
                  (Stable Diffusion 2)
    "taesd"       preview, autoencoder: github.com/madebyollin/taesd's taesd_decoder.pth as "file", optionally
                  "encoder_file", "latent_channels" (4) and "midblock_norm" (false)

    "denoiser": {"format": "diffusers", "file": "unet/diffusion_pytorch_model.safetensors",
                 "config_file": "unet/config.json", "scheduler_file": "scheduler/scheduler_config.json",
                 "files": {"unet/diffusion_pytorch_model.safetensors": {"sha256": "…", "bytes": 1}, …}}

`python -m core packs describe DIR` writes the manifest of a folder with such files. Keys in DESCRIPTIVE, of
an entry or of one of its files, do not enter the pack's hash.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from core.base.environment import packs_folder
from core.base.errors import PackError

MANIFEST_FORMAT = 1
SHIPPED_PACKS_FOLDER = Path(__file__).parent
MANIFEST = "manifest.json"
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")  # of a pack of the catalogue; anything else is a path
REQUIRED = ("format", "name", "size", "words", "vocabulary", "models", "reference")
FILE_KEYS = (
    "file",
    "config_file",
    "scheduler_file",
    "encoder_file",
)  # of an entry; each names a file of the pack
# Said about a model, but without influence on what it computes.
DESCRIPTIVE = ("training", "parameters", "bytes", "figures", "title", "licence", "sources")
# Painter → the model that it cannot paint without.
PRIOR_MODELS = {"pixels": "judge", "vqgan": "vqgan", "diffusion": "denoiser"}
RESTORE = "Restore it from where the pack came."

Manifest = dict[str, Any]  # a manifest.json
Entry = dict[str, Any]  # one of its models


def shipped_packs() -> list[str]:
    """Names of the packs that come with the program, sorted."""
    return sorted(path.parent.name for path in SHIPPED_PACKS_FOLDER.glob(f"*/{MANIFEST}"))


def downloaded_packs() -> list[str]:
    """Names of the packs that were downloaded from the catalogue, sorted."""
    return sorted(path.parent.name for path in packs_folder().glob(f"[!.]*/{MANIFEST}"))


def pack_folder(name_or_path: str | Path) -> Path:
    """Folder of a pack's name, or of a path to one. Raises PackError if there is none."""
    name = str(name_or_path)
    if name in shipped_packs():
        return SHIPPED_PACKS_FOLDER / name
    if PLAIN_NAME.fullmatch(name) and (packs_folder() / name / MANIFEST).is_file():
        return packs_folder() / name
    folder = Path(name).expanduser()
    if name and (folder / MANIFEST).is_file():
        return folder
    known = ", ".join([*shipped_packs(), *downloaded_packs()]) or "none is installed"
    raise PackError(
        f"Unknown model pack {name!r}; choose from {known}, give a folder with a {MANIFEST}, "
        "or download one from the catalogue (`python -m core packs list`)."
    )


def denoiser_reads_text(manifest: Manifest) -> bool:
    """Whether a pack's denoiser takes a text at all; an unconditional one does not."""
    return "text" in manifest["models"]


def read_manifest(name_or_path: str | Path) -> Manifest:
    """The manifest as a dict; `manifest["models"]` maps model name → file, sha256, config, …

    Raises:
        PackError: unknown pack, unreadable manifest, or one of a format this program cannot read.
    """
    folder = pack_folder(name_or_path)
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
        found = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackError(f"{path} is not a readable manifest ({error}). {RESTORE}") from error
    if found != MANIFEST_FORMAT:
        newer = isinstance(found, int) and found > MANIFEST_FORMAT
        advice = "Update the program" if newer else "Get a current pack"
        reads = f"this program reads format {MANIFEST_FORMAT}"
        raise PackError(f"Model pack {folder.name!r} has format {found}; {reads}. {advice}.")
    missing = [key for key in REQUIRED if key not in manifest]
    if missing:
        raise PackError(f"{path} lacks {', '.join(missing)}. {RESTORE}")
    return manifest


def painters_of(manifest: Manifest) -> tuple[str, ...]:
    """Names of the painters that a pack has the models for."""
    models = manifest["models"]
    return tuple(painter for painter, prior in PRIOR_MODELS.items() if prior in models)


def pack_hash(manifest: Manifest) -> str:
    """SHA-256 (hex) over everything in the manifest that determines what the models compute."""
    models = {name: _determining(entry) for name, entry in manifest["models"].items()}
    determining = {"models": models, **{key: manifest[key] for key in ("size", "words", "vocabulary")}}
    if "realism" not in models and "judge" in models:
        determining["realism"] = _shipped_reference()
    return hashlib.sha256(json.dumps(determining, sort_keys=True).encode()).hexdigest()


def _determining(entry: Entry) -> Entry:
    kept = {key: value for key, value in entry.items() if key not in DESCRIPTIVE}
    if "files" in kept:
        kept["files"] = {path: file["sha256"] for path, file in kept["files"].items()}
    return kept


def _shipped_reference() -> list[str]:
    """Hashes of the reference, and of its encoder, that measure where a pack has none of its own."""
    from core.measures.references import PHOTOGRAPHS, read_recipe

    recipe = read_recipe(PHOTOGRAPHS)
    return [recipe["sha256"], recipe["encoder"]["sha256"]]


def files_of(entry: Entry) -> dict[str, dict[str, Any]]:
    """Path → {"sha256", "bytes"} of every file that a model's entry names. Raises PackError: one lacks
    either.
    """
    problem = PackError(f"A {MANIFEST} names a model without file, sha256 or bytes. {RESTORE}")
    try:
        files = dict(entry.get("files") or {})
        if "sha256" in entry and "file" in entry:
            files.setdefault(entry["file"], entry)
        named = {entry[key] for key in FILE_KEYS if key in entry}
        complete = all("sha256" in file and "bytes" in file for file in files.values())
        if "file" not in entry or named - set(files) or not complete:
            raise problem
    except (AttributeError, TypeError, ValueError):
        raise problem from None
    return files


def weights_hash(entry: Entry) -> str:
    """SHA-256 (hex) of the file that holds a model's weights. Raises PackError."""
    return files_of(entry)[entry["file"]]["sha256"]
