"""`python -m core packs describe`: writes the manifest of a folder with published weights."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.base.errors import OutputError
from core.cli import options
from core.packs.download import size_text
from core.packs.manifest import MANIFEST


def add_arguments(parser: ArgumentParser) -> None:
    """Which folder, and what people read of it."""
    add = parser.add_argument
    add(
        "folder",
        type=options.path,
        metavar="DIR",
        help="weights with their configurations, each model in a folder of its own",
    )
    add("--title", default="", metavar="TEXT", help="for people (default: the folder's name)")
    add("--licence", default="", metavar="TEXT", help="of the weights, as their publishers say it")
    size = "of the pictures in pixels (default: what the denoiser was trained on, or 256)"
    add("--size", type=int, metavar="N", help=size)
    add("--force", action="store_true", help="replace the manifest that is there")


def run(arguments: Namespace) -> None:
    """Write the manifest, and print a line per model and per file that belongs to none.

    Raises:
        PackError: no two CLIP models are there. OutputError: there is a manifest, or it cannot be written.
    """
    from core.packs.describe import describe_folder
    from core.packs.write import write_manifest

    folder = Path(arguments.folder).expanduser()
    if (folder / MANIFEST).exists() and not arguments.force:
        raise OutputError(f"{folder / MANIFEST} is there already; replace it with --force.")
    found = describe_folder(folder, arguments.title, arguments.licence, arguments.size)
    write_manifest(folder, found.manifest)
    for name, entry in found.manifest["models"].items():
        size = sum(file["bytes"] for file in entry["files"].values())
        print(f"{name:<12} {entry['format']:<12} {size_text(size):>9}  {entry['file']}")
    for file in found.left_out:
        print(f"{'left out':<25} {size_text((folder / file).stat().st_size):>9}  {file}")
    size = found.manifest["size"]
    print(f"{folder / MANIFEST} is written, for pictures of {size} px. Change in it what is not right, then")
    print(f"check it with `python -m core packs verify {folder}`.")
