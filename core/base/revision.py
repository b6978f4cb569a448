"""Which code painted a run, and which measured it. No torch.

Two fingerprints of this program's code, each together with the versions of the packages that compute:
PAINTING_REVISION, of everything that determines a picture, is part of a run's name, so that a stored run is
shown again only while the same code would paint the same; MEASURING_REVISION, of everything that determines a
measurement, is kept beside it and tells whether stored frames would get other numbers today. Neither changes
with comments, docstrings, downloads, pages or exports.
"""

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

from core.base.code_tokens import fingerprint

CORE = Path(__file__).parents[1]
VERSIONED_PACKAGES = ("torch", "open_clip_torch", "diffusers")
# What painting or measuring imports; tests/base/test_revision.py follows the imports and says what is missing
# here.
LOADING_SOURCES = (
    "base/images.py",
    "base/vocabulary.py",
    "base/weighted_prompt.py",
    "execute.py",
    "models/__init__.py",
    "models/clip.py",
    "models/clip_text.py",
    "models/eyes.py",
    "models/judge.py",
    "models/torchvision_shim.py",
    "packs/clip_layouts.py",
    "packs/formats.py",
    "packs/pack.py",
    "packs/realism_encoder.py",
    "packs/weights.py",
)
PAINTING_SOURCES = (
    *LOADING_SOURCES,
    "measures/differentiable_realism.py",
    "measures/pixel_statistics.py",
    "measures/spectrum_rings.py",
    "models",
    "packs/denoisers.py",
    "painters",
)
MEASURING_SOURCES = (
    *LOADING_SOURCES,
    "measures/pixel_statistics.py",
    "measures/spectrum_rings.py",
    "measures/measurer.py",
    "measures/realism.py",
    "measures/reencodings.py",
    "measures/references",
    "models/eyes.py",
    "packs/photograph_realism.py",
)
PAINTED_EARLIER = "It was painted by an earlier version of this program."
MEASURED_EARLIER = (
    "It was measured by an earlier version of this program; "
    "its frames could be measured again without painting."
)


def code_revision(sources: tuple[str, ...], root: Path = CORE) -> str:
    """16 hexadecimal digits over the code in files and folders below `root` and the packages' versions."""
    return fingerprint(sorted(set(_python_files(sources, root))), root, _package_versions())


def earlier_version_note(painting_revision: str, measuring_revision: str) -> str:
    """One sentence if a run was painted, or only measured, by another version than this one; else "".

    Args:
        measuring_revision: "" if nobody noted it, as in runs of versions that had one revision for both.
    """
    if painting_revision != PAINTING_REVISION:
        return PAINTED_EARLIER
    return MEASURED_EARLIER if measuring_revision not in ("", MEASURING_REVISION) else ""


def _python_files(sources: tuple[str, ...], root: Path) -> Iterator[Path]:
    for source in sources:
        path = root / source
        yield from path.rglob("*.py") if path.is_dir() else [path]


def _package_versions() -> Iterator[str]:
    """Name and version of each package, without what was added for a build, such as "+cpu"."""
    for package in VERSIONED_PACKAGES:
        try:
            yield f"{package} {importlib.metadata.version(package).partition('+')[0]}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{package} is not there"


PAINTING_REVISION = code_revision(PAINTING_SOURCES)
MEASURING_REVISION = code_revision(MEASURING_SOURCES)
