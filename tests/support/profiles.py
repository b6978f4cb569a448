"""Browser profiles that one test after another uses: none finds anything of the one before but cached files.

What cannot be taken back must not be done to a profile: scripts and routes of its own, functions, the clock.
Routes and scripts of a page are the page's alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

Kind = tuple[int, int, str]
_idle: WeakKeyDictionary[Browser, dict[Kind, list[BrowserContext]]] = WeakKeyDictionary()
_kinds: WeakKeyDictionary[BrowserContext, Kind] = WeakKeyDictionary()
KEPT = "local_storage,indexeddb,cache_storage,service_workers,file_systems"


def new(browser: Browser, width: int, height: int, scheme: str, tour: bool = False) -> BrowserContext:
    """A profile that nobody had. tour: whether the app shows it its tour."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    if not tour:
        context.add_init_script("localStorage.setItem('ctjp-tour', 'seen')")
    _kinds[context] = width, height, scheme
    return context


def borrow(browser: Browser, width: int, height: int, scheme: str) -> BrowserContext | None:
    """A profile of this kind that was given back, without cookies and permissions; None without one."""
    idle = _idle.get(browser, {}).get((width, height, scheme))
    if not idle:
        return None
    context = idle.pop()
    context.clear_cookies()
    context.clear_permissions()
    context.set_offline(False)
    return context


def forget(page: Page, address: str) -> None:
    """Drop what earlier pages of this profile kept of an address; the page has not been there yet."""
    parts = urlsplit(address)
    session = page.context.new_cdp_session(page)
    session.send(
        "Storage.clearDataForOrigin",
        {"origin": f"{parts.scheme}://{parts.netloc}", "storageTypes": KEPT},
    )
    session.detach()


def give_back(context: BrowserContext) -> None:
    """Close its pages and keep it for the next test."""
    for page in context.pages:
        page.close()
    if context.browser is not None:
        _idle.setdefault(context.browser, defaultdict(list))[_kinds[context]].append(context)
