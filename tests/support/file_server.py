"""An HTTP server on this computer that offers files as publishers do, with their faults on demand."""

import contextlib
import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote


@dataclass
class Files:
    """What is offered and what was asked. A path is what follows the address, such as "/a".

    Args:
        content: path → bytes.
        cut: path → bytes after which its next answer breaks off.
        hold: path → event that is waited for after the first half.
        status: path → HTTP status instead of the file.
        moved: path → path to go to.
        marks: path → ETag (by its contents otherwise).
        types: path → Content-Type.
        ranges: False forgets Range, as some servers do.
        asked: (path, Range or None) of every request.
        logins: Authorization of every request, or None.
        address: of the server.
    """

    content: dict[str, bytes] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    hold: dict[str, threading.Event] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)
    address: str = ""

    def add(self, path: str, data: bytes) -> str:
        """Offer a file; returns its address."""
        self.content[path] = data
        return self.address + path

    def times(self, path: str) -> int:
        """How often a file was asked for."""
        return [asked for asked, _ in self.asked].count(path)


class FileServer(http.server.ThreadingHTTPServer):
    """The server of some files."""

    daemon_threads = True

    def __init__(self, files: Files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        files.address = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: FileServer

    def do_GET(self) -> None:
        files = self.server.files
        path = unquote(self.path)
        wanted = self.headers.get("Range")
        files.asked.append((path, wanted))
        files.logins.append(self.headers.get("Authorization"))
        if path in files.moved:
            self._answer(302, Location=files.moved[path])
        elif path in files.status or path not in files.content:
            self.send_error(files.status.get(path, 404))
        else:
            self._send_file(path, wanted)

    def _answer(self, status: int, length: int = 0, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _send_file(self, path: str, wanted: str | None) -> None:
        files = self.server.files
        data = files.content[path]
        mark = files.marks.get(path, f'"{hashlib.md5(data).hexdigest()}"')
        begin = 0
        if wanted and files.ranges and self.headers.get("If-Range") in (None, mark):
            begin = int(wanted.removeprefix("bytes=").rstrip("-"))
        if begin and begin >= len(data):
            self._answer(416, Content_Range=f"bytes */{len(data)}")
            return
        headers = {"ETag": mark, "Content_Type": files.types.get(path, "application/octet-stream")}
        if begin:
            headers["Content_Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        self._answer(206 if begin else 200, len(data) - begin, **headers)
        self._send_body(path, data[begin:])

    def _send_body(self, path: str, data: bytes) -> None:
        cut = self.server.files.cut.pop(path, None)
        hold = self.server.files.hold.get(path)
        with contextlib.suppress(ConnectionError):  # whoever asked has gone
            if hold is not None:
                half = len(data) // 2
                self.wfile.write(data[:half])
                self.wfile.flush()
                hold.wait(60)
                data = data[half:]
            self.wfile.write(data[:cut])
            self.wfile.flush()
        if cut is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def offering() -> Iterator[Files]:
    """Files of a server that runs meanwhile."""
    files = Files()
    server = FileServer(files)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        for hold in files.hold.values():
            hold.set()
        server.shutdown()
        server.server_close()
