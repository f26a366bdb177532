"""A package index that wants a password, reachable from containers of this machine's engine."""

from __future__ import annotations

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType


class PrivateIndex:
    """Serves the wheels of ``folder`` as ``/simple/NAME/`` to whoever knows ``user`` and ``password``."""

    def __init__(self, host: str, folder: Path, user: str, password: str) -> None:
        self._expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.asked: list[tuple[str, bool]] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                allowed = self.headers.get("Authorization") == index._expected
                index.asked.append((self.path, allowed))
                if not allowed:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", "Basic realm=private")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                name = self.path.strip("/").rpartition("/")[2]
                path = folder / name
                if path.is_file():
                    body, kind = path.read_bytes(), "application/octet-stream"
                else:
                    wheels = [wheel.name for wheel in folder.glob(f"{name.replace('-', '_')}-*.whl")]
                    text = "".join(f'<a href="/files/{wheel}">{wheel}</a>' for wheel in wheels)
                    body, kind = f"<!DOCTYPE html><html><body>{text}</body></html>".encode(), "text/html"
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in http.server
                pass

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self.host, self.port = host, self._server.server_address[1]

    def __enter__(self) -> PrivateIndex:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
