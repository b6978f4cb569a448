"""How one page opens another: the form filled, the address set."""

from collections.abc import Callable

import streamlit as st

from app import form
from app.views import compare
from core.base.request import RunRequest


def open_page(page: Callable[[], None], title: str, url_path: str, **parameters: str) -> None:
    """Go to a page of the app, with these parameters in the address."""
    st.switch_page(st.Page(page, title=title, url_path=url_path), query_params=parameters)


def open_compare(request: RunRequest, **parameters: str) -> None:
    """Go to Compare with this request in its form; nothing is run by itself."""
    form.fill_from_request(request)
    main = st.Page(compare.page, title="Compare", url_path="compare", default=True)
    st.switch_page(main, query_params=parameters)
