"""What pages and routes share: the store, the pack's manifest, the example run, the vega bundle.

Everything is made once per server process. No torch, no streamlit.
"""

import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

from core import estimates, sweep_store
from core.errors import PackError, StoreError, UserError
from core.images import read_image, write_bytes
from core.lesson import bands
from core.lesson.jobs import Lessons
from core.lesson.rank_store import Rankings
from core.library import Library
from core.limits import Limits
from core.own_pictures import OwnPictures
from core.packs import pack_hash, read_manifest
from core.packs.manifest import pack_folder
from core.places import pack_name, store_folder
from core.records import REPEATABLE
from core.settings import RunRequest
from core.store import RunStore
from core.words import check_known

LOG = logging.getLogger("app")
EXAMPLE_FOLDER = "example"
BUNDLE = "import sys, vl_convert; sys.stdout.reconfigure(encoding='utf-8'); print(vl_convert.javascript_bundle())"
_bundle_lock = threading.Lock()
_drawing_lock = threading.Lock()


@functools.cache
def store():
    """The run store. Raises StoreError."""
    return RunStore(store_folder())


@functools.cache
def library():
    """The stored runs as a collection. Raises StoreError."""
    return Library(store())


@functools.cache
def own_pictures():
    """People's own pictures. Raises StoreError."""
    return OwnPictures(store())


@functools.cache
def rankings():
    """Rankings of pictures by a prompt. Raises StoreError."""
    return Rankings(store())


@functools.cache
def lessons():
    """What the lesson pages asked to be computed. Raises StoreError."""
    return Lessons(store())


def sign_bands(pack):
    """Where a pack's real pictures lie on the signs of failure (core.lesson.signs), or None. `pack`: name or folder."""
    try:
        found = bands.read(manifest(pack)["name"])
    except PackError:
        return None
    return found if found and found["size"] == manifest(pack)["size"] else None


@functools.lru_cache(maxsize=4096)
def signs_of(path, pack):
    """The signs of one frame, as core.lesson.signs.shown gives them; a frame's file never changes. Raises UserError."""
    from core.lesson import signs  # brings SciPy, which the pages do without

    return signs.shown(read_image(path), sign_bands(pack))


@functools.cache
def manifest(pack=None):
    """Manifest of a pack, of the app's own by default. Raises PackError."""
    return read_manifest(pack or pack_name())


@functools.cache
def known_words():
    """Every word that the app's judge has seen; None: its tokenizer spells any word."""
    words = manifest()["words"]
    return None if words is None else frozenset(words)


@functools.cache
def _pack_hash():
    return pack_hash(manifest())


def reference(pack):
    """Figures of a pack's real photographs, or None if nobody measured them or the pack is not here (as an imported run's may be)."""
    try:
        return manifest(pack)["reference"]
    except PackError:
        return None


def photographs():
    """Figures of the real photographs of the app's pack. Raises PackError where nobody measured them."""
    if (found := manifest()["reference"]) is None:
        raise PackError(
            f"This page compares with real photographs, and nobody has measured any for model pack {manifest()['name']!r}. "
            "Start the app with CTJP_PACK=miniature, or measure some: python -m core train reference --images DIR --out PACK"
        )
    return found


@functools.cache
def example_id():
    """Id of the finished run that came with the pack, or None if it has none."""
    folder = pack_folder(pack_name()) / EXAMPLE_FOLDER
    if not folder.is_dir():
        return None
    try:
        return store().import_run(folder).id
    except StoreError:
        LOG.exception("The example run in %s cannot be shown.", folder)
        return None


def submit(prompt, seed, painters, knobs, owner):
    """Queue a run, or find the stored one.

    Args:
        painters: names of those switched on.
        knobs: painter → knob → value; those of painters switched off are ignored.
        owner: the secret that may cancel it.

    Returns:
        core.store.Run.

    Raises:
        UserError: the prompt or a setting is not accepted, or the store cannot be written.
    """
    request, limits = _request(prompt, seed, painters, knobs), Limits.here()
    check_known(request.prompt, known_words(), manifest().get("examples", ()))
    limits.check_steps(request)
    run = store().submit(request, _pack_hash(), owner, admit=limits.admission(owner))
    LOG.info("Asked for a run.", extra={"run": run.id, "status": run.status})
    return run


def find(prompt, seed, painters, knobs):
    """The stored Run of exactly these settings, or None; also if they are not accepted. Raises StoreError."""
    try:
        request = _request(prompt, seed, painters, knobs)
    except UserError:
        return None
    return store().find(request, _pack_hash())


