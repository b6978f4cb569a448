"""The bundle of an exercise as a ZIP: a page that opens without a server, a picture to import, the data."""

from __future__ import annotations

import base64
import html
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from core.base.measure_names import two_decimals

PAGE_FILE = "index.html"
DATA_FILE = "exercise.json"
PICTURE_FILE = "picture.png"
FIRST_YEAR = (1980, 1, 1, 0, 0, 0)  # of every entry: the same exercise gives the same bytes
STYLE = (
    "body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:17px/1.5 Arial,sans-serif;color:#1d1f24;"
    "background:#fff}img{width:256px;max-width:100%;image-rendering:pixelated}figure{margin:1rem 0}"
    "td,th{padding:.2rem .9rem .2rem 0;text-align:left}a,code{overflow-wrap:anywhere}"
)


def exercise_zip(bundle: Mapping[str, Any], picture: bytes | None = None) -> bytes:
    """The ZIP of what `core.lesson.exercises.exercise_bundle` gives.

    Args:
        picture: PNG of the example run's last frame, with its settings in its record; None for none.
    """
    files = {
        PAGE_FILE: exercise_page(bundle, picture).encode(),
        DATA_FILE: json.dumps(bundle, indent=1, ensure_ascii=False).encode(),
        **({PICTURE_FILE: picture} if picture else {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{bundle['name']}/{name}", FIRST_YEAR), content)
    return buffer.getvalue()


def exercise_page(bundle: Mapping[str, Any], picture: bytes | None) -> str:
    """The page as one HTML document that loads nothing: task, picture, goal, and how to begin."""
    goals = "".join(
        f"<tr><th scope='row'>{html.escape(goal['measure'])}</th>"
        f"<td>at {html.escape(goal['at'])} {two_decimals(goal['value'])}</td></tr>"
        for goal in bundle["goals"]
    )
    rule = f"<p>{html.escape(bundle['rule'])}</p>" if bundle["rule"] else ""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{html.escape(bundle['title'])} · Can the judge paint?</title><style>{STYLE}</style></head>"
        f"<body><h1>{html.escape(bundle['title'])}</h1><p>{html.escape(bundle['task'])}</p>"
        f"{_picture(picture)}<h2>Goal, at the last step</h2><table>{goals}</table>{rule}"
        f"<h2>How to begin</h2>{_beginning(bundle, picture)}</body></html>"
    )


def _picture(picture: bytes | None) -> str:
    if not picture:
        return ""
    data = base64.b64encode(picture).decode()
    caption = "How this painter ends in the example run, before anything is changed."
    return (
        f"<figure><img alt='{caption}' src='data:image/png;base64,{data}'>"
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _beginning(bundle: Mapping[str, Any], picture: bytes | None) -> str:
    """The ways to the starting settings: the link, a picture to import, the page Exercises."""
    link = html.escape(bundle["link"], quote=True)
    ways = [f"Open <a href='{link}'>{link}</a>: the form has the starting settings. Press Run."]
    if not bundle["link"].startswith("http"):
        ways = [f"Start the app, and add <code>{link}</code> to its address. Press Run."]
    if picture:
        ways.append(
            f"Or press Import on the page Compare and choose <code>{PICTURE_FILE}</code> from this folder; "
            "then press Use."
        )
    ways.append("Or press “Open the starting settings” on the page Exercises, where your run is checked too.")
    return f"<ul>{''.join(f'<li>{way}</li>' for way in ways)}</ul>"
