"""Browser components: a bootstrap fetches one of the app's scripts, data goes in, triggers come out."""

import json
from collections.abc import Callable
from typing import Any

import streamlit as st

from app.charts.marks import explained_terms, measure_marks, painter_marks
from app.web.addresses import base_path
from app.web.assets import assets_address

# The script itself is fetched once and cached for ever, instead of travelling with every rerun.
LOADER_SCRIPT = """
export default async ({ data: { json }, parentElement, setTriggerValue }) => {
  try {
    const data = JSON.parse(json);
    const address = new URL(`${data.assets}/SCRIPT`, document.baseURI);
    const { default: mount } = await import(address);
    return mount({ data, parentElement, setTriggerValue });
  } catch (error) {
    console.error(error);
    const note = document.createElement("p");
    note.textContent = "WHAT could not be loaded. Reload the page.";
    parentElement.replaceChildren(note);
  }
};
"""
# Keeps the place while the script loads, so that the page does not jump.
PLACEHOLDER_STYLE = (
    ":host { display: block; min-height: %s; font-family: var(--st-font); color: var(--st-text-color); }"
)


def loader_script(script: str, what: str) -> str:
    """The bootstrap of a component.

    Args:
        script: file below app/static. what: what a person misses if it cannot be loaded.
    """
    return LOADER_SCRIPT.replace("SCRIPT", script).replace("WHAT", what)


def no_action() -> None:
    """A trigger needs a callback; the rerun itself is all that is wanted."""


class ScriptComponent:
    """A component drawn by one of the app's scripts.

    Args:
        script: file below app/static; its default export mounts the component.
        trigger: name of what the script may send.
        what, height: see `loader_script` and PLACEHOLDER_STYLE.
    """

    def __init__(
        self,
        name: str,
        script: str,
        *,
        trigger: str = "act",
        what: str = "This part of the page",
        height: str = "4rem",
    ) -> None:
        self.trigger = trigger
        self._component = st.components.v2.component(
            name, js=loader_script(script, what), css=PLACEHOLDER_STYLE % height
        )

    def show(self, key: str, data: dict[str, Any], on_trigger: Callable[[], None] = no_action) -> Any:
        """Mount it, or give new data to the one already there.

        Args:
            key: always the same, so that reruns never mount it anew.
            data: JSON-ready; the addresses and the marks of painters and measures are added.

        Returns:
            The trigger's value in this run (see `parse_trigger`), or None.
        """
        shared = {
            "base": base_path(),
            "assets": assets_address(),
            "marks": painter_marks(),
            "measures": measure_marks(),
            "glossary": explained_terms(),
        }
        # As one text: Streamlit would ask pandas of every list whether it is a table, and import it for that.
        told = {"json": json.dumps({**data, **shared})}
        callback = {f"on_{self.trigger}_change": on_trigger}
        return self._component(key=key, data=told, **callback).get(self.trigger)


def parse_trigger(value: object) -> tuple[str, str]:
    """(act, id) of a trigger's value; it comes from the browser, so it may be anything."""
    if not isinstance(value, dict):
        return "", ""
    return str(value.get("act", "")), str(value.get("id", ""))
