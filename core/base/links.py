"""The settings of a run as parameters of an address, and back. No torch.

An address leaves out what is at its default, and says with `v` of which version the defaults are; without it
they are the first version's. So a new default never changes what an old link asks for.
An address is typed by hand, cut off in a mail or made up by a stranger: whatever is not accepted stays at
its default and is named, and nothing here ever raises.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from core.base.defaults import FIRST, VERSION
from core.base.errors import UserError
from core.base.request import MAX_SEED, RunRequest, check_prompt
from core.base.setting import settings_of
from core.base.settings import PAINTERS, changed_defaults, painter_settings
from core.base.terms import PRESETS, preset_settings

PROMPT = "prompt"
SEED = "seed"
PAINTERS_PARAMETER = "painters"
VERSION_PARAMETER = "v"
TERMS = "terms"  # a named set of settings to start from; read, never written
LONGEST_NAMED = 40  # characters of a refused value that are repeated to the person

Values = dict[str, dict[str, Any]]  # painter → setting → value


@dataclass(frozen=True)
class LinkedSettings:
    """What an address asks for.

    Args:
        given: whether it holds any setting.
        prompt: checked, or None for the default.
        settings: painter → setting → checked value: those given, and those not given whose default was
            another one when the link was written.
        ignored: what was not accepted, as it stood there, shortened.
    """

    given: bool = False
    prompt: str | None = None
    seed: int = 0
    painters: tuple[str, ...] = tuple(PAINTERS)
    settings: Values = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def is_setting_parameter(name: str) -> bool:
    """Whether a parameter of this name is a setting; others (run, step, view …) are left alone."""
    return name in (PROMPT, SEED, PAINTERS_PARAMETER, TERMS, VERSION_PARAMETER) or "." in name


def parameters(
    prompt: str, seed: int, painters: Collection[str], values: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Name → text, only what differs from the defaults; the prompt and the defaults' version always.

    Args:
        painters: those switched on.
        values: painter → setting → value; of painters switched off they are left out.
    """
    named = {PROMPT: prompt, VERSION_PARAMETER: str(VERSION)}
    if seed:
        named[SEED] = str(seed)
    chosen = [painter for painter in PAINTERS if painter in painters]
    if chosen != list(PAINTERS):
        named[PAINTERS_PARAMETER] = ",".join(chosen)
    for painter in chosen:
        for setting in settings_of(PAINTERS[painter]):
            value = values.get(painter, {}).get(setting.name, setting.default)
            if value != setting.default:
                named[f"{painter}.{setting.name}"] = _text(value)
    return named


def request_parameters(request: RunRequest) -> dict[str, str]:
    """Parameters of a request."""
    values = {painter: asdict(settings) for painter, settings in request.settings.items()}
    return parameters(request.prompt, request.seed, request.painters, values)


def read_link(address: Mapping[str, str]) -> LinkedSettings:
    """What the parameters of an address (name → text) ask for. Never raises."""
    ours = {name: text for name, text in address.items() if is_setting_parameter(name)}
    ignored: list[str] = []
    version = _version(ours.pop(VERSION_PARAMETER, None), ignored)
    return LinkedSettings(
        given=bool(ours),
        prompt=_prompt(ours.get(PROMPT), ignored),
        seed=_seed(ours.get(SEED), ignored),
        painters=_painters(ours.get(PAINTERS_PARAMETER), ignored),
        settings=_settings(ours, version, ignored),
        ignored=tuple(ignored),
    )


def _version(text: str | None, ignored: list[str]) -> int:
    """The version of the defaults that a link counts on; a later one than ours is read as ours, and named."""
    if text is None:
        return FIRST
    if text.isascii() and text.isdigit() and len(text) <= 4 and FIRST <= int(text) <= VERSION:
        return int(text)
    ignored.append(_shown(VERSION_PARAMETER, text))
    return VERSION


def _prompt(text: str | None, ignored: list[str]) -> str | None:
    try:
        return None if text is None else check_prompt(text)
    except UserError:
        is_long = text is not None and len(text) > LONGEST_NAMED
        ignored.append(f"{PROMPT} of {len(text or '')} characters" if is_long else _shown(PROMPT, text))
        return None


def _seed(text: str | None, ignored: list[str]) -> int:
    if text is None:
        return 0
    if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MAX_SEED:
        return int(text)
    ignored.append(_shown(SEED, text))
    return 0


def _painters(text: str | None, ignored: list[str]) -> tuple[str, ...]:
    if text is None:
        return tuple(PAINTERS)
    asked = [name.strip() for name in text.split(",")]
    known = tuple(painter for painter in PAINTERS if painter in asked)
    if not known or any(name not in PAINTERS for name in asked):
        ignored.append(_shown(PAINTERS_PARAMETER, text))
    return known or tuple(PAINTERS)


def _settings(ours: Mapping[str, str], version: int, ignored: list[str]) -> Values:
    found = _named_settings(ours, ignored)
    terms = _terms(ours.get(TERMS), ignored)
    then = {
        painter: changed_defaults(version, VERSION, painter) | terms.get(painter, {})
        for painter in PAINTERS
        if ours
    }
    for painter, values in list(found.items()):
        try:
            painter_settings(painter, then[painter] | values)
        except UserError:  # each is fine, together they contradict each other
            del found[painter]
            ignored += [_shown(f"{painter}.{name}", _text(value)) for name, value in values.items()]
    merged = {painter: values | found.get(painter, {}) for painter, values in then.items()}
    return {painter: values for painter, values in merged.items() if values}


def _terms(text: str | None, ignored: list[str]) -> Values:
    """Settings of the terms that an address names; {} for none."""
    if text is None:
        return {}
    if text in PRESETS:
        return preset_settings(text)
    ignored.append(_shown(TERMS, text))
    return {}


def _named_settings(ours: Mapping[str, str], ignored: list[str]) -> Values:
    """painter → setting → value as an address says it; what is not accepted goes to `ignored`."""
    known = {
        f"{painter}.{setting.name}": (painter, setting)
        for painter, settings_class in PAINTERS.items()
        for setting in settings_of(settings_class)
    }
    found: Values = {}
    for name, text in ours.items():
        if "." not in name:
            continue
        try:
            painter, setting = known[name]
            found.setdefault(painter, {})[setting.name] = setting.parse(text, painter)
        except (KeyError, UserError):
            ignored.append(_shown(name, text))
    return found


def _text(value: object) -> str:
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _shown(name: str, text: str | None) -> str:
    shown = "".join(character if character.isprintable() else "?" for character in f"{name}={text}")
    return shown if len(shown) <= LONGEST_NAMED else shown[: LONGEST_NAMED - 1] + "…"
