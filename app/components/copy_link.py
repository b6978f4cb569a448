"""The button that copies the page's address, settings included."""

from app.components.script_component import ScriptComponent
from app.keys import CompareKeys

_component = ScriptComponent("ctjp_link", "copy-link/copy-link.js")


def show_copy_link(settings: dict[str, str] | None) -> None:
    """Draw the button.

    Args:
        settings: name → text that the address is to hold of the form, or None to leave the address as it is.
    """
    _component.show(CompareKeys.COPY_LINK, {"settings": settings})
