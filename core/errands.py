"""What the painter process does on the side: own pictures between two steps, tidying between two runs."""

import time
from dataclasses import asdict

from core.errors import UserError
from core.library import Library
from core.own_pictures import OwnPictures
from core.runs import measure

TIDY_SECONDS = 30.0
BUG = "Measuring this picture met an unexpected error ({name}); painter.log in the store's folder has the details, please report them."


class Errands:
    """Side jobs on one store. Nothing that goes wrong here may end a run: it is logged.

    Args:
        store: core.store.RunStore.
        log: function of one text.
    """

    def __init__(self, store, log):
        self.library, self.pictures, self.log = Library(store), OwnPictures(store), log
        self._next_tidy = 0.0

    def recover(self):
        """Clear away what an earlier painter process left. To be called under the store's lock."""
        self._quietly(self.pictures.recover)
        self._quietly(self.library.remove_strays)

    def between_steps(self, packs):
        """Measure one waiting picture, if its pack is among `packs` (name → ModelPack). True if there was one."""
        return bool(self._quietly(self._measure_next, packs.get, packs))

    def between_runs(self, load, run_ended=False):
        """Measure one waiting picture (`load` is name → ModelPack) and tidy now and then. True if there was a picture."""
        if run_ended or time.monotonic() >= self._next_tidy:
            self._next_tidy = time.monotonic() + TIDY_SECONDS
            self._quietly(self.library.tidy)
            self._quietly(self.pictures.tidy)
        return bool(self._quietly(self._measure_next, load))

    def _measure_next(self, load, packs=None):
        taken = self.pictures.take_next(packs)
        if taken is None:
            return False
        picture, image = taken
        try:
            figures = asdict(measure(image, picture.prompt, load(picture.pack)))
            figures.pop("seconds")
            self.pictures.finish(picture.id, figures)
        except UserError as error:
            self.pictures.finish(picture.id, reason=str(error))
        except Exception as error:
            self.log(f"Measuring a picture failed: {error!r}")
            self.pictures.finish(picture.id, reason=BUG.format(name=type(error).__name__))
        return True

    def _quietly(self, action, *arguments):
        try:
            return action(*arguments)
        except (UserError, OSError) as error:
            self.log(str(error))
            return None
