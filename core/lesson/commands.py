"""`python -m core lesson …`: makes again what the lesson pages show before anybody has asked for anything."""

import json
import shutil
import sys

import numpy as np

from core.images import write_bytes
from core.lesson import bands, codebook, jobs, pictures, signs

REAL = 200  # pictures behind every band
SPELT = 100  # pictures that are spelt by the codebook
MOST_BYTES = 400_000  # of the first state of one page: it travels with the program


def make_pictures(_arguments):
    """`lesson pictures`: render the real pictures that two pages start from."""
    print(pictures.write())


def make_signs(arguments):
    """`lesson signs`: where real pictures lie on the signs of failure."""
    from core.packs import pack_hash, read_manifest

    manifest = read_manifest(arguments.pack)
    found = signs.bands(_told(pictures.fresh(REAL, manifest["size"]), REAL))
    made = {"command": f"{bands.COMMAND} --pack {arguments.pack}", "pack_hash": pack_hash(manifest), "size": manifest["size"], **found}
    path = bands.file(manifest["name"])
    write_bytes(path, (json.dumps(made, indent=1, ensure_ascii=False) + "\n").encode())
    print(path)


def make_noise(arguments):
    """`lesson noise`: the default picture into noise and back."""
    _make(arguments.pack, "noise", [{"scene": pictures.DEFAULT}])


def make_codebook(arguments):
    """`lesson codebook`: the palette, and every scene as it is, shuffled and with random codes."""
    requests = [{"scene": scene, "change": change} for scene in pictures.SCENES for change in codebook.CHANGES]
    pack = _make(arguments.pack, "codebook", [{"palette": True}, *requests])
    spelt = [codebook.spelling(pack, picture) for picture in _told(pictures.fresh(SPELT, pack.size, seed=1), SPELT)]
    band = {f"p{q}": round(float(np.percentile(spelt, q)), 2) for q in (5, 50, 95)} | {"pictures": SPELT}
    palette = jobs.make("codebook", {"palette": True}, arguments.pack).id
    jobs.write(jobs.SHOWN, palette, jobs.result(jobs.SHOWN, palette) | {"spelling": band}, {})


def _make(pack_name, kind, requests):
    """Compute requests into SHOWN, in place of whatever of this kind lay there. Returns the ModelPack."""
    from core.packs import open_pack
    from core.threads import limit_threads

    limit_threads()
    pack = open_pack(pack_name)
    for old in list(jobs.SHOWN.glob("*")):
        if (jobs.result(jobs.SHOWN, old.name) or {"kind": kind})["kind"] == kind:
            shutil.rmtree(old)
    total = 0
    for number, request in enumerate(requests, 1):
        job = jobs.make(kind, request, pack_name)
        data, made = _finished(jobs.KINDS[kind].compute(pack, job.request))
        jobs.write(jobs.SHOWN, job.id, {"kind": kind, **data}, made)
        total += sum(path.stat().st_size for path in (jobs.SHOWN / job.id).iterdir())
        print(f"{number} of {len(requests)}: {jobs.SHOWN / job.id}", file=sys.stderr)
    print(f"{kind}: {total / 1000:.0f} kB" + (f", more than the {MOST_BYTES / 1000:.0f} kB intended" if total > MOST_BYTES else ""))
    return pack


def _finished(computing):
    """What a computation in slices returns at its end."""
    while True:
        try:
            next(computing)
        except StopIteration as end:
            return end.value


def _told(items, count):
    for number, item in enumerate(items, 1):
        if number % 50 == 0:
            print(f"{number} of {count} pictures", file=sys.stderr)
        yield item
