"""Options that several commands share, and how their values are read. No torch."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable
from typing import Any

from core.base.environment import pack_name
from core.base.errors import SettingError
from core.base.start import GREY, NOISE
from core.base.terms import PRESETS, preset_settings

PROMPT_HELP = 'what to paint, for example "a red fox in snow"; several texts with weights: "fox:2 | snow:-1"'


def add_pack(parser: ArgumentParser, what: str = "name or folder of a model pack") -> None:
    """`--pack`: the pack that CTJP_PACK names unless another is given."""
    parser.add_argument("--pack", default=pack_name(), metavar="PACK", help=f"{what} (default: %(default)s)")


def add_json(parser: ArgumentParser, instead_of: str = "a table") -> None:
    """`--json`: print every figure as JSON."""
    parser.add_argument(
        "--json", action="store_true", help=f"print every figure as JSON instead of {instead_of}"
    )


def add_seed(parser: ArgumentParser, draws: str) -> None:
    """`--seed` of a benchmark, a whole number."""
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=f"{draws} (default: 0)")


def add_steps(parser: ArgumentParser) -> None:
    """`--steps` of every painter, as text."""
    text = "steps of every painter (default: each painter's own)"
    parser.add_argument("--steps", metavar="N", help=text)


def add_terms(parser: ArgumentParser) -> None:
    """`--terms`: a named set of settings."""
    text = f"start from these terms of the comparison, one of {', '.join(PRESETS)}; other options win"
    parser.add_argument("--terms", metavar="NAME", help=text)


def add_start(parser: ArgumentParser) -> None:
    """`--start` of every painter, as text."""
    text = (
        f"what every painter starts from: {NOISE}, {GREY} (pixels only), rendering:CAPTION@SEED (of the "
        "miniature world), the file of a picture, or frame:RUN/PAINTER, the last frame of a run's folder or "
        "of a stored run (default: noise)"
    )
    parser.add_argument("--start", metavar="WHAT", help=text)


def add_workers(parser: ArgumentParser, default: str = "in this process") -> None:
    """`--workers`: paint on a Ray cluster."""
    text = f"paint on a Ray cluster: ray, or HOST:PORT of its head (default: {default})"
    parser.add_argument("--workers", metavar="WHO", help=text)


def add_store(parser: ArgumentParser) -> None:
    """Add `--store`, in which the app keeps its runs."""
    parser.add_argument("--store", type=path, metavar="DIR", help="the run store (default: the app's own)")


def path(text: str) -> str:
    """The name of a folder or file, as typed. An empty one is refused: it would be the current folder."""
    if not text.strip():
        raise ArgumentTypeError("the name is empty; give one, or set the shell variable that should hold it")
    return text


def terms_settings(arguments: Namespace, painters: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Painter → settings of the terms that are asked for; none without `--terms`. Raises SettingError."""
    chosen = preset_settings(arguments.terms) if arguments.terms is not None else {}
    return {painter: dict(chosen.get(painter, {})) for painter in painters}


def check_at_least(arguments: Namespace, **lowest: float) -> None:
    """Raise SettingError if an option's number is below what it takes: option → lowest."""
    for option, low in lowest.items():
        value = getattr(arguments, option.replace("-", "_"))
        if value < low:
            raise SettingError(f"--{option} is {value}; it takes {low} or more.")


def number(text: str) -> int | float | str:
    """Text of an option as int or float if it is one, so that messages show what was typed."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def names_in(text: str) -> list[str]:
    """The names in "a, b,c"."""
    return [name.strip() for name in text.split(",") if name.strip()]
