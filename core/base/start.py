"""What a painter starts from, as a setting's text: noise, grey, or a picture named by its hash. No torch.

    noise                                today's start
    grey                                 mid-grey without noise (pixels only)
    rendering:<caption>@<seed>           a rendering of the miniature world
    picture:<hash>                       a picture of one's own
    frame:<run>/<painter>                the last frame of a stored run

The last three name a picture once it is known: `rendering:…@3#<hash>`, `frame:…/vqgan#<hash>`. So the
picture's hash is part of the settings, and with them of the run's name. Who asks for a run looks the picture
up and keeps it (`core.service.starts`); who paints finds it by its hash (`core.storage.start_pictures`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from core.base.setting import setting_field

if TYPE_CHECKING:
    import numpy as np

    Starts: TypeAlias = Callable[[str], np.ndarray]  # hash → uint8 H×W×3

SETTING = "start"  # its name
NOISE = "noise"
GREY = "grey"
RENDERING = "rendering"
PICTURE = "picture"
FRAME = "frame"
PICTURE_KINDS = {
    RENDERING: "a rendering of another scene",
    PICTURE: "a picture of yours",
    FRAME: "the last frame of a run",
}
EXAMPLE = f"{RENDERING}:a blue car on sand@1"
HASH = re.compile(r"[0-9a-f]{64}")
_RENDERING = re.compile(r"([^@#\x00-\x1f]{1,160})@(\d{1,9})(?:#([0-9a-f]{64}))?")
_FRAME = re.compile(r"([a-z2-7]{26})/([a-z]{1,20})(?:#([0-9a-f]{64}))?")
_ACCEPTED = "rendering:CAPTION@SEED, picture:HASH or frame:RUN/PAINTER"


@dataclass(frozen=True)
class Start:
    """A setting's text, taken apart.

    Args:
        kind: NOISE, GREY or one of PICTURE_KINDS.
        name: of a rendering its caption, of a frame the run's id.
        detail: of a rendering its seed, of a frame the painter.
        digest: of the picture, 64 hexadecimal digits (see `picture_hash`); "" where it is not known yet.
    """

    kind: str
    name: str = ""
    detail: str = ""
    digest: str = ""

    @classmethod
    def read(cls, text: object) -> Start:
        """Inverse of `str`. Raises ValueError, naming what is accepted."""
        kind, _, rest = str(text).partition(":")
        if text in (NOISE, GREY):
            return cls(str(text))
        if kind == PICTURE and HASH.fullmatch(rest):
            return cls(kind, digest=rest)
        pattern = {RENDERING: _RENDERING, FRAME: _FRAME}.get(kind)
        found = pattern.fullmatch(rest) if pattern else None
        if found is None:
            raise ValueError(_ACCEPTED)
        name, detail, digest = found.groups()
        return cls(
            kind, " ".join(name.split()), str(int(detail)) if kind == RENDERING else detail, digest or ""
        )

    def __str__(self) -> str:
        known = f"#{self.digest}" if self.digest else ""
        forms = {
            RENDERING: f"{RENDERING}:{self.name}@{self.detail}{known}",
            PICTURE: f"{PICTURE}:{self.digest}",
            FRAME: f"{FRAME}:{self.name}/{self.detail}{known}",
        }
        return forms.get(self.kind, self.kind)

    @property
    def is_picture(self) -> bool:
        """Whether there is a picture to start from."""
        return self.kind in PICTURE_KINDS

    def in_words(self) -> str:
        """For people: "a rendering of “a blue car on sand”, seed 3"."""
        if self.kind == RENDERING:
            return f"a rendering of “{self.name}”, seed {self.detail}"
        if self.kind == FRAME:
            return f"the last frame of {self.detail} in run {self.name[:6]}…"
        return "somebody's own picture" if self.kind == PICTURE else self.kind


def start_of(settings: Any) -> Start:
    """What a painter with these settings starts from."""
    return Start.read(getattr(settings, "start", NOISE))


def shown_value(name: str, value: Any) -> Any:
    """A setting's value for people: a start in words, everything else as it is."""
    return Start.read(value).in_words() if name == SETTING else value


def without_hash(value: Any) -> Any:
    """A start as it was asked for, before its picture was looked up; everything else as it is."""
    try:
        start = Start.read(value)
    except ValueError:
        return value
    return value if start.kind == PICTURE else str(replace(start, digest=""))


def picture_hash(image: np.ndarray) -> str:
    """SHA-256 (hex) over the size and the pixels of uint8 H×W×3, whatever file they came in."""
    return hashlib.sha256(f"{image.shape}".encode() + image.tobytes()).hexdigest()


def start(help: str, grey: bool = False) -> Any:
    """The setting: what a painter starts from."""
    fixed = (NOISE, GREY) if grey else (NOISE,)

    def read(value: object) -> str:
        found = Start.read(value)
        if found.kind == GREY and not grey:
            raise ValueError(_ACCEPTED)
        return str(found)

    return setting_field(
        NOISE,
        label="Start",
        help=help,
        read=read,
        accepted=", ".join((*fixed, _ACCEPTED)),
        advanced=True,
        later=True,
    )
