"""First states of lesson pages, computed here and shipped with the program."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from core import packs
from core.lesson import jobs

if TYPE_CHECKING:
    from core.packs.pack import ModelPack

Item = TypeVar("Item")
MOST_BYTES = 600_000  # of the first states of one page: they travel with the program


def write_first_states(pack_name: str, kind: str, requests: list[dict[str, Any]]) -> ModelPack:
    """Compute requests of one kind, in place of whatever of it lay there.

    Returns the pack they were computed with.
    """
    pack = packs.open_pack_limited(pack_name)
    _remove_old(kind)
    total = 0
    for number, request in enumerate(requests, 1):
        job = jobs.make_job(kind, request, pack_name)
        data, pictures = _result_of(jobs.LESSON_KINDS[kind].compute(pack, job.request))
        jobs.write_result(jobs.PRECOMPUTED, job.id, {"kind": kind, **data}, pictures)
        folder = jobs.PRECOMPUTED / job.id
        total += sum(path.stat().st_size for path in folder.iterdir())
        print(f"{number} of {len(requests)}: {folder}", file=sys.stderr)
    too_much = f", more than the {MOST_BYTES / 1000:.0f} kB intended" if total > MOST_BYTES else ""
    print(f"{kind}: {total / 1000:.0f} kB{too_much}")
    return pack


def _remove_old(kind: str) -> None:
    for folder in list(jobs.PRECOMPUTED.glob("*")):
        # What cannot be read is of no use to any kind.
        old = jobs.read_result(jobs.PRECOMPUTED, folder.name) or {"kind": kind}
        if old["kind"] == kind:
            shutil.rmtree(folder)


def _result_of(computing: Generator[Any, None, Any]) -> Any:
    """What a computation in slices returns at its end."""
    while True:
        try:
            next(computing)
        except StopIteration as end:
            return end.value


def told(pictures: Iterable[Item], count: int) -> Iterator[Item]:
    """The same pictures; says after every fifty how many there were."""
    for number, picture in enumerate(pictures, 1):
        if number % 50 == 0:
            print(f"{number} of {count} pictures", file=sys.stderr)
        yield picture
