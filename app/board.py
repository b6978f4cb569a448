"""Small components of the pages beside the player: their scripts come from /assets, data goes in, triggers come out."""

import streamlit as st

from app import charts
from app.player import BOOT, assets, base_path

PLACE = ":host { display: block; min-height: 4rem; font-family: var(--st-font); color: var(--st-text-color); }"


class Board:
    """A component drawn by one of the app's scripts.

    Args:
        script: file name in app/static; its default export is called as the player's is.
    """

    def __init__(self, name, script):
        boot = BOOT.replace("player.js", script).replace("The player", "This part of the page")
        self._component = st.components.v2.component(name, js=boot, css=PLACE)

    def show(self, key, data, on_act):
        """Mount it, or give new data to the one already there.

        Args:
            data: JSON-ready dict; the addresses and the painters' marks are added.
            on_act: callback of the trigger "act"; `asked(key)` is what the visitor asked for.

        Returns:
            The trigger's value in this run (a dict), or None.
        """
        data = {**data, "base": base_path(), "assets": assets(), "marks": charts.marks()}
        return self._component(key=key, data=data, on_act_change=on_act).act


def asked(value):
    """(act, id) of a trigger's value; it comes from the browser, so it may be anything."""
    if not isinstance(value, dict):
        return "", ""
    return str(value.get("act", "")), str(value.get("id", ""))
