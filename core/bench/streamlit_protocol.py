"""What a visitor sends to Streamlit and reads from it, in Streamlit's own message classes.

The only module in core that knows Streamlit; `bench load` alone imports it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


@dataclass
class Page:
    """What a script run has sent.

    Args:
        buttons, numbers: label → id.
        components: name → data.
        alerts: texts.
        failed: whether an exception was shown.
        query: of the address, if the script has set it.
    """

    buttons: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    components: dict[str, Any] = field(default_factory=dict)
    alerts: list[str] = field(default_factory=list)
    failed: bool = False
    query: str | None = None

    def read_message(self, data: bytes) -> bool:
        """Take in one ForwardMsg. True if it ends the script run."""
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta":
            self._read_element(message.delta.new_element)
        return kind == "script_finished"

    def _read_element(self, element: Element) -> None:
        match element.WhichOneof("type"):
            case "button":
                self.buttons[element.button.label] = element.button.id
            case "number_input":
                self.numbers[element.number_input.label] = element.number_input.id
            case "bidi_component":
                component = element.bidi_component
                name = component.component_name.rpartition(".")[2]
                self.components[name] = component_data(component.json)
            case "alert":
                self.alerts.append(element.alert.body)
            case "exception":
                self.failed = True


def component_data(data: str) -> Any:
    """What a component of the app is told, from the data of its message: JSON with all of it as one text."""
    return json.loads(json.loads(data)["json"])


def rerun(query: str, pressed: str | None = None, numbers: Mapping[str, int] | None = None) -> bytes:
    """BackMsg that asks for a script run.

    Args:
        query: of the address, without "?".
        pressed: id of a button.
        numbers: id → whole number that was typed.
    """
    message = BackMsg()
    state = message.rerun_script
    state.SetInParent()
    state.query_string = query
    for widget, value in (numbers or {}).items():
        state.widget_states.widgets.add(id=widget, int_value=value)
    if pressed:
        state.widget_states.widgets.add(id=pressed, trigger_value=True)
    return message.SerializeToString()
