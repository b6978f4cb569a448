"""`python -m core lesson example`: paints the run that comes with a pack.

Of several seeds it takes the medoid, by a rule that looks at no picture: the run whose figures are nearest to
all others'.
"""

import shutil
import sys
from argparse import ArgumentParser, Namespace

import numpy as np

from core import packs
from core.base.request import RunRequest
from core.cli import options
from core.storage import frame_extras
from core.storage.run_folder import FolderRecorder

FOLDER = "example"


def add_arguments(parser: ArgumentParser) -> None:
    """Which pack, and of how many runs the example is the medoid."""
    seeds = "runs of which the example is the medoid (default: %(default)s)"
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help=seeds)
    options.add_pack(parser)


def run(arguments: Namespace) -> None:
    """The pack's first example prompt at default settings."""
    from core.bench.story import MEASURES, last_measurements
    from core.execute import execute
    from core.lesson.story_figures import medoid

    options.check_at_least(arguments, seeds=1)
    pack = packs.open_pack_limited(arguments.pack)
    prompt = pack.manifest["examples"][0]
    requests = [RunRequest.make(prompt, seed, pack.name, pack.painters) for seed in range(arguments.seeds)]
    figures = []
    for request in requests:
        rows = last_measurements(request, pack)
        figures.append([row[measure] for row in rows.values() for measure in MEASURES])
        print(f"seed {request.seed}: {np.round(figures[-1], 3).tolist()}", file=sys.stderr)
    chosen = requests[medoid(np.array(figures))]
    out = pack.folder / FOLDER
    shutil.rmtree(out, ignore_errors=True)
    with FolderRecorder(out, chosen, pack.hash) as recorder:
        execute(chosen, pack, recorder)
        recorder.finish("done")
    execute(chosen, pack, frame_extras.RepaintRecorder(out), extras=frame_extras.EXTRAS_PER_PAINTER)
    print(f"{out}: seed {chosen.seed}")
