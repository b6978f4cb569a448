"""`python -m core rank`: the pictures of a folder in the order in which a judge likes them, for one prompt or several."""

import json
import sys
from pathlib import Path

from core.commands import open_pack_limited
from core.errors import OutputError, PictureError, SettingError, UserError
from core.images import write_bytes
from core.lesson.ranking import DIGITS, Entry, csv_text, leaderboard, rows, shares
from core.packs import read_manifest
from core.settings import check_prompt
from core.uploads import Accepted, read_upload

# Of a folder of one's own more is taken than of a stranger in the browser.
FILES = Accepted(
    {
        **{"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "GIF": "GIF", "BMP": "BMP"},
        **{"TIFF": "TIFF", "AVIF": "AVIF", "JPEG2000": "JPEG 2000", "PPM": "PPM"},
    },
    most_bytes=500_000_000,
    most_pixels=170_000_000,
)
SUFFIXES = {
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    *(".avif", ".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm"),
}


def rank(arguments):
    """Rank a folder. Returns 0 if at least one picture could be judged.

    Raises:
        UserError: bad input, no picture that can be read, or a file that cannot be written.
    """
    prompts = list(dict.fromkeys(check_prompt(prompt) for prompt in arguments.prompt))
    if arguments.top is not None and arguments.top < 1:
        raise SettingError(f"--top is {arguments.top}; it takes 1 or more.")
    folder = Path(arguments.folder).expanduser()
    paths = picture_files(folder, arguments.sub_folders)
    read_manifest(arguments.pack)  # an unknown pack is named at once, before the slow imports
    pack = open_pack_limited(arguments.pack)
    for prompt in prompts:
        if unknown := pack.unknown_words(prompt):
            print(f'The judge has never seen {", ".join(unknown)}; it reads "{prompt}" without.', file=sys.stderr)
    targets = [(pack.judge.encode(prompt), pack.heldout.encode(prompt)) for prompt in prompts]
    found, skipped = judged(pack, targets, folder, paths)
    if not found:
        raise PictureError(f"None of the {len(paths)} pictures in {folder} could be read: {skipped[0]['reason']}")
    boards = [_rows(prompt, number, found, arguments) for number, prompt in enumerate(prompts)]
    text = {"table": _table, "csv": _csv, "json": _json}[arguments.kind](boards, skipped, arguments, pack)
    if arguments.out:
        write_bytes(Path(arguments.out).expanduser(), text.encode())
    else:
        print(text, end="")
    return 0


def picture_files(folder, below=False):
    """The picture files of a folder by name; hidden ones are left out.

    Raises:
        OutputError: it is no folder. PictureError: it holds no picture.
    """
    try:
        paths = sorted(folder.rglob("*") if below else folder.iterdir())
    except OSError as error:
        raise OutputError(f"Cannot read the folder {folder}: {error.strerror or error}. Give a folder of pictures.") from error
    pictures = [path for path in paths if path.suffix.lower() in SUFFIXES and not _hidden(path, folder) and path.is_file()]
    if not pictures:
        advice = "Give another folder." if below else "Give another folder, or look into those below with --sub-folders."
        raise PictureError(f"{folder} holds no {FILES.named} picture. {advice}")
    return pictures


def _hidden(path, folder):
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def judged(pack, targets, folder, paths):
    """(found, skipped): name and Entry per prompt of every picture that can be read; name and reason of the others.

    Args:
        targets: one (judge's, held-out judge's) core.judge.Target per prompt.
    """
    from tqdm import tqdm

    found, skipped = [], []
    for path in tqdm(paths, unit="picture", leave=False, disable=not sys.stderr.isatty()):
        name = path.relative_to(folder).as_posix()
        try:
            image = read_upload(path.read_bytes(), path.name, pack.size, FILES).seen
        except (UserError, OSError, MemoryError) as error:
            reason = str(error) if isinstance(error, UserError) else f"{path.name} cannot be read ({error}); check the file."
            skipped.append({"picture": name, "reason": reason})
            print(f"Skipped {name}: {reason}", file=sys.stderr)
            continue
        judges = _cosines(pack.judge, image, [own for own, _ in targets])
        heldout = _cosines(pack.heldout, image, [other for _, other in targets])
        found.append([Entry(name, *pair) for pair in zip(judges, heldout, strict=True)])
    return found, skipped


def _cosines(judge, image, targets):
    """Score of one picture, uint8 H×W×3, with every target; the picture is looked at once."""
    import torch

    from core.images import to_tensor

    with torch.inference_mode():
        features = judge.features(to_tensor(image))
        return [float((features * target.embedding).sum()) for target in targets]


def _rows(prompt, number, found, arguments):
    """Lines of one prompt's leaderboard; with several prompts also each picture's share of this one."""
    places = leaderboard([entries[number] for entries in found], arguments.by)[: arguments.top]
    lines = rows(prompt, places)
    if len(found[0]) > 1:
        for line, place in zip(lines, places, strict=True):
            line["share"] = round(shares([getattr(entry, arguments.by) for entry in found[place.number]])[number], DIGITS)
    return lines


def _table(boards, skipped, arguments, pack):
    """What a person reads; what was skipped has been told already."""
    ordered = {"judge": "the judge", "heldout": "the held-out judge"}[arguments.by]
    parts = []
    for lines in boards:
        share = "   share" if "share" in lines[0] else ""
        titles = f"{'rank':>5} {'judge':>7} {'held-out':>9} {'margin':>7} {'other rank':>11}{share}  picture"
        parts.append("\n".join([f"“{lines[0]['prompt']}”, ordered by {ordered}", titles, *map(_line, lines)]) + "\n")
    return "\n".join(parts)


def _line(line):
    rank = f"={line['rank']}" if line["tied"] else str(line["rank"])
    margin = "" if line["margin"] is None else f"{line['margin']:.{DIGITS}f}"
    share = f" {100 * line['share']:5.1f} %" if "share" in line else ""
    figures = f"{line['judge']:7.{DIGITS}f} {line['heldout']:9.{DIGITS}f} {margin:>7} {line['other_rank']:11}"
    return f"{rank:>5} {figures}{share}  {line['picture']}"


def _csv(boards, skipped, arguments, pack):
    return csv_text([line for lines in boards for line in lines])


def _json(boards, skipped, arguments, pack):
    about = {"pack": pack.name, "pack_hash": pack.hash, "by": arguments.by}
    rankings = [{"prompt": lines[0]["prompt"], "places": [_without_prompt(line) for line in lines]} for lines in boards]
    return json.dumps({**about, "rankings": rankings, "skipped": skipped}, indent=2, ensure_ascii=False) + "\n"


def _without_prompt(line):
    return {name: value for name, value in line.items() if name != "prompt"}
