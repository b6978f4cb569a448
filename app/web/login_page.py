"""The one page that is shown before the password is given."""

from starlette.responses import HTMLResponse, Response

from app.web.safe_routes import SAFE_HEADERS

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Can the judge paint?</title>
<style>:root { color-scheme: light dark }
body { font: 1.1rem system-ui, sans-serif; max-width: 24rem; margin: 20vh auto; padding: 0 1rem }
input, button { font: inherit; padding: 0.5rem 0.8rem; width: 100%%; box-sizing: border-box;
  margin-top: 0.6rem }</style>
<h1>Can the judge paint?</h1><form method="post"><label>Password
<input type="password" name="password" autocomplete="current-password" autofocus required></label>
<button>Open</button></form><p role="alert">%s</p></html>"""
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
LOGIN_HEADERS = SAFE_HEADERS | {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}


def login_form(message: str = "", status: int = 200) -> Response:
    """The form, with a sentence of ours below it."""
    return HTMLResponse(PAGE % message, status, headers=LOGIN_HEADERS)
