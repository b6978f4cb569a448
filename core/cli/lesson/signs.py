"""`python -m core lesson signs`: measures where real pictures lie on the signs of failure."""

import json
from argparse import ArgumentParser, Namespace

from core.base.files import write_bytes
from core.cli import options
from core.cli.lesson.precompute import told
from core.lesson import failure_signs, real_pictures, sign_bands
from core.packs import pack_hash, read_manifest

PICTURES = 200  # behind every band


def add_arguments(parser: ArgumentParser) -> None:
    """Which pack."""
    options.add_pack(parser)


def run(arguments: Namespace) -> None:
    """Measure, write, and print where."""
    manifest = read_manifest(arguments.pack)
    pictures = told(real_pictures.fresh_renderings(PICTURES, manifest["size"]), PICTURES)
    bands = {
        "command": f"{sign_bands.COMMAND} --pack {arguments.pack}",
        "pack_hash": pack_hash(manifest),
        "size": manifest["size"],
        **failure_signs.sign_bands(pictures),
    }
    path = sign_bands.bands_file(manifest["name"])
    write_bytes(path, (json.dumps(bands, indent=1, ensure_ascii=False) + "\n").encode())
    print(path)
