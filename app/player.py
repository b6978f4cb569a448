"""The player as a Streamlit component: one small bootstrap; the rest comes from /assets and the run's own address."""

import streamlit as st
from streamlit import config

from app import charts
from app.routes import assets_digest

# The script itself is fetched once and cached for ever, instead of travelling with every rerun.
BOOT = """
export default async ({ data, parentElement, setTriggerValue }) => {
  try {
    const address = new URL(`${data.assets}/player.js`, document.baseURI);
    const { default: mount } = await import(address);
    return mount({ data, parentElement, setTriggerValue });
  } catch (error) {
    console.error(error);
    const note = document.createElement("p");
    note.textContent = "The player could not be loaded. Reload the page.";
    parentElement.replaceChildren(note);
  }
};
"""
# Keeps the place while the script loads, so that the page does not jump.
PLACE = ":host { display: block; min-height: 70vh; font-family: var(--st-font); color: var(--st-text-color); }"

_component = st.components.v2.component("ctjp_player", js=BOOT, css=PLACE)


def base_path():
    """"" or "/prefix": where the server is mounted (server.baseUrlPath)."""
    path = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def assets():
    """Address of the app's scripts; it changes with any of them."""
    return f"{base_path()}/assets/{assets_digest()}"


def show(run, key, compare=None):
    """Mount the player, or tell the one already there which run to show.

    Args:
        run: core.store.Run, or None for an empty stage.
        key: session key; always the same, so that reruns never mount it anew.
        compare: id of a second run, B, whose curves and pictures are laid over this one's; None for none.

    Its trigger "ended" reruns the page once when a run that was watched has ended.
    """
    data = {
        "run": run.id if run else None,
        "active": bool(run and run.active),
        "compare": compare,
        "base": base_path(),
        "assets": assets(),
        "marks": charts.marks(),
    }
    return _component(key=key, data=data, on_ended_change=_nothing)


def _nothing():
    """A trigger needs a callback; the rerun itself is all that is wanted."""
