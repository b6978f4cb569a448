"""`python -m core worker`: the painter process, which paints the queued runs of a store."""

from argparse import ArgumentParser, Namespace

from core.base.environment import pack_name, store_folder
from core.cli import options


def add_arguments(parser: ArgumentParser) -> None:
    """Whose queue, and with what."""
    options.add_store(parser)
    options.add_pack(parser, "the model pack to load first")
    options.add_workers(parser, "CTJP_WORKERS")


def run(arguments: Namespace) -> int:
    """Paint until told to stop; returns the painter process's exit status."""
    from core.service.painter_process import main

    store = arguments.store or store_folder()
    return main(store, arguments.pack or pack_name(), workers=arguments.workers)
