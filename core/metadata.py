"""What every PNG of this program says about itself, in one text record. No torch.

The record's key is `can-the-judge-paint`, its value JSON (ASCII only) with
    format         1
    kind           "frame", "figure" or "sheet"; a frame also has painter, step and total
    prompt, seed   as asked for
    settings       painter → knob → value, all of them
    pack           name of the model pack; pack_hash: SHA-256 over its manifest, which holds the hash of every file
    code_revision  hash of the code that paints and measures
    versions       package → version
Nothing in it depends on when or where the run was painted: the same run gives the same bytes.
"""

import json
import secrets
import struct
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import SettingError, UserError
from core.settings import MAX_SEED, PAINTERS, RunRequest, knobs, painter_settings

KEY = "can-the-judge-paint"
FORMAT = 1
SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_FILE = 20_000_000
MAX_RECORD = 65_536  # bytes of JSON; a real record has less than 2 000
MAX_CHUNKS = 10_000
MAX_SHOWN = 60  # characters of a stranger's text in our sentences


class MetadataError(UserError):
    """A picture does not hold settings that can be used."""


@dataclass(frozen=True)
class Found:
    """Settings read from a picture, checked.

    Args:
        request: a RunRequest that this program accepts.
        ignored: one sentence for everything that was not taken.
        kind, painter, step, total: what the picture shows, as it says itself; "" and None where it does not.
        pack_hash, code_revision: "" where unknown.
        versions: package → version.
    """

    request: RunRequest
    ignored: tuple
    kind: str
    painter: str
    step: int | None
    total: int | None
    pack_hash: str
    code_revision: str
    versions: dict

    def changed(self):
        """Painter → knob label → value, for knobs that differ from their defaults."""
        return {
            p: {k.label: value for k in knobs(PAINTERS[p]) if (value := getattr(settings, k.name)) != k.default}
            for p, settings in self.request.settings.items()
        }

    def remixed(self):
        """The same request with another seed."""
        seed = self.request.seed
        while seed == self.request.seed:
            seed = secrets.randbelow(MAX_SEED + 1)
        return RunRequest(self.request.prompt, seed, self.request.pack, self.request.settings)