def _request(prompt, seed, painters, knobs):
    return RunRequest.make(prompt, seed, pack_name(), tuple(painters), **{p: knobs.get(p, {}) for p in painters})


def start_sweep(plan, owner):
    """Queue a sweep's cells. Returns core.sweep_store.Sweep. Raises UserError."""
    check_known(plan.prompt, known_words(), manifest().get("examples", ()))
    limits, requests = Limits.here(), [cell.request for cell in plan.cells()]
    for request in requests:
        limits.check_steps(request)
    found = [store().find(request, _pack_hash()) for request in requests]
    if new := sum(run is None or run.status in REPEATABLE for run in found):
        limits.check_sweep(store(), owner, new)
    sweep = sweep_store.start(store(), plan, _pack_hash(), owner)
    LOG.info("Asked for a sweep.", extra={"sweep": sweep.id, "cells": len(requests), "new": new})
    return sweep


def sweep_state(sweep):
    """What the grid shows: see core.sweep_store.state; with the figures of real photographs, if the pack is here."""
    return sweep_store.state(store(), sweep) | {"reference": reference(sweep.plan.pack)}


def sweep_png(sweep):
    """The grid as PNG bytes; one at a time, since drawing takes a core."""
    from core.sweep_figure import grid_png

    def image_of(cell):
        path = cell["id"] and cell["step"] is not None and store().frame_path(cell["id"], cell["painter"], cell["step"])
        return read_image(path) if path else None

    with _drawing_lock:
        return grid_png(sweep_store.state(store(), sweep), image_of)


def estimate(requests):
    """core.estimates.Estimate of painting these RunRequests one after the other. Raises StoreError."""
    newest = store().database.read("SELECT MAX(finished) AS last, COUNT(*) AS number FROM runs WHERE status = 'done'")[0]
    return estimates.total(requests, _samples(newest["last"], newest["number"]))


def expected_wait(run_id):
    """Seconds until a waiting run is begun, or None if it does not wait. Raises StoreError."""
    return _waits(int(time.monotonic())).get(run_id)


@functools.lru_cache(maxsize=1)
def _waits(_second):
    """Run id → seconds, of everything in line; made at most once a second, however many look."""
    try:
        _pack_hash()
    except PackError:
        return {}
    running, waiting = store().line()
    newest = store().database.read("SELECT MAX(finished) AS last, COUNT(*) AS number FROM runs WHERE status = 'done'")[0]
    key = (newest["last"], newest["number"])
    waits, total = {}, 0.0
    for run in filter(None, map(store().get, running)):
        total += _left(run, _seconds(_work_of(run.id), *key))
    for run_id in waiting:
        waits[run_id] = total
        total += _seconds(_work_of(run_id), *key)
    return waits


def _left(run, whole):
    """Seconds that a run in progress still takes: as it has gone so far, or at its start as estimated (`whole`)."""
    elapsed = max(0.0, time.time() - run.started) if run.started else 0.0
    shares = [max(0, one.step) / one.total for one in store().progress(run.id).values()]
    share = sum(shares) / len(shares)
    return elapsed * (1 - share) / share if share > 0.1 else max(0.0, whole - elapsed)


@functools.lru_cache(maxsize=4096)
def _work_of(run_id):
    """What a run takes its time for: its request with neither prompt nor seed, as text. A class asks for few different ones."""
    run = store().get(run_id)
    return dataclasses.replace(run.request, prompt="any", seed=0).canonical() if run else ""


@functools.lru_cache(maxsize=256)
def _seconds(work, last, number):
    return estimates.total([RunRequest.from_dict(json.loads(work))], _samples(last, number)).seconds if work else 0.0


def missing(requests):
    """Those of the RunRequests that are not stored as done. Raises StoreError."""
    found = ((request, store().find(request, _pack_hash())) for request in requests)
    return [request for request, run in found if run is None or run.status != "done"]


@functools.lru_cache(maxsize=2)
def _samples(_last, _number):
    return estimates.samples(store(), _pack_hash(), example_id())


@functools.cache
def bundle_digest():
    """Short name of the vega bundle that this installation makes."""
    return hashlib.sha256(importlib.metadata.version("vl-convert-python").encode()).hexdigest()[:12]


def vega_bundle():
    """File with Vega, Vega-Lite and Vega-Embed for the browser; made on first use, then kept beside the store.

    Made in a process of its own: it takes two seconds and 130 MB that the server would never give back.
    """
    path = Path(store_folder()) / "assets" / f"vega-{bundle_digest()}.js"
    with _bundle_lock:
        if not path.is_file():
            made = subprocess.run([sys.executable, "-c", BUNDLE], capture_output=True, check=True)
            write_bytes(path, made.stdout)
    return path
