"""The painter process's side of the lesson: does what `core.lesson.jobs` keeps waiting, a slice at a time.

A slice is a fraction of a second, so a run that is being painted goes on beside it. What was asked last is
done
first: a cell of the codebook that somebody has just changed need not wait for a long way back from noise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from typing import TYPE_CHECKING

from core.base.errors import UserError
from core.lesson.jobs import LESSON_KINDS, LessonJob, LessonJobs

if TYPE_CHECKING:
    from core.packs.pack import ModelPack
    from core.storage.run_store import RunStore

LESSON_BUG = (
    "An unexpected error ({name}) stopped this computation. "
    "The details are in painter.log in the store's folder; please report them."
)
Slices = Generator[float, None, tuple[dict, dict[str, bytes]]]


class LessonJobRunner:
    """The lesson's jobs of one store, advanced by the painter process.

    Args:
        log: is given one text.
    """

    def __init__(self, store: RunStore, log: Callable[[str], None]) -> None:
        self.jobs = LessonJobs(store)
        self.log = log
        self.begun: list[tuple[LessonJob, Slices | None]] = []  # the newest last

    def run_slice(self, load: Callable[[str], ModelPack], packs: Collection[str] | None = None) -> bool:
        """Do a little. True if there was something to do.

        Args:
            load: pack name → ModelPack.
            packs: begin only jobs that ask for one of these; any by default.
        """
        waiting = self.jobs.take_next(packs)
        if waiting is not None:
            self.begun.append((waiting, None))
        if not self.begun:
            return False
        job, slices = self.begun.pop()
        try:
            slices = slices or LESSON_KINDS[job.kind].compute(load(job.pack), job.request)
            self._advance(job, slices)
        except UserError as error:
            self.jobs.finish(job.id, reason=str(error))
        except Exception as error:
            self.log(f"A computation of the lesson failed: {error!r}")
            self.jobs.finish(job.id, reason=LESSON_BUG.format(name=type(error).__name__))
        return True

    def _advance(self, job: LessonJob, slices: Slices) -> None:
        """One slice of a job; the last one brings the result."""
        try:
            self.jobs.progress(job.id, next(slices))
            self.begun.append((job, slices))
        except StopIteration as end:
            data, pictures = end.value
            self.jobs.finish(job.id, {"kind": job.kind, **data}, pictures)