def record(request, pack_hash, code_revision, versions, kind, **place):
    """Text records of a PNG: {KEY: JSON}. `place`: painter, step and total of a frame."""
    told = {
        "format": FORMAT,
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
    return {KEY: json.dumps(told, sort_keys=True)}


def with_record(png, text):
    """PNG bytes with text records put behind the header, for a picture that was written without; pixels stay as they are."""
    end = len(SIGNATURE) + 25  # IHDR is always first and has 13 bytes
    chunks = b"".join(_chunk(b"tEXt", key.encode("latin-1") + b"\0" + value.encode("latin-1")) for key, value in text.items())
    return png[:end] + chunks + png[end:]


def raw(png):
    """The JSON text that PNG bytes carry under KEY, or None. Only the chunks are walked; no pixel is decoded.

    Raises:
        MetadataError: not a PNG, too large, or damaged before or inside the record.
    """
    if len(png) > MAX_FILE:
        raise MetadataError(f"The file has {len(png) / 1e6:.0f} MB; pictures of this program have less than {MAX_FILE / 1e6:.0f} MB.")
    if not png.startswith(SIGNATURE):
        raise MetadataError("This is not a PNG file. Only a PNG keeps the settings; give one as this program saved it.")
    others, at = [], len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if at + 12 > len(png):
            raise MetadataError(
                f"The PNG file ends too early and holds no settings{_named(others)}. Copy it again from where it came from."
            )
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        if kind == b"IEND":
            break
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            key = body.partition(b"\0")[0][:80].decode("latin-1")
            if key == KEY:
                return _text(kind, body, png[at + 8 + length : at + 12 + length])
            others.append(key)
        at += 12 + length
    raise MetadataError(
        f"The picture holds no settings of this program{_named(others)}. Screenshots, converted pictures and other programs' do not; "
        "give a PNG saved by Export."
    )


def read(png, pack):
    """PNG bytes → Found, with everything of it checked.

    Args:
        pack: name of the pack that the request shall have; a picture cannot choose one.

    Raises:
        MetadataError: there are no settings in it, or not even a prompt that can be used.
    """
    try:
        told = json.loads(raw(png))
    except (ValueError, RecursionError) as error:
        raise MetadataError("The settings in this picture are damaged. Give another picture of the run.") from error
    if not isinstance(told, dict) or not isinstance(told.get("format"), int) or isinstance(told["format"], bool):
        raise MetadataError("The settings in this picture are not in this program's form. Give a PNG saved by Export.")
    if told["format"] != FORMAT:
        raise MetadataError(f"The settings in this picture are of format {_short(told['format'])}; this version reads {FORMAT}. Update it.")
    ignored = []
    settings = _settings(told.get("settings"), ignored)
    seed = told.get("seed")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        ignored.append(f"The seed is {_short(seed)}; it takes a whole number from 0 to {MAX_SEED}, so 0 is used.")
        seed = 0
    try:
        request = RunRequest.make(told.get("prompt"), seed, pack, tuple(settings), **settings)
    except UserError as error:
        raise MetadataError(f"The prompt in this picture cannot be used. {error}") from error
    versions = told.get("versions") if isinstance(told.get("versions"), dict) else {}
    return Found(
        request=request,
        ignored=tuple(ignored),
        kind=told["kind"] if told.get("kind") in ("frame", "figure", "sheet") else "",
        painter=told["painter"] if told.get("painter") in tuple(PAINTERS) else "",
        step=_count(told.get("step")),
        total=_count(told.get("total")),
        pack_hash=_word(told.get("pack_hash")),
        code_revision=_word(told.get("code_revision")),
        versions={_short(k): _short(v) for k, v in list(versions.items())[:12] if isinstance(v, str)},
    )


def _settings(told, ignored):
    """painter → knob → value, only of what is known and within its bounds; sentences on the rest go to `ignored`."""
    if not isinstance(told, dict):
        ignored.append("The settings are no table of painters, so every painter keeps its defaults.")
        return {painter: {} for painter in PAINTERS}
    unknown = [painter for painter in told if painter not in PAINTERS]
    ignored += [f"There is no painter {_short(painter)}." for painter in unknown[:5]]
    taken = {}
    for painter in (p for p in PAINTERS if p in told):
        values = told[painter] if isinstance(told[painter], dict) else {}
        if values is not told[painter]:
            ignored.append(f"The settings of {painter} are no table, so it keeps its defaults.")
        taken[painter] = _knobs(painter, values, ignored)
    if not taken:
        ignored.append("No known painter is named, so all are switched on with their defaults.")
    return taken or {painter: {} for painter in PAINTERS}


def _knobs(painter, values, ignored):
    known = {knob.name: knob for knob in knobs(PAINTERS[painter])}
    strangers = [name for name in values if name not in known]
    ignored += [f"{painter} has no setting {_short(name)}." for name in strangers[:5]]
    if len(strangers) > 5:
        ignored.append(f"{painter}: {len(strangers) - 5} more unknown settings.")
    taken = {}
    for name in (n for n in known if n in values):
        value = values[name]
        try:
            # Text that happens to read as a number was never written by this program.
            if isinstance(value, str) != (known[name].type is str) or isinstance(value, dict | list):
                raise SettingError(f"{painter}: {name} is {_short(value)}, which is of the wrong kind.")
            taken[name] = known[name].parse(value, painter)
        except (SettingError, TypeError) as error:
            ignored.append(f"{_short(str(error), 160)} Its default is used.")
    try:
        painter_settings(painter, taken)
    except SettingError as error:  # each fits, but not together
        ignored.append(f"{error} Its defaults are used.")
        return {}
    return taken


def _text(kind, body, crc):
    """Body of a text chunk → its text, with every size bounded before anything is decompressed."""
    damaged = MetadataError("The settings in this picture are damaged. Give another picture of the run.")
    if len(crc) < 4 or zlib.crc32(kind + body) != struct.unpack(">I", crc)[0] or len(body) > 2 * MAX_RECORD:
        raise damaged
    rest = body.partition(b"\0")[2]
    compressed = kind == b"zTXt"
    if compressed:
        rest = rest[1:]
    elif kind == b"iTXt":
        compressed, rest = rest[:1] == b"\1", rest[2:]
        for _ in range(2):  # language and translated key
            rest = rest.partition(b"\0")[2]
    try:
        if compressed:
            inflate = zlib.decompressobj()
            rest = inflate.decompress(rest, MAX_RECORD + 1)
        if len(rest) > MAX_RECORD:
            raise damaged
        return rest.decode("utf-8" if kind == b"iTXt" else "latin-1")
    except (zlib.error, UnicodeDecodeError) as error:
        raise damaged from error


def _chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _named(keys):
    """The text records of other programs, as the end of a clause."""
    shown = ", ".join(_short(key) for key in dict.fromkeys(keys[:3]))
    return f", only {shown}" if shown else ""


def _short(value, limit=MAX_SHOWN):
    """Anything as one short printable line."""
    # A number of thousands of digits, or a deep list, must not be written out first.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**15:
        return "a huge number"
    text = value if isinstance(value, str) else f"a {type(value).__name__}" if isinstance(value, dict | list) else str(value)
    line = "".join(c if c.isprintable() else "�" for c in text[: limit + 1])
    return line if len(line) <= limit else line[:limit] + "…"


def _count(value):
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000 else None


def _word(value):
    return value if isinstance(value, str) and value.isalnum() and len(value) <= 128 else ""
