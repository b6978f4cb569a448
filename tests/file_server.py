"""A small HTTP server on this computer that offers files as model publishers do, with their faults on demand."""

import contextlib
import hashlib
import http.server
import threading
from urllib.parse import unquote


class Files:
    """What is offered and what was asked.

    Attributes:
        content: path → bytes. cut: path → bytes after which its next answer breaks off. hold: path → threading.Event
        that is waited for after the first half. status: path → HTTP status instead of the file. moved: path → path to go to.
        marks: path → ETag (default: by contents). types: path → Content-Type. ranges: False forgets Range, as some servers do.
        asked: list of (path, Range or None).
    """

    def __init__(self):
        self.content, self.cut, self.hold, self.status, self.marks, self.moved, self.types = {}, {}, {}, {}, {}, {}, {}
        self.ranges, self.asked, self.address = True, [], ""

    def add(self, path, data):
        """Offer a file; returns its address."""
        self.content[path] = data
        return self.address + path

    def times(self, path):
        """How often a file was asked for."""
        return [asked for asked, _ in self.asked].count(path)


@contextlib.contextmanager
def offering():
    """Files of a server that runs meanwhile."""
    files = Files()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path, wanted = unquote(self.path), self.headers.get("Range")
            files.asked.append((path, wanted))
            if path in files.moved:
                self.send_response(302)
                self.send_header("Location", files.moved[path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if path in files.status or path not in files.content:
                self.send_error(files.status.get(path, 404))
                return
            data = files.content[path]
            mark = files.marks.get(path, f'"{hashlib.md5(data).hexdigest()}"')
            begin = self._begin(wanted, mark)
            if begin and begin >= len(data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            rest = data[begin:]
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(rest)))
            if path in files.types:
                self.send_header("Content-Type", files.types[path])
            if mark:
                self.send_header("ETag", mark)
            self.end_headers()
            self._send(path, rest)

        def _begin(self, wanted, mark):
            unchanged = self.headers.get("If-Range") in (None, mark)
            return int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and unchanged and files.ranges else 0

        def _send(self, path, rest):
            cut, hold = files.cut.pop(path, None), files.hold.get(path)
            with contextlib.suppress(ConnectionError):  # whoever asked has gone
                if hold is not None:
                    self.wfile.write(rest[: len(rest) // 2])
                    self.wfile.flush()
                    hold.wait(60)
                    rest = rest[len(rest) // 2 :]
                self.wfile.write(rest[:cut])
                self.wfile.flush()
            if cut is not None:
                self.close_connection = True

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    files.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        for hold in files.hold.values():
            hold.set()
        server.shutdown()
        server.server_close()
