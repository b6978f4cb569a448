"""The form of Compare as data: prompt, seed, painters and their settings. Other pages use it too."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import streamlit as st

from app import session
from app.clicks import to_its_end
from app.keys import CompareKeys, painter_key, setting_key
from core.base.links import LinkedSettings
from core.base.request import RunRequest
from core.base.setting import Setting, settings_of
from core.base.settings import PAINTERS

Values = dict[str, dict[str, Any]]  # painter → setting → value


class FormValues(NamedTuple):
    """What the form says.

    Args:
        painters: those switched on. settings: of every painter, only the settings that were ever shown.
    """

    prompt: str
    seed: int
    painters: list[str]
    settings: Values


def form_values() -> FormValues:
    """What the form says now."""
    painters = [painter for painter in PAINTERS if session.get(painter_key(painter), True)]
    settings = {painter: setting_values(painter) for painter in PAINTERS}
    return FormValues(session.text(CompareKeys.PROMPT), session.number(CompareKeys.SEED), painters, settings)


def setting_values(painter: str) -> dict[str, Any]:
    """Setting → value as chosen; settings that were never shown are left to their defaults."""
    keys = {setting.name: setting_key(painter, setting.name) for setting in settings_of(PAINTERS[painter])}
    return {name: st.session_state[key] for name, key in keys.items() if key in st.session_state}


def changed_settings(painter: str) -> list[Setting]:
    """Settings of a painter that are not at their default."""
    settings = settings_of(PAINTERS[painter])
    return [s for s in settings if session.get(setting_key(painter, s.name), s.default) != s.default]


@to_its_end
def reset_settings() -> None:
    """Set every setting of every painter back to its default; prompt, seed and switches stay."""
    for painter, settings in PAINTERS.items():
        for setting in settings_of(settings):
            session.put(setting_key(painter, setting.name), setting.default)


@to_its_end
def put_setting(key: str, value: Any) -> None:
    """Set the field with this key: for a button beside it."""
    session.put(key, value)


def put_settings(values: Mapping[str, Mapping[str, Any]]) -> None:
    """Set these settings, painter → setting → value; the others stay."""
    for painter, chosen in values.items():
        for name, value in chosen.items():
            session.put(setting_key(painter, name), value)


def fill_from_request(request: RunRequest) -> None:
    """Fill the form with a run's settings: a refresh or a shared link brings its form along."""
    session.put(CompareKeys.PROMPT, request.prompt)
    session.put(CompareKeys.SEED, request.seed)
    for painter in PAINTERS:
        session.put(painter_key(painter), painter in request.painters)
    put_settings({painter: asdict(settings) for painter, settings in request.settings.items()})


def fill_from_link(link: LinkedSettings, prompt: str) -> None:
    """Fill the form with a link's settings; `prompt` if it names none."""
    reset_settings()
    session.put(CompareKeys.PROMPT, link.prompt or prompt)
    session.put(CompareKeys.SEED, link.seed)
    for painter in PAINTERS:
        session.put(painter_key(painter), painter in link.painters)
    put_settings(link.settings)
