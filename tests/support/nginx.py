"""A real nginx in front of the app, set up with the lines of the guide."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "core" / "service" / "README.md"
EXAMPLE_PATH = "/judge/"
EXAMPLE_SERVER = "http://127.0.0.1:8501"
SBIN = "/usr/sbin:/usr/local/sbin"  # where it lies on machines whose users have no such place in their PATH
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
{location}
    }}
}}
"""


def location_of_the_guide() -> str:
    """The guide's lines for nginx."""
    (found,) = re.findall(r"```nginx\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert EXAMPLE_PATH in found and f"{EXAMPLE_SERVER};" in found
    return found


@contextlib.contextmanager
def proxied(address: str, folder: Path) -> Iterator[str]:
    """Address of a proxy before the app at `address`, which answers below a path.

    Skips the test where there is no nginx.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path=SBIN)
    if program is None:
        pytest.skip("nginx is not installed")
    server, _, path = address.removeprefix("http://").partition("/")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    location = location_of_the_guide().replace(EXAMPLE_PATH, f"/{path}/")
    location = location.replace(EXAMPLE_SERVER, f"http://{server}")
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, location=location))
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(file)])
    try:
        yield f"http://127.0.0.1:{port}/{path}"
    finally:
        process.terminate()
        process.wait(30)
