"""`python -m core rank`: the pictures of a folder in the order in which a judge likes them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from core import packs
from core.base.errors import PictureError, SettingError, UserError
from core.base.files import write_bytes
from core.base.request import check_prompt
from core.base.uploads import read_upload
from core.cli import options, rank_output
from core.cli.prompt_notes import tell_about_prompt
from core.cli.rank_files import LeftOut, accepted_pictures, picture_files, printable
from core.lesson.ranking import RankedPicture

if TYPE_CHECKING:
    import numpy as np

    from core.models.judge import EncodedPrompt, Judge
    from core.packs.pack import ModelPack

    Targets = list[tuple[EncodedPrompt, EncodedPrompt]]  # one (judge's, held-out judge's) per prompt

KINDS = ("table", "csv", "json")


def add_arguments(parser: ArgumentParser) -> None:
    """Which pictures, for what, and how they are shown."""
    add = parser.add_argument
    folder = "of pictures: PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF, JPEG 2000 or PPM"
    add("folder", type=options.path, metavar="FOLDER", help=folder)
    prompt = "what they should show; may be given several times"
    add("--prompt", action="append", required=True, help=prompt)
    add("--sub-folders", action="store_true", help="also the pictures of all folders below")
    by = "judge or heldout (default: %(default)s)"
    add("--by", default="judge", choices=("judge", "heldout"), metavar="NAME", help=by)
    add("--top", type=int, metavar="N", help="only the first N of every prompt (default: all)")
    kind = "table, csv or json (default: %(default)s)"
    add("--as", dest="kind", default="table", choices=KINDS, metavar="KIND", help=kind)
    add("--excel", action="store_true", help="with --as csv: mark the table as UTF-8, which Excel needs")
    add("--out", type=options.path, metavar="FILE", help="write it there instead of printing it")
    options.add_pack(parser)


def run(arguments: Namespace) -> int:
    """Rank a folder. Returns 0 if at least one picture could be judged.

    Raises:
        UserError: bad input, no picture that can be read, or a file that cannot be written.
    """
    prompts = list(dict.fromkeys(check_prompt(prompt) for prompt in arguments.prompt))
    if arguments.top is not None and arguments.top < 1:
        raise SettingError(f"--top is {arguments.top}; it takes 1 or more.")
    if arguments.excel and arguments.kind != "csv":
        raise SettingError(f"--excel is for tables as CSV, not for --as {arguments.kind}; add --as csv.")
    folder = Path(arguments.folder).expanduser()
    paths, left_out = picture_files(folder, arguments.sub_folders)
    packs.read_manifest(arguments.pack)  # an unknown pack is named at once, before the slow imports
    pack = packs.open_pack_limited(arguments.pack)
    for prompt in prompts:
        tell_about_prompt(prompt, str(pack.folder), pack.manifest)
    targets = [(pack.judge.encode(prompt), pack.heldout.encode(prompt)) for prompt in prompts]
    for file in left_out:
        _say_skipped(file)
    found, unreadable = judge_files(pack, targets, folder, paths)
    skipped = [*left_out, *unreadable]
    if not found:
        reason = unreadable[0].reason
        raise PictureError(f"None of the {len(paths)} pictures in {folder} could be read: {reason}")
    boards = [
        rank_output.board_lines(prompt, number, found, arguments.by, arguments.top)
        for number, prompt in enumerate(prompts)
    ]
    write = rank_output.FORMS["excel" if arguments.excel else arguments.kind]
    text = write(boards, skipped, arguments.by, pack)
    if arguments.out:
        write_bytes(Path(arguments.out).expanduser(), text.encode())
    else:
        print(text, end="")
    return 0


def judge_files(
    pack: ModelPack, targets: Targets, folder: Path, paths: list[Path]
) -> tuple[list[list[RankedPicture]], list[LeftOut]]:
    """(a RankedPicture per prompt of every picture that can be read; name and reason of the others)."""
    from tqdm import tqdm

    found = []
    skipped = []
    for path in tqdm(paths, unit="picture", leave=False, disable=not sys.stderr.isatty()):
        name = printable(path.relative_to(folder).as_posix())
        try:
            image = read_upload(path.read_bytes(), path.name, pack.size, accepted_pictures()).seen
        except (UserError, OSError, MemoryError) as error:
            skipped.append(LeftOut(name, _reason(path, error)))
            _say_skipped(skipped[-1])
            continue
        judge = _scores(pack.judge, image, [own for own, _ in targets])
        heldout = _scores(pack.heldout, image, [other for _, other in targets])
        found.append([RankedPicture(name, *pair) for pair in zip(judge, heldout, strict=True)])
    return found, skipped


def _say_skipped(file: LeftOut) -> None:
    print(f"Skipped {file.name}: {file.reason}", file=sys.stderr)


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, UserError):
        return str(error)
    return f"{printable(path.name)} cannot be read ({error}); check the file."


def _scores(judge: Judge, image: np.ndarray, targets: list[EncodedPrompt]) -> list[float]:
    """Score of one picture, uint8 H×W×3, with every target; the judge looks at the picture once."""
    import torch

    from core.base.images import to_tensor

    with torch.inference_mode():
        features = judge.features(to_tensor(image))
        return [float((features * target.embedding).sum()) for target in targets]
