"""What the stand-alone HTML pages share: a template filled in one pass, pictures, charts, Vega."""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.exports.charts import filled_chart

if TYPE_CHECKING:
    import altair as alt

FOLDER = Path(__file__).parent
WEBP_QUALITY = 90  # at 128 px the difference to the painted picture cannot be seen
MOST_PICTURE_BYTES = 3_600_000  # with Vega, and a third more as base64, a page stays under 6 MB


def file_text(name: str) -> str:
    """Text of a file beside this one."""
    return (FOLDER / name).read_text("utf-8")


def filled(main: str, parts: Mapping[str, str]) -> str:
    """A page whose middle is in the file `main`, each %%NAME%% in it replaced; VEGA is added.

    One pass: what is put in is never searched for further names.
    """
    import vl_convert

    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub lacks the default
    known = {**parts, "VEGA": bundle.replace("</script", "<\\/script")}
    pieces = file_text("offline_page.html").replace("%%MAIN%%", file_text(main)).split("%%")
    return "".join(known[piece] if i % 2 else piece for i, piece in enumerate(pieces))


def page_script(*names: str) -> str:
    """A page's scripts after what both pages have in common; together they are one module."""
    return "".join(map(file_text, ("offline_playback.js", *names)))


def paragraphs(sentences: Sequence[str]) -> str:
    """Sentences as HTML."""
    return "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)


def script_data(data: Mapping[str, Any]) -> str:
    """JSON for a script element: no "<" appears in it, so nothing in it can end the script."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def webp(image: np.ndarray) -> bytes:
    """uint8 H×W×3 as WebP."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", quality=WEBP_QUALITY, method=4)
    return buffer.getvalue()


def webp_address(encoded: bytes) -> str:
    """A picture as an address that holds it."""
    return "data:image/webp;base64," + base64.b64encode(encoded).decode()


def offline_chart(chart: alt.LayerChart, data: dict[str, list[dict]], height: int) -> dict:
    """A chart's specification, as wide as its place."""
    spec = filled_chart(chart, data, 300, height)
    spec["config"]["axis"] |= {"labelFontSize": 13, "titleFontSize": 13}
    spec["config"]["padding"] = 6
    return {**spec, "width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
