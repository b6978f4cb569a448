"""The ids of what the store keeps: runs, sweeps, own pictures, rankings and computations of the lesson."""

import base64
import re
import secrets

ID_LENGTH = 26  # 130 bits
_ID = re.compile(rf"[a-z2-7]{{{ID_LENGTH}}}")


def is_id(text: object) -> bool:
    """Whether something has the form of an id: 26 characters a–z2–7. Safe for untrusted arguments."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def id_from_bytes(data: bytes) -> str:
    """The first 130 bits of at least 17 bytes as an id."""
    return base64.b32encode(data).decode().lower()[:ID_LENGTH]


def random_id() -> str:
    """A new id that nobody can guess."""
    return id_from_bytes(secrets.token_bytes(17))
