"""What differs from the defaults, in words: "Guided diffusion: judge guidance strength 1.2". No torch."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from core.base.request import RunRequest
from core.base.setting import settings_of
from core.base.settings import PAINTER_LABELS, PAINTERS
from core.base.start import shown_value


def changed_text(values: Mapping[str, Mapping[str, Any]], but: Collection[str] = ()) -> str:
    """One part per painter that is not as it usually is, with "; " between them; "" for none.

    Args:
        values: painter → setting → value; what is left out is at its default.
        but: settings that are not named, because they stand elsewhere.
    """
    parts = []
    for painter in (name for name in PAINTERS if name in values):
        own = values[painter]
        named = [
            f"{setting.in_words} {value_text(setting.name, own[setting.name])}"
            for setting in settings_of(PAINTERS[painter])
            if setting.name not in but and own.get(setting.name, setting.default) != setting.default
        ]
        parts += [f"{PAINTER_LABELS[painter]}: {', '.join(named)}"] if named else []
    return "; ".join(parts)


def changed_of_request(request: RunRequest) -> str:
    """The same of a run."""
    return changed_text({painter: asdict(settings) for painter, settings in request.settings.items()})


def value_text(name: str, value: Any) -> str:
    """A setting's value for people: numbers without needless zeros, a start in words."""
    value = shown_value(name, value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
