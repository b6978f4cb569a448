"""The codebook: a picture as a grid of codes that can be swapped by hand, decoded and measured at once."""

import streamlit as st

from app import resources
from app.components import lesson_jobs
from app.components.script_component import ScriptComponent
from app.keys import CodebookKeys
from core.lesson import codebook, real_pictures

INTRO = """
VQGAN spells a picture with a few hundred **codes** from a fixed book, and its decoder paints them. If you
change codes instead of pixels, you cannot make pixel static. Swap some by hand, then shuffle
them all, and see what the book does not promise.
"""

_component = ScriptComponent("ctjp_codebook", "lesson/codebook/codebook.js")
_on_request = lesson_jobs.request_callback("codebook", CodebookKeys.LESSON, CodebookKeys.JOB)


def page() -> None:
    """Draw the page."""
    st.markdown("### The codebook")
    st.markdown(INTRO)
    donors = {scene: lesson_jobs.request_job("codebook", {"scene": scene}) for scene in real_pictures.SCENES}
    side, count = codebook.code_grid(resources.manifest())
    data = {
        **lesson_jobs.current_job(CodebookKeys.JOB, donors[real_pictures.DEFAULT_SCENE]),
        "donors": donors,
        "palette": lesson_jobs.request_job("codebook", {"palette": True}),
        "scenes": lesson_jobs.start_pictures(),
        "side": side,
        "count": count,
        "size": resources.manifest()["size"],
        "reference": resources.required_reference_figures(),
    }
    _component.show(CodebookKeys.LESSON, data, _on_request)
