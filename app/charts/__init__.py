"""Charts of the pages: plain numbers → Altair, and the marks that tell painters apart.

May import core.base and core.exports; never streamlit.
"""
