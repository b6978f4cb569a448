"""Pictures to start from, looked up for whoever asks for a run: rendered, uploaded, or a run's last frame.

Afterwards the settings name each picture by its hash, and the picture is kept where the painters find it.
No torch; numba to render.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.base.errors import SettingError
from core.base.images import read_image
from core.base.request import RunRequest
from core.base.start import FRAME, RENDERING, SETTING, Start, start_of
from core.base.sweep_plan import SweepAxis, SweepPlan
from core.base.vocabulary import unknown_words
from core.packs.manifest import Manifest, read_manifest
from core.storage.start_pictures import NOT_HERE, StartPictures
from core.world.reading import scene_of

if TYPE_CHECKING:
    from core.storage.run_store import RunStore

LastFrame = Callable[[str, str], np.ndarray | None]  # (run, painter) → uint8 H×W×3, or None
EXAMPLE_CAPTION = "a blue car on sand"
OTHER_WORLD = (
    "Only packs of the miniature world can start from a rendering, and {pack!r} is not one. "
    "Start from noise, from a picture of yours or from a run's last frame."
)


@dataclass(frozen=True)
class StartResolver:
    """Looks pictures up and keeps them.

    Args:
        pictures: where they are kept.
        frame: gives a stored run's last frame.
    """

    pictures: StartPictures
    frame: LastFrame

    @classmethod
    def of_store(cls, store: RunStore) -> StartResolver:
        """One that keeps pictures in a store and takes last frames from it."""
        return cls(StartPictures(store.folder), functools.partial(last_frame, store))

    def text(self, text: str, manifest: Manifest) -> str:
        """A setting's text with the hash of its picture, at the size of the manifest's pack.

        Raises:
            SettingError: the picture is not there or cannot be made. OutputError, StoreError.
        """
        start = Start.read(text)
        if not start.is_picture:
            return text
        image = fitted(self._picture(start, manifest), manifest["size"])
        return str(replace(start, digest=self.pictures.add(image)))

    def request(self, request: RunRequest) -> RunRequest:
        """The request with the hashes of the pictures it starts from. Raises as `text`, and PackError."""
        if not any(start_of(settings).is_picture for settings in request.settings.values()):
            return request
        manifest, data = read_manifest(request.pack), request.to_dict()
        for settings in data["settings"].values():
            if "start" in settings:
                settings["start"] = self.text(settings["start"], manifest)
        return RunRequest.from_dict(data)

    def plan(self, plan: SweepPlan) -> SweepPlan:
        """The same of a sweep: of every cell. Raises as `request`."""
        manifest = read_manifest(plan.pack)

        def axis(found: SweepAxis) -> SweepAxis:
            if found.name != SETTING:
                return found
            return SweepAxis(SETTING, tuple(self.text(value, manifest) for value in found.values))

        base = {
            painter: {
                name: self.text(value, manifest) if name == SETTING else value for name, value in own.items()
            }
            for painter, own in plan.base.items()
        }
        y = axis(plan.y) if plan.y else None
        return SweepPlan.make(plan.prompt, plan.painter, axis(plan.x), y, plan.seed, plan.pack, base)

    def _picture(self, start: Start, manifest: Manifest) -> np.ndarray:
        if start.kind == RENDERING:
            return rendering(start.name, int(start.detail), manifest)
        if start.kind == FRAME and not self.pictures.has(start.digest):
            found = self.frame(start.name, start.detail)
            if found is None:
                raise SettingError(NOT_HERE)
            return found
        return self.pictures.picture(start.digest)


def fitted(image: np.ndarray, size: int) -> np.ndarray:
    """A square picture at a pack's size: uint8 size×size×3."""
    if image.shape[:2] == (size, size):
        return image
    return np.array(Image.fromarray(image).resize((size, size), Image.Resampling.LANCZOS))


def last_frame(store: RunStore, run_id: str, painter: str) -> np.ndarray | None:
    """The newest picture of a painter in a stored run, or None."""
    steps = sorted((row.step for row in store.rows(run_id) if row.painter == painter), reverse=True)
    paths = (store.frame_path(run_id, painter, step) for step in steps)
    path = next((path for path in paths if path), None)
    return read_image(path) if path else None


def is_miniature_world(manifest: Manifest) -> bool:
    """Whether a pack's judge knows the words of the miniature world, whose renderings are real to it."""
    words = manifest["words"]
    return words is not None and not unknown_words(EXAMPLE_CAPTION, words)


def rendering(caption: str, seed: int, manifest: Manifest) -> np.ndarray:
    """The rendering of a caption at a pack's size. Raises SettingError."""
    from core.world.renderer import render

    if not is_miniature_world(manifest):
        raise SettingError(OTHER_WORLD.format(pack=manifest["name"]))
    scene = scene_of(caption)
    if scene is None:
        raise SettingError(
            f"The miniature world has no scene “{caption}”. Name colour, subject and ground in its words, "
            f"as in “{EXAMPLE_CAPTION}”; time and weather may follow."
        )
    return render(scene, seed, manifest["size"])
