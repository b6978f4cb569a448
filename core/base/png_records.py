"""What every PNG and movie of this program says about itself, in one text record. No torch.

The record's key is `can-the-judge-paint`, its value JSON (ASCII only) with
    format         1
    kind           "frame", "figure", "sheet" or "movie"; a frame also has painter, step and total
    prompt, seed   as asked for
    settings       painter → setting → value, all of them
    pack           name of the model pack
    pack_hash      SHA-256 over its manifest, which holds the hash of every file
    code_revision, measuring_revision
                   of the code that paints, and of the code that measures where it is known
    versions       package → version
Nothing in it depends on when or where the run was painted: the same run gives the same bytes.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.base.defaults import FIRST
from core.base.errors import SettingError, UserError
from core.base.png_chunks import SIGNATURE, TEXT_KINDS, png_chunks, read_text, text_key
from core.base.request import MAX_SEED, RunRequest
from core.base.setting import Setting, settings_of
from core.base.settings import PAINTER_LABELS, PAINTERS, painter_settings, unnamed_values
from core.base.webp_text import is_webp, webp_text

RECORD_KEY = "can-the-judge-paint"
RECORD_FORMAT = 1
KINDS = ("frame", "figure", "sheet", "movie")
MAX_FILE = 20_000_000
MAX_RECORD = 65_536  # characters of JSON; a real record has less than 2 000
MAX_SHOWN = 60  # characters of a stranger's text in our sentences
MOST_NAMED = 5  # unknown settings that are named one by one
DAMAGED = "The settings in this picture are damaged. Give another picture of the run."


class PngRecordError(UserError):
    """A picture does not hold settings that can be used."""


@dataclass(frozen=True)
class PictureSettings:
    """Settings read from a picture, checked.

    Args:
        request: a RunRequest that this program accepts.
        ignored: one sentence for everything that was not taken.
        kind, painter, step, total: what the picture shows, as it says itself; "" and None where it does not.
        pack_hash, code_revision, measuring_revision: "" where unknown.
        versions: package → version.
    """

    request: RunRequest
    ignored: tuple[str, ...]
    kind: str
    painter: str
    step: int | None
    total: int | None
    pack_hash: str
    code_revision: str
    versions: dict[str, str]
    measuring_revision: str = ""

    def changed(self) -> dict[str, dict[str, Any]]:
        """Painter → label of a setting → value, for settings that differ from their defaults."""
        return {
            painter: {
                setting.label: value
                for setting in settings_of(type(settings))
                if (value := getattr(settings, setting.name)) != setting.default
            }
            for painter, settings in self.request.settings.items()
        }

    def remixed(self) -> RunRequest:
        """The same request with another seed."""
        seed = self.request.seed
        while seed == self.request.seed:
            seed = secrets.randbelow(MAX_SEED + 1)
        return RunRequest(self.request.prompt, seed, self.request.pack, self.request.settings)


def make_record(
    request: RunRequest,
    pack_hash: str,
    code_revision: str,
    versions: Mapping[str, str],
    kind: str,
    measuring_revision: str = "",
    **place: Any,
) -> dict[str, str]:
    """Text records of a PNG: {RECORD_KEY: JSON}. `place`: painter, step and total of a frame."""
    record = {
        "format": RECORD_FORMAT,
        "kind": kind,
        **place,
        "prompt": request.prompt,
        "seed": request.seed,
        "settings": {painter: asdict(settings) for painter, settings in request.settings.items()},
        # A pack may be given as a folder; where that lies is nobody's business.
        "pack": Path(request.pack).name,
        "pack_hash": pack_hash,
        "code_revision": code_revision,
        "versions": versions,
    }
    if measuring_revision:
        record["measuring_revision"] = measuring_revision
    return {RECORD_KEY: json.dumps(record, sort_keys=True)}


def record_json(picture: bytes) -> str:
    """The JSON text that the bytes of a PNG or WebP carry under RECORD_KEY. No pixel is decoded.

    Raises:
        PngRecordError: neither of them, too large, without a record, or damaged before or inside it.
    """
    if len(picture) > MAX_FILE:
        raise PngRecordError(
            f"The file has {len(picture) / 1e6:.0f} MB; "
            f"pictures of this program have less than {MAX_FILE / 1e6:.0f} MB."
        )
    if not picture.startswith(SIGNATURE) and not is_webp(picture):
        raise PngRecordError(
            "This is not a PNG or WebP file. Only those keep the settings; give one as this program saved it."
        )
    others: list[str] = []
    try:
        found = webp_text(picture, RECORD_KEY) if is_webp(picture) else _png_text(picture, others)
    except EOFError as error:
        raise PngRecordError(
            f"The file ends too early and holds no settings{_named(others)}. "
            "Copy it again from where it came from."
        ) from error
    if found is None:
        raise PngRecordError(
            f"The picture holds no settings of this program{_named(others)}. "
            "Screenshots, converted pictures and other programs' do not; give a PNG or WebP saved by Export."
        )
    if len(found) > MAX_RECORD:
        raise PngRecordError(DAMAGED)
    return found


def _png_text(png: bytes, others: list[str]) -> str | None:
    """The record of a PNG, "" if it is damaged; the keys before it go to `others`. Raises EOFError."""
    for chunk in png_chunks(png):
        if chunk.kind in TEXT_KINDS:
            key = text_key(png, chunk)
            if key == RECORD_KEY:
                return read_text(png, chunk) or ""
            others.append(key)
    return None


def read_picture_settings(picture: bytes, pack: str) -> PictureSettings:
    """The settings in the bytes of a PNG or WebP, with everything of them checked.

    Args:
        pack: name of the pack that the request shall have; a picture cannot choose one.

    Raises:
        PngRecordError: there are no settings in it, or not even a prompt that can be used.
    """
    record = _read_record(picture)
    ignored: list[str] = []
    settings = _accepted_settings(record.get("settings"), ignored)
    seed = _accepted_seed(record.get("seed"), ignored)
    try:
        request = RunRequest.make(record.get("prompt"), seed, pack, tuple(settings), **settings)
    except UserError as error:
        raise PngRecordError(f"The prompt in this picture cannot be used. {error}") from error
    versions = record.get("versions")
    return PictureSettings(
        request=request,
        ignored=tuple(ignored),
        kind=_one_of(record.get("kind"), KINDS),
        painter=_one_of(record.get("painter"), tuple(PAINTERS)),
        step=_step(record.get("step")),
        total=_step(record.get("total")),
        pack_hash=_hash(record.get("pack_hash")),
        code_revision=_hash(record.get("code_revision")),
        measuring_revision=_hash(record.get("measuring_revision")),
        versions=_accepted_versions(versions if isinstance(versions, dict) else {}),
    )


def _read_record(picture: bytes) -> dict[str, Any]:
    """The record of a format that this version reads; nothing in it is checked yet. Raises PngRecordError."""
    try:
        record = json.loads(record_json(picture))
    except (ValueError, RecursionError) as error:
        raise PngRecordError(DAMAGED) from error
    number = record.get("format") if isinstance(record, dict) else None
    if isinstance(number, bool) or not isinstance(number, int):
        raise PngRecordError(
            "The settings in this picture are not in this program's form. Give a picture saved by Export."
        )
    if number != RECORD_FORMAT:
        raise PngRecordError(
            f"The settings in this picture are of format {_short(number)}; "
            f"this version reads {RECORD_FORMAT}. Update it."
        )
    return record


def _accepted_seed(seed: object, ignored: list[str]) -> int:
    if isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= MAX_SEED:
        return seed
    ignored.append(f"The seed is {_short(seed)}; it takes a whole number from 0 to {MAX_SEED}, so 0 is used.")
    return 0


def _accepted_settings(stored: object, ignored: list[str]) -> dict[str, dict[str, Any]]:
    """painter → setting → value, as far as accepted; sentences on the rest go to `ignored`."""
    if not isinstance(stored, dict):
        ignored.append("The settings are no table of painters, so every painter keeps its defaults.")
        return {painter: {} for painter in PAINTERS}
    unknown = [painter for painter in stored if painter not in PAINTERS]
    ignored += [f"There is no painter {_short(painter)}." for painter in unknown[:MOST_NAMED]]
    accepted = {}
    for painter in PAINTERS:
        if painter in stored:
            accepted[painter] = _accepted_of_painter(painter, stored[painter], ignored)
    if not accepted:
        ignored.append("No known painter is named, so all are switched on with their defaults.")
    return accepted or {painter: {} for painter in PAINTERS}


def _accepted_of_painter(painter: str, values: object, ignored: list[str]) -> dict[str, Any]:
    label = PAINTER_LABELS[painter]
    if not isinstance(values, dict):
        ignored.append(f"The settings of {label} are no table, so it keeps its defaults.")
        return {}
    known = {setting.name: setting for setting in settings_of(PAINTERS[painter])}
    unknown = [name for name in values if name not in known]
    ignored += [f"{label} has no setting {_short(name)}." for name in unknown[:MOST_NAMED]]
    if len(unknown) > MOST_NAMED:
        ignored.append(f"{label}: {len(unknown) - MOST_NAMED} more unknown settings.")
    accepted = unnamed_values(FIRST, painter)
    for name, setting in known.items():
        if name in values:
            try:
                accepted[name] = _accepted_value(setting, values[name], label)
            except (SettingError, TypeError) as error:
                del accepted[name]
                ignored.append(f"{_short(str(error), 160)} Its default is used.")
    try:
        painter_settings(painter, accepted)
    except SettingError as error:  # each fits, but not together
        ignored.append(f"{error} Its defaults are used.")
        return {}
    return accepted


def _accepted_value(setting: Setting, value: object, owner: str) -> Any:
    # Text that happens to read as a number was never written by this program.
    if isinstance(value, str) != (setting.type is str) or isinstance(value, dict | list):
        raise SettingError(f"{owner}: {setting.in_words} is {_short(value)}, which is of the wrong kind.")
    return setting.parse(value, owner)


def _accepted_versions(versions: dict[Any, Any]) -> dict[str, str]:
    return {
        _short(name): _short(value) for name, value in list(versions.items())[:12] if isinstance(value, str)
    }


def _named(keys: list[str]) -> str:
    """The text records of other programs, as the end of a clause."""
    shown = ", ".join(_short(key) for key in dict.fromkeys(keys[:3]))
    return f", only {shown}" if shown else ""


def _short(value: object, limit: int = MAX_SHOWN) -> str:
    """Anything as one short printable line."""
    # A number of thousands of digits, or a deep list, must not be written out first.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**15:
        return "a huge number"
    if isinstance(value, dict | list):
        return f"a {type(value).__name__}"
    line = "".join(character if character.isprintable() else "�" for character in str(value)[: limit + 1])
    return line if len(line) <= limit else line[:limit] + "…"


def _one_of(value: object, accepted: tuple[str, ...]) -> str:
    return value if isinstance(value, str) and value in accepted else ""


def _step(value: object) -> int | None:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000 else None
    )


def _hash(value: object) -> str:
    return value if isinstance(value, str) and value.isalnum() and len(value) <= 128 else ""
