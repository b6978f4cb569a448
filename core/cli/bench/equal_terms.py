"""`python -m core bench equal-terms`: the rate of each painter that suits it best under equal terms."""

import json
from argparse import ArgumentParser, Namespace

from core import packs
from core.base.errors import SettingError
from core.base.settings import PAINTERS
from core.base.terms import RATES
from core.cli import options
from core.cli.terminal import tell_on_terminal


def add_arguments(parser: ArgumentParser) -> None:
    """How much is painted."""
    prompts = "how many prompts, of seeds 0 to 99 (default: 6)"
    parser.add_argument("--prompts", type=int, default=6, metavar="N", help=prompts)
    for painter in PAINTERS:
        rates = f"values of {RATES[painter]} to try (default: three)"
        parser.add_argument(f"--{painter}", metavar="A,B,C", help=rates)
    options.add_pack(parser)
    options.add_json(parser)


def run(arguments: Namespace) -> None:
    """Paint and print the table. Raises SettingError: a number is not accepted."""
    from core.bench import equal_terms

    options.check_at_least(arguments, prompts=1)
    if arguments.prompts > equal_terms.MOST_PROMPTS:
        raise SettingError(f"--prompts is {arguments.prompts}; it takes {equal_terms.MOST_PROMPTS} or fewer.")
    rates = dict(equal_terms.TRIED)
    for painter in PAINTERS:
        if (given := getattr(arguments, painter)) is not None:
            rates[painter] = _numbers(given, painter)
    pack = packs.open_pack_limited(arguments.pack)
    results = equal_terms.measure_rates(pack, arguments.prompts, rates, tell_on_terminal)
    if arguments.json:
        print(json.dumps([result.as_dict() for result in results], indent=2))
        return
    print(f"{arguments.prompts} prompts, pack {pack.name} {pack.hash[:16]}\n")
    print(equal_terms.rates_table(results))


def _numbers(text: str, painter: str) -> tuple[float, ...]:
    """The rates in "0.02, 0.05"; none for ""."""
    found = []
    for part in options.names_in(text):
        try:
            found.append(float(part))
        except ValueError:
            raise SettingError(f"--{painter} is {text!r}; it takes numbers, such as 0.02,0.05,0.1.") from None
    return tuple(found)
