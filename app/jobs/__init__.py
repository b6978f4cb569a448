"""Work that the server does beside the pages: drawing exports, downloading model packs.

May import app.resources; no streamlit.
"""
