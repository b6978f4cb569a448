"""Text records in a WebP file, as XMP: made for Pillow to write, and read without decoding a picture."""

import struct
from collections.abc import Mapping
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

NAMESPACE = "urn:can-the-judge-paint"
PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:ctjp="{namespace}"{texts}/></rdf:RDF></x:xmpmeta>'
)
MAX_PACKET = 100_000  # bytes; a real one has less than 10 000
MAX_CHUNKS = 10_000
DAMAGED = ""  # in place of a record


def is_webp(data: bytes) -> bool:
    """Whether bytes begin as a WebP file does."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def xmp_packet(text: Mapping[str, str]) -> bytes:
    """An XMP packet with text records, key → value; keys are XML names."""
    texts = "".join(f" ctjp:{key}={quoteattr(value)}" for key, value in text.items())
    return PACKET.format(namespace=NAMESPACE, texts=texts).encode()


def webp_text(webp: bytes, key: str) -> str | None:
    """The text under a key in a file for which `is_webp` holds; None if there is none, DAMAGED if unreadable.

    Raises:
        EOFError: the file ends too early, and the key was not found before.
    """
    at = 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(webp):
            break
        kind, length = struct.unpack("<4sI", webp[at : at + 8])
        if kind == b"XMP ":
            return _text_in(webp[at + 8 : at + 8 + length], key) if length <= MAX_PACKET else DAMAGED
        at += 8 + length + length % 2
    if len(webp) < 8 + struct.unpack("<I", webp[4:8])[0]:
        raise EOFError
    return None


def _text_in(packet: bytes, key: str) -> str | None:
    if b"<!" in packet:  # XMP declares no entities
        return DAMAGED
    found: list[str] = []

    def look(_name: str, attributes: dict[str, str]) -> None:
        if not found and f"{NAMESPACE} {key}" in attributes:
            found.append(attributes[f"{NAMESPACE} {key}"])

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = look
    try:
        parser.Parse(packet, True)
    except (expat.ExpatError, ValueError, LookupError):  # the last two: a strange encoding
        return DAMAGED
    return found[0] if found else None
