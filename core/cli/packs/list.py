"""`python -m core packs list`: what is here, then what the catalogue has besides."""

from argparse import ArgumentParser, Namespace

from core.base.environment import pack_name
from core.base.errors import PackError
from core.cli.packs.facts import fact_lines, missing_text
from core.packs import catalogue, pack_hash, read_manifest, shipped_packs
from core.packs.download import size_text
from core.packs.manifest import downloaded_packs, files_of


def add_arguments(parser: ArgumentParser) -> None:
    """Takes none."""


def run(_: Namespace) -> None:
    """Print both lists."""
    print("Here:")
    for name in dict.fromkeys([*shipped_packs(), *downloaded_packs()]):
        used = "  (used unless you say otherwise)" if name == pack_name() else ""
        print(f"  {name:<12} {_description(name)}{used}")
    waiting = [pack for name, pack in catalogue.catalogue_packs().items() if name not in downloaded_packs()]
    if waiting:
        print("\nTo be downloaded with `python -m core packs get NAME` (estimates of memory and time):")
    for pack in waiting:
        print(f"  {pack.name:<12} {pack.title}  {pack.size} px  {missing_text(pack)}")
        for line in fact_lines(pack):
            print(f"  {'':<12} {line}")


def _description(name: str) -> str:
    """One line on a pack that is here, or on what is wrong with it."""
    try:
        manifest = read_manifest(name)
        files = [file for entry in manifest["models"].values() for file in files_of(entry).values()]
    except PackError as error:
        return str(error)
    size = size_text(sum(file["bytes"] for file in files))
    return f"{manifest.get('title', name)}  {manifest['size']} px  {size}  {pack_hash(manifest)[:16]}"
