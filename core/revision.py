"""The revision of the code that determines a run's pictures and figures. No torch.

A run is named by its request, its pack's hash and this revision, so that a stored run
is shown again only while the same code would compute it again.
"""

import hashlib
from pathlib import Path

# Everything that painting or measuring a frame imports; tests/test_revision.py follows the imports.
SOURCES = (
    "painters",
    "models",
    "packs",
    "canvas.py",
    "clamp.py",
    "cutouts.py",
    "gaming.py",
    "images.py",
    "judge.py",
    "realism.py",
    "references",
    "reencode.py",
    "runs.py",
    "statistics.py",
    "words.py",
)


def code_revision(root=Path(__file__).parent):
    """16 hex digits over the names and bytes of the Python sources in SOURCES below `root`."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = root / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(file.relative_to(root).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


CODE_REVISION = code_revision()
