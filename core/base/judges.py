"""The judges of a pack: what each is called, and which part each plays in a run. No torch.

A pack has up to three networks that judge. Measurements are named by network: `score` is what the pack's
model "judge" says, `heldout` what its second one says, `robust` what the robust one says, whoever steered the
run. What a network is in a run, steering or held out, follows from each painter's setting `judge`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# Measurement → the model of a pack that makes it, in display order.
NETWORKS = {"score": "judge", "heldout": "heldout", "robust": "robust"}
# The setting `judge` → the networks whose gradient a painter follows.
STEERING = {
    "judge": ("score",),
    "heldout": ("heldout",),
    "both": ("score", "heldout"),
    "robust": ("robust",),
}
# The setting `judge` → the held-out network that is asked for a second opinion. The robust judge began with
# the judge's weights and shares its text tower, so it is asked only where nobody else is left.
WITNESS = {"judge": "heldout", "heldout": "score", "both": "robust", "robust": "heldout"}
DEFAULT = "judge"
# Where every painter follows the judge, names say so; elsewhere they say which network it is.
USUAL_NAMES = {"score": "Judge", "heldout": "Held-out judge", "robust": "Robust judge"}
NAMES = {"score": "First judge", "heldout": "Second judge", "robust": "Robust judge"}
STEERS = "steers"
HELD_OUT = "held out"
HELP = {
    "score": "what the pack's judge says",
    "heldout": "what its second judge says",
    "robust": "the judge, trained further against attacks",
}


class NamedJudge(NamedTuple):
    """A judge as pages and exports of one run name it.

    Args:
        label: its name. short: the same where there is little room. role: what it is in the run, in a few
            words; "" where the name says it. help: a few words.
    """

    label: str
    short: str
    role: str
    help: str


class Roles(NamedTuple):
    """The judges of one painter.

    Args:
        steering: the networks it follows, one or two.
        witness: the held-out network that is compared with them; None where the pack has none.
    """

    steering: tuple[str, ...]
    witness: str | None


def judge_choice(settings: Any) -> str:
    """The setting `judge` of one painter, given as an object, a mapping or None."""
    values = settings if isinstance(settings, Mapping) else vars(settings) if settings is not None else {}
    found = values.get("judge", DEFAULT)
    return found if found in STEERING else DEFAULT


def roles_of(settings: Any, has_robust: bool = True) -> Roles:
    """Which networks steer a painter with these settings, and which one is its witness.

    Args:
        has_robust: whether the pack has a robust judge.
    """
    choice = judge_choice(settings)
    witness = WITNESS[choice]
    return Roles(STEERING[choice], witness if has_robust or witness != "robust" else None)


def is_usual(settings: Mapping[str, Any] | None) -> bool:
    """Whether every painter (painter → its settings) follows the judge alone."""
    return all(judge_choice(own) == DEFAULT for own in (settings or {}).values())


def judge_names(settings: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Network → its name in a run with these settings (painter → its settings)."""
    return USUAL_NAMES if is_usual(settings) else NAMES


def shown_networks(settings: Mapping[str, Any] | None, measured: Sequence[str]) -> tuple[str, ...]:
    """The two networks that a run's charts and tables show first: all who steer, then who is held out.

    Args:
        settings: painter → its settings.
        measured: the networks that judged this run's frames.

    Returns:
        At most two of them, in display order.
    """
    roles = [roles_of(own, "robust" in measured) for own in (settings or {}).values()] or [roles_of(None)]
    steering = [name for name in NETWORKS if any(name in one.steering for one in roles)]
    witnesses = [name for name in NETWORKS if any(name == one.witness for one in roles)]
    wanted = list(dict.fromkeys([*steering, *witnesses, *NETWORKS]))
    chosen = [name for name in wanted if name in measured][:2]
    return tuple(name for name in NETWORKS if name in chosen)


def role_note(network: str, settings: Mapping[str, Any]) -> str:
    """What a network is in a run: "steers", "held out", or both where painters differ."""
    steered = [network in STEERING[judge_choice(own)] for own in settings.values()]
    if all(steered):
        return STEERS
    return f"{STEERS} some, {HELD_OUT} for others" if any(steered) else HELD_OUT


def named_judges(settings: Mapping[str, Any] | None) -> dict[str, NamedJudge]:
    """Network → how it is named in a run with these settings (painter → its settings)."""
    if is_usual(settings):
        return {
            "score": NamedJudge("Judge score", "Judge", "", "what the painters climb"),
            "heldout": NamedJudge("Held-out judge", "Held-out", "", "no painter climbs it"),
            "robust": NamedJudge("Robust judge", "Robust", "", HELP["robust"]),
        }
    notes = {network: role_note(network, settings or {}) for network in NETWORKS}
    return {
        network: NamedJudge(name, name.partition(" ")[0], notes[network], HELP[network])
        for network, name in NAMES.items()
    }


def judge_labels(own: Any, usual: bool) -> dict[str, str]:
    """Network → a short label beside one painter's figures: "Judge", or "First, held out".

    Args:
        own: the painter's settings.
        usual: whether everything that it is shown with follows the judge.
    """
    if usual:
        return {network: judge.short for network, judge in named_judges(None).items()}
    steering = STEERING[judge_choice(own)]
    return {
        network: f"{name.partition(' ')[0]}, {STEERS if network in steering else HELD_OUT}"
        for network, name in NAMES.items()
    }
