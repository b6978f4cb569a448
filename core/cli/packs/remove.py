"""`python -m core packs remove`: removes a downloaded pack and the files that no other needs."""

from argparse import ArgumentParser, Namespace

from core.base.environment import pack_name
from core.packs import installed
from core.packs.download import size_text


def add_arguments(parser: ArgumentParser) -> None:
    """Which pack."""
    parser.add_argument("pack", metavar="PACK", help="a name from `packs list`")


def run(arguments: Namespace) -> None:
    """Remove it. PackError if nothing of it was downloaded from the catalogue."""
    freed = installed.remove_pack(arguments.pack)
    print(f"{arguments.pack} is removed; {size_text(freed)} are free again.")
    if arguments.pack == pack_name():
        print("CTJP_PACK still names it: choose another before the app starts again.")
