"""The tour of the Compare page: one line above the player on a first visit, all of it in the browser."""

from app.components.script_component import ScriptComponent
from app.keys import CompareKeys, Parameters
from app.web.addresses import base_path

_component = ScriptComponent("ctjp_tour", "tour/tour.js")


def show_tour() -> None:
    """Give the tour its place; it decides itself whether it has been seen."""
    _component.show(CompareKeys.TOUR, {})


def restart_address() -> str:
    """Where the tour starts anew."""
    return f"{base_path()}/?{Parameters.TOUR}=1"
