"""The fixtures of tests/support/app_pages.py for every test of this folder."""

from tests.support.app_pages import bare_pack, pack  # noqa: F401
