"""The settings of a run as parameters of an address, and back. No torch.

An address is typed by hand, cut off in a mail or made up by a stranger: whatever is not accepted stays at
its default and is named, and nothing here ever raises.
"""

from dataclasses import asdict, dataclass, field

from core.errors import UserError
from core.settings import MAX_SEED, PAINTERS, check_prompt, knobs, painter_settings

PROMPT, SEED, PAINTERS_PARAMETER = "prompt", "seed", "painters"
LONGEST_NAMED = 40  # characters of a refused value that are repeated to the person


@dataclass(frozen=True)
class Link:
    """What an address asks for.

    Args:
        given: whether it holds any parameter of ours.
        prompt: checked, or None for the default.
        knobs: painter → knob → checked value, those given only.
        junk: what was not accepted, as it stood there, shortened.
    """

    given: bool = False
    prompt: str | None = None
    seed: int = 0
    painters: tuple = tuple(PAINTERS)
    knobs: dict = field(default_factory=dict)
    junk: tuple = ()


def ours(name):
    """Whether a parameter of this name is a setting; others (run, step, view …) are left alone."""
    return name in (PROMPT, SEED, PAINTERS_PARAMETER) or "." in name


def parameters(prompt, seed, painters, values):
    """Name → text, only what differs from the defaults; the prompt always.

    Args:
        painters: those switched on.
        values: painter → knob → value; of painters switched off they are left out.
    """
    named = {PROMPT: prompt}
    if seed:
        named[SEED] = str(seed)
    if set(painters) != set(PAINTERS):
        named[PAINTERS_PARAMETER] = ",".join(p for p in PAINTERS if p in painters)
    for painter in PAINTERS:
        for knob in knobs(PAINTERS[painter]) if painter in painters else ():
            value = values.get(painter, {}).get(knob.name, knob.default)
            if value != knob.default:
                named[f"{painter}.{knob.name}"] = _text(value)
    return named


def of(request):
    """Parameters of a RunRequest."""
    return parameters(request.prompt, request.seed, request.painters, {p: asdict(s) for p, s in request.settings.items()})


def read(address):
    """Parameters of an address (name → text) → Link. Never raises."""
    mine = {name: text for name, text in address.items() if ours(name)}
    junk = []
    prompt = _prompt(mine.get(PROMPT), junk)
    seed = _seed(mine.get(SEED), junk)
    painters = _painters(mine.get(PAINTERS_PARAMETER), junk)
    return Link(bool(mine), prompt, seed, painters, _knobs(mine, junk), tuple(junk))


def _prompt(text, junk):
    try:
        return None if text is None else check_prompt(text)
    except UserError:
        junk.append(f"{PROMPT} of {len(text)} characters" if len(text) > LONGEST_NAMED else _shown(PROMPT, text))
        return None


def _seed(text, junk):
    if text is None:
        return 0
    if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MAX_SEED:
        return int(text)
    junk.append(_shown(SEED, text))
    return 0


def _painters(text, junk):
    if text is None:
        return tuple(PAINTERS)
    asked = [name.strip() for name in text.split(",")]
    known = tuple(p for p in PAINTERS if p in asked)
    if not known or any(name not in PAINTERS for name in asked):
        junk.append(_shown(PAINTERS_PARAMETER, text))
    return known or tuple(PAINTERS)


def _knobs(mine, junk):
    known = {f"{p}.{knob.name}": (p, knob) for p, cls in PAINTERS.items() for knob in knobs(cls)}
    found = {}
    for name, text in mine.items():
        if "." not in name:
            continue
        try:
            painter, knob = known[name]
            found.setdefault(painter, {})[knob.name] = knob.parse(text, painter)
        except (KeyError, UserError):
            junk.append(_shown(name, text))
    for painter, values in list(found.items()):
        try:
            painter_settings(painter, values)
        except UserError:  # each is fine, together they contradict each other
            junk += [_shown(f"{painter}.{name}", _text(value)) for name, value in found.pop(painter).items()]
    return found


def _text(value):
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _shown(name, text):
    shown = f"{name}={text}"
    shown = "".join(c if c.isprintable() else "?" for c in shown)
    return shown if len(shown) <= LONGEST_NAMED else shown[: LONGEST_NAMED - 1] + "…"
