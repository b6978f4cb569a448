"""What pages and routes share, made once per server process: the store, the pack, its example run.

No torch, no streamlit.
"""

import functools
import logging
import time
from typing import Any

from core.base.environment import pack_name, store_folder
from core.base.errors import PackError, StoreError
from core.base.judges import NETWORKS
from core.base.prompt_reading import reading_note
from core.base.request import RunRequest
from core.base.sweep_plan import SweepPlan
from core.lesson.jobs import LessonJobs
from core.lesson.ranking_jobs import Rankings
from core.measures.judge_gap import reference_for
from core.packs import pack_hash, read_manifest
from core.packs.former_packs import PAINTED_BY_ANOTHER, another_pack_note, is_here, reference_at
from core.packs.judged_reference import judged_reference
from core.packs.manifest import denoiser_reads_text as manifest_reads_text
from core.packs.manifest import pack_folder
from core.service.ahead_requests import EXAMPLE_FOLDER_NAME
from core.storage.ballots import Ballots
from core.storage.gallery import Gallery
from core.storage.own_pictures import OwnPictures
from core.storage.records import Run
from core.storage.run_store import RunStore

LOG = logging.getLogger("app")
EXAMPLE_RETRY_SECONDS = 10  # after a passing error


@functools.cache
def store() -> RunStore:
    """The run store. Raises StoreError."""
    return RunStore(store_folder())


@functools.cache
def gallery() -> Gallery:
    """The stored runs as a collection. Raises StoreError."""
    return Gallery(store())


@functools.cache
def ballots() -> Ballots:
    """Shows of hands about runs. Raises StoreError."""
    return Ballots(store())


@functools.cache
def own_pictures() -> OwnPictures:
    """People's own pictures. Raises StoreError."""
    return OwnPictures(store())


@functools.cache
def rankings() -> Rankings:
    """Rankings of pictures by a prompt. Raises StoreError."""
    return Rankings(store())


@functools.cache
def lesson_jobs() -> LessonJobs:
    """What the lesson pages asked to be computed. Raises StoreError."""
    return LessonJobs(store())


@functools.cache
def manifest(pack: str | None = None) -> dict[str, Any]:
    """Manifest of a pack, of the app's own by default. Raises PackError."""
    return read_manifest(pack or pack_name())


@functools.cache
def app_pack_hash() -> str:
    """What names the app's pack in stored runs. Raises PackError."""
    return pack_hash(manifest())


@functools.cache
def known_words(pack: str | None = None) -> frozenset[str] | None:
    """Every word that a pack's models know, by default the app's own; None: any word is known.

    Of a pack that is not here nothing is said. Raises PackError for the app's own.
    """
    try:
        words = manifest(pack)["words"]
    except PackError:
        if pack is None:
            raise
        return None
    return None if words is None else frozenset(words)


def reading_note_of(asked: RunRequest | SweepPlan) -> str:
    """How the models of its pack read the prompt of a run or a sweep; "" where they know every word of it."""
    return reading_note(asked.prompt, known_words(asked.pack))


def examples() -> tuple[str, ...]:
    """Prompts that the app's pack suggests. Raises PackError."""
    return tuple(manifest().get("examples", ()))


def default_prompt() -> str:
    """The prompt of a form that nobody has filled: the pack's first example, or "". Raises PackError."""
    return next(iter(examples()), "")


def denoiser_reads_text(pack: str) -> bool:
    """Whether a pack's denoiser takes a text; of a pack that is not here, that it does."""
    try:
        return manifest_reads_text(manifest(pack))
    except PackError:
        return True


def reference_figures(pack: str, painted_with: str = "") -> dict[str, Any] | None:
    """Figures of a pack's real pictures; None if none were measured, or if the pack is not here.

    Args:
        painted_with: hash of the pack that painted: an earlier pack of this name had other figures.
    """
    try:
        manifest(str(pack))  # one that is not here may come
        return _reference_at(str(pack), painted_with)
    except PackError:
        return None


def judging_networks(pack: str, painted_with: str = "") -> tuple[str, ...]:
    """The networks that judge what a pack paints; of an earlier edition only those that every pack has."""
    try:
        models = manifest(str(pack))["models"]
        known = _is_here(str(pack), painted_with)
    except PackError:
        return ("score", "heldout")
    return tuple(name for name, model in NETWORKS.items() if model in models and (known or name != "robust"))


def pack_note(pack: str, painted_with: str, said: str = PAINTED_BY_ANOTHER) -> str:
    """Sentences for what another pack of this name has painted, or what `said` says; "" for anything else."""
    try:
        manifest(str(pack))
        return _another_pack_note(str(pack), painted_with, said)
    except PackError:
        return ""


# Asked for at every update of a run, and both read a manifest.
_reference_at = functools.lru_cache(maxsize=64)(reference_at)
_is_here = functools.lru_cache(maxsize=64)(is_here)
_another_pack_note = functools.lru_cache(maxsize=64)(another_pack_note)


def reference_of(request: RunRequest, painted_with: str = "") -> dict[str, Any] | None:
    """What of its pack's figures a run can be compared with: of a weighted prompt realism alone."""
    return reference_for(request.prompt, reference_figures(request.pack, painted_with))


def required_reference_figures() -> dict[str, Any]:
    """Figures of the real pictures of the app's pack. Raises PackError where nobody measured them."""
    figures = judged_reference(manifest())
    if figures is None:
        raise PackError(
            "This page needs figures of real pictures, and none have been measured for model pack "
            f"{manifest()['name']!r}. "
            "Start the app with CTJP_PACK=miniature, or measure some: python -m core train reference "
            "--images DIR --out PACK"
        )
    return figures


def example_id() -> str | None:
    """Id of the finished run that came with the pack; None without one, or if it cannot be imported now."""
    return _example_id_in(int(time.monotonic() // EXAMPLE_RETRY_SECONDS))


def example_run() -> Run | None:
    """The finished run that came with the pack, or None. Raises StoreError."""
    run_id = example_id()
    return store().get(run_id) if run_id else None


@functools.lru_cache(maxsize=1)
def _example_id_in(_period: int) -> str | None:
    """The example's id, asked for at most once in each period while an error stands in the way."""
    try:
        return _imported_example()
    except StoreError:
        LOG.exception("The example run of model pack %s cannot be shown.", pack_name())
        return None


@functools.cache
def _imported_example() -> str | None:
    """The example's id once it is in the store. Raises StoreError, and then tries again when called again."""
    folder = pack_folder(pack_name()) / EXAMPLE_FOLDER_NAME
    return store().import_run(folder).id if folder.is_dir() else None


def run_label(run: Run) -> str:
    """A run in a list to choose from."""
    example = "Example: " if run.id == example_id() else ""
    return f"{example}{run.request.prompt}, seed {run.request.seed}"
