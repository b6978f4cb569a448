"""`python -m core packs verify`: checks every hash and loads every model."""

from argparse import ArgumentParser, Namespace

from core.base.environment import pack_name
from core.packs import open_pack
from core.packs.download import size_text
from core.packs.manifest import files_of


def add_arguments(parser: ArgumentParser) -> None:
    """Which pack."""
    text = "name or folder (default: %(default)s)"
    parser.add_argument("pack", nargs="?", default=pack_name(), metavar="PACK", help=text)


def run(arguments: Namespace) -> None:
    """Print a line per model. PackError names what is wrong."""
    pack = open_pack(arguments.pack)
    models = pack.manifest["models"]
    pack.load_all()
    for name, entry in models.items():
        files = files_of(entry)
        size = size_text(sum(file["bytes"] for file in files.values()))
        digest = files[entry["file"]]["sha256"][:16]
        print(f"{name:<12} {entry['file']:<28} {size:>9}  sha256 {digest}  loads")
    print(f"Pack {pack.name} is whole: {pack.hash}")
