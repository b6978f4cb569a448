"""The painter process's side of the lesson: does what `core.lesson.jobs` keeps waiting, a slice at a time.

A slice is a fraction of a second, so a run that is being painted goes on beside it. What was asked last is done first:
a cell of the codebook that somebody has just changed need not wait for a long way back from noise.
"""

from core.errors import UserError
from core.lesson.jobs import KINDS, Lessons

BUG = "Computing this met an unexpected error ({name}); painter.log in the store's folder has the details, please report them."


class Work:
    """The lesson's jobs of one store, advanced by the painter process.

    Args:
        store: core.store.RunStore. log: function of one text.
    """

    def __init__(self, store, log):
        self.lessons, self.log = Lessons(store), log
        self.begun = []  # (Job, iterator), the newest last

    def slice(self, load, packs=None):
        """Do a little. True if there was something to do.

        Args:
            load: pack name → ModelPack.
            packs: begin only jobs that ask for one of these; any by default.
        """
        job = self.lessons.take_next(packs)
        if job is not None:
            self.begun.append((job, None))
        if not self.begun:
            return False
        job, progress = self.begun.pop()
        try:
            progress = progress or KINDS[job.kind].compute(load(job.pack), job.request)
            try:
                self.lessons.progress(job.id, next(progress))
                self.begun.append((job, progress))
            except StopIteration as end:
                data, pictures = end.value
                self.lessons.finish(job.id, {"kind": job.kind, **data}, pictures)
        except UserError as error:
            self.lessons.finish(job.id, reason=str(error))
        except Exception as error:
            self.log(f"A computation of the lesson failed: {error!r}")
            self.lessons.finish(job.id, reason=BUG.format(name=type(error).__name__))
        return True
