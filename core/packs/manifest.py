"""Reading and checking a pack's manifest and files. No torch, so the server may use it.

A pack is a folder with a manifest.json:

    {"format": 1, "name": "modest", "title": "…", "size": 256, "licence": "…", "examples": ["a prompt", …],
     "words": null, "vocabulary": null, "reference": null, "models": {"judge": {…}, "heldout": {…}, …}}

`words` lists what the judge was trained on and `vocabulary` the BPE ids that spell it; both null: open_clip's own
tokenizer, every word. `reference` holds the figures of real photographs; null: nobody measured them. Further keys are free.

Models: `judge` and `heldout` always; `vqgan` for VQGAN+CLIP; `denoiser` for guided diffusion, with `text` (its text
encoder; without one it is unconditional), `autoencoder` (decodes its latents; without one and without `latent` it works
on pixels) and `preview` (a small decoder of the same latents, for guidance and every picture but the last); `realism`
(arrays of core.realism.fit_reference; without it the shipped reference of photographs measures, with its own encoder).

An entry names its files by paths relative to the folder, with "/": no "..", nothing absolute; a file may be a link.
One file: "file", "sha256", "bytes" (as in every pack of our own). Several: "file" is the weights, the others have keys of
their own, and "files": {path: {"sha256": hex, "bytes": n}, …} lists all of them. Weights end in .safetensors (preferred),
or .ckpt, .pt, .pth, .bin, which are read with torch's restricted unpickler. "format" says how they are laid out:

    absent        ours: "config" as the model's builder takes it (core.models)
    "open_clip"   judge, heldout. "architecture": a name of open_clip's, such as "ViT-B-32" (OpenAI's own weights:
                  "ViT-B-32-quickgelu"); optionally "preprocessing": {"size", "mean", "std"} if not OpenAI's
    "taming"      vqgan. "config_file": the official model.yaml, or "config": {"ddconfig", "n_embed", "embed_dim"}
    "diffusers"   denoiser, autoencoder, preview: "config_file": its config.json, whose _class_name must be
                  UNet2DConditionModel or UNet2DModel; AutoencoderKL; AutoencoderTiny. The denoiser also has
                  "scheduler_file": scheduler_config.json
    "transformers" text: a CLIP text model. "config_file": its config.json; optionally "pad": what fills short prompts,
                  "end" (Stable Diffusion 1, default) or "zero" (Stable Diffusion 2)
    "taesd"       preview, autoencoder: github.com/madebyollin/taesd's taesd_decoder.pth as "file", optionally
                  "encoder_file", "latent_channels" (4) and "midblock_norm" (false)

    "denoiser": {"format": "diffusers", "file": "unet/diffusion_pytorch_model.safetensors",
                 "config_file": "unet/config.json", "scheduler_file": "scheduler/scheduler_config.json",
                 "files": {"unet/diffusion_pytorch_model.safetensors": {"sha256": "…", "bytes": 1}, "unet/config.json": {…}, …}}

Keys in DESCRIPTIVE, of an entry or of one of its files, do not enter the pack's hash.
"""

import hashlib
import json
import re
from pathlib import Path, PurePosixPath

from core.errors import PackError
from core.places import packs_folder

FORMAT = 1
PACKS = Path(__file__).parent
MANIFEST = "manifest.json"
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")  # of a pack of the catalogue; anything else is a path
REQUIRED = ("format", "name", "size", "words", "vocabulary", "models", "reference")
FILE_KEYS = ("file", "config_file", "scheduler_file", "encoder_file")  # of an entry; each names a file of the pack
# Said about a model, but without influence on what it computes.
DESCRIPTIVE = ("training", "parameters", "bytes", "figures", "title", "licence", "sources")


def known_packs():
    """Names of the packs that come with the program, sorted."""
    return sorted(path.parent.name for path in PACKS.glob(f"*/{MANIFEST}"))


def got_packs():
    """Names of the packs that were got from the catalogue, sorted."""
    return sorted(path.parent.name for path in packs_folder().glob(f"[!.]*/{MANIFEST}"))


