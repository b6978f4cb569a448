"""`python -m core lesson codebook`: computes the first states of the page The codebook."""

from argparse import ArgumentParser, Namespace

import numpy as np

from core.cli import options
from core.cli.lesson.precompute import told, write_first_states
from core.lesson import codebook, jobs, real_pictures

PICTURES = 100  # that the codebook spells, to show how well it usually does


def add_arguments(parser: ArgumentParser) -> None:
    """Which pack."""
    options.add_pack(parser)


def run(arguments: Namespace) -> None:
    """The palette, and every scene as it is, shuffled and with random codes."""
    changes = [
        {"scene": scene, "change": change} for scene in real_pictures.SCENES for change in codebook.CHANGES
    ]
    pack = write_first_states(arguments.pack, "codebook", [{"palette": True}, *changes])
    pictures = told(real_pictures.fresh_renderings(PICTURES, pack.size, seed=1), PICTURES)
    errors = [codebook.spelling_error(pack, picture) for picture in pictures]
    band = {f"p{q}": round(float(np.percentile(errors, q)), 2) for q in (5, 50, 95)}
    palette = jobs.make_job("codebook", {"palette": True}, arguments.pack).id
    computed = jobs.read_result(jobs.PRECOMPUTED, palette)
    assert computed is not None  # written above
    result = computed | {"spelling": band | {"pictures": PICTURES}}
    jobs.write_result(jobs.PRECOMPUTED, palette, result, {})
