"""Which settings a pack can serve. No torch, so that a page may say so before anything is queued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.base.errors import SettingError
from core.base.judges import NAMES, NETWORKS, STEERING, judge_choice
from core.base.settings import PAINTER_LABELS


def judge_choices(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Values of the setting `judge` that a pack has the networks for, in display order."""
    models = manifest["models"]
    return tuple(
        choice for choice, steering in STEERING.items() if all(NETWORKS[one] in models for one in steering)
    )


def check_supported(settings: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
    """Raise SettingError if a painter is to follow a judge that the pack does not have.

    Args:
        settings: painter → its settings, as objects or mappings.
    """
    able = judge_choices(manifest)
    for painter, own in settings.items():
        choice = judge_choice(own)
        if choice not in able:
            owner = PAINTER_LABELS.get(painter, painter)
            missing = [
                NAMES[one].lower() for one in STEERING[choice] if NETWORKS[one] not in manifest["models"]
            ]
            raise SettingError(
                f"{owner}: model pack {manifest['name']!r} has no {' and no '.join(missing)}, so nothing can "
                f"follow it. Set judge to {' or '.join(able)}."
            )