def pack_folder(name_or_path):
    """Folder of a pack's name, or of a path to one. Raises PackError if there is none."""
    name = str(name_or_path)
    if name in known_packs():
        return PACKS / name
    if PLAIN_NAME.fullmatch(name) and (packs_folder() / name / MANIFEST).is_file():
        return packs_folder() / name
    folder = Path(name).expanduser()
    if name and (folder / MANIFEST).is_file():
        return folder
    known = ", ".join([*known_packs(), *got_packs()]) or "none is installed"
    more = "give a folder with a manifest.json, or get one from the catalogue (`python -m core packs list`)"
    raise PackError(f"Unknown model pack {name!r}; choose from {known}, {more}.")


def read_manifest(name_or_path):
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
        raise PackError(f"{path} is not a readable manifest ({error}). Restore it from where the pack came.") from error
    if found != FORMAT:
        advice = "Update the program" if isinstance(found, int) and found > FORMAT else "Get a current pack"
        raise PackError(f"Model pack {folder.name!r} has format {found}; this program reads format {FORMAT}. {advice}.")
    missing = [key for key in REQUIRED if key not in manifest]
    if missing:
        raise PackError(f"{path} lacks {', '.join(missing)}. Restore it from where the pack came.")
    return manifest


def pack_hash(manifest):
    """SHA-256 (hex) over everything in the manifest that determines what the models compute."""
    models = {name: _determining(entry) for name, entry in manifest["models"].items()}
    determining = {"models": models, **{key: manifest[key] for key in ("size", "words", "vocabulary")}}
    if "realism" not in models and "judge" in models:
        determining["realism"] = _shipped_reference()
    return hashlib.sha256(json.dumps(determining, sort_keys=True).encode()).hexdigest()


def _determining(entry):
    kept = {key: value for key, value in entry.items() if key not in DESCRIPTIVE}
    if "files" in kept:
        kept["files"] = {path: file["sha256"] for path, file in kept["files"].items()}
    return kept


def _shipped_reference():
    """Hashes of the reference, and of its encoder, that measure where a pack has none of its own."""
    from core.references import PHOTOGRAPHS, read_recipe

    recipe = read_recipe(PHOTOGRAPHS)
    return [recipe["sha256"], recipe["encoder"]["sha256"]]


def files_of(entry):
    """Path → {"sha256", "bytes"} of every file that a model's entry names. Raises PackError: one lacks either."""
    trouble = PackError(f"A {MANIFEST} names a model without file, sha256 or bytes. Restore it from where the pack came.")
    try:
        files = dict(entry.get("files") or {})
        if "sha256" in entry and "file" in entry:
            files.setdefault(entry["file"], entry)
        named = {entry[key] for key in FILE_KEYS if key in entry}
        if "file" not in entry or named - set(files) or not all("sha256" in file and "bytes" in file for file in files.values()):
            raise trouble
    except (AttributeError, TypeError, ValueError):
        raise trouble from None
    return files


def weights_hash(entry):
    """SHA-256 (hex) of the file that holds a model's weights. Raises PackError."""
    return files_of(entry)[entry["file"]]["sha256"]


def verify(folder, manifest):
    """Check that every file of the pack is there, whole and unaltered. Raises PackError."""
    for entry in manifest["models"].values():
        for file, facts in files_of(entry).items():
            _verify(folder, file, facts["sha256"], facts["bytes"])


def _verify(folder, file, expected, size):
    parts = PurePosixPath(file).parts
    if not parts or ".." in parts or file.startswith("/") or "\\" in file or ":" in parts[0]:
        raise PackError(f"{folder / MANIFEST} names a file outside its folder: {file!r}.")
    path = folder.joinpath(*parts)
    restore = f"Restore {path} from where the pack came."
    if not path.is_file():
        raise PackError(f"Model pack {folder.name!r} lacks {file}. {restore}")
    if path.stat().st_size != size:
        raise PackError(
            f"{file} of model pack {folder.name!r} has {path.stat().st_size} bytes instead of {size}: "
            f"it was cut short or replaced. {restore}"
        )
    if _sha256(path) != expected:
        raise PackError(f"{file} of model pack {folder.name!r} was altered: its SHA-256 is another. {restore}")


def _sha256(path):
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PackError(f"{path} cannot be read ({error.strerror}). Make it readable.") from error
