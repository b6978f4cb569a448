"""Streamlit's own protocol, as far as a visitor needs it: protocol buffers by hand, since nothing in core knows Streamlit.

Field numbers: https://github.com/streamlit/streamlit/tree/develop/proto/streamlit/proto (BackMsg, ClientState, WidgetStates,
ForwardMsg, Delta, Element); a test compares them with the installed package. The encoding:
https://protobuf.dev/programming-guides/encoding/
"""

import json
import struct
from dataclasses import dataclass, field

RERUN, QUERY, WIDGETS, WIDGET = 11, 1, 2, 1  # BackMsg.rerun_script; ClientState; WidgetStates
WIDGET_ID, TRIGGER, INTEGER = 1, 2, 5  # WidgetState
DELTA, ELEMENT, FINISHED, PAGE_INFO = 5, 3, 6, 12  # ForwardMsg, Delta
BUTTON, NUMBER, COMPONENT, ALERT, EXCEPTION = 19, 32, 59, 30, 8  # Element
ID, LABEL, BODY, NAME, JSON = 1, 2, 1, 2, 10  # Button and NumberInput; Alert; BidiComponent


@dataclass
class Page:
    """What a script run has sent.

    Args:
        buttons, numbers: label → id. components: name → data. alerts: texts. failed: whether an exception was shown.
    """

    buttons: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    components: dict = field(default_factory=dict)
    alerts: list = field(default_factory=list)
    failed: bool = False
    query: str | None = None

    def take(self, message):
        """Take in one ForwardMsg (bytes). True if it ends the script run."""
        for part in within(message, PAGE_INFO):
            self.query = "".join(text.decode() for text in within(part, QUERY))
        for element in within(message, DELTA, ELEMENT):
            self.failed |= bool(within(element, EXCEPTION))
            self.alerts += [text.decode() for text in within(element, ALERT, BODY)]
            for kind, found in ((BUTTON, self.buttons), (NUMBER, self.numbers)):
                for part in within(element, kind):
                    found[_text(part, LABEL)] = _text(part, ID)
            for part in within(element, COMPONENT):
                self.components[_text(part, NAME).rpartition(".")[2]] = json.loads(_text(part, JSON) or "null")
        return bool(within(message, FINISHED))


def rerun(query, pressed=None, numbers=None):
    """BackMsg that asks for a script run.

    Args:
        query: of the address, without "?".
        pressed: id of a button. numbers: id → whole number that was typed.
    """
    widgets = [_field(WIDGET_ID, one) + _field(INTEGER, _zigzag(value)) for one, value in (numbers or {}).items()]
    widgets += [_field(WIDGET_ID, pressed) + _field(TRIGGER, 1)] if pressed else []
    states = b"".join(_field(WIDGET, widget) for widget in widgets)
    return _field(RERUN, _field(QUERY, query) + _field(WIDGETS, states))


def within(message, *path):
    """Values of a nested field: list of int (numbers) or bytes (everything else)."""
    found = [message]
    for number in path:
        found = [value for part in found for key, value in _fields(part) if key == number]
    return found


def _text(message, number):
    return b"".join(within(message, number)).decode()


def _fields(message):
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(message, place)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if kind == 2:
                size, place = _varint(message, place)
            if size is None:
                raise ValueError(f"wire type {kind}")
            value, place = message[place : place + size], place + size
        yield number, value


def _varint(message, place):
    value = shift = 0
    while True:
        byte = message[place]
        value, shift, place = value | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:
            return value, place


def _field(number, value):
    if isinstance(value, int):
        return _number(number << 3) + _number(value)
    data = value.encode() if isinstance(value, str) else value
    return _number(number << 3 | 2) + _number(len(data)) + data


def _number(value):
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return struct.pack(f"{len(parts) + 1}B", *parts, value)


def _zigzag(value):
    return 2 * value if value >= 0 else -2 * value - 1
