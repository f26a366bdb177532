"""Connecting without a Docker engine: what answers instead, and what is said then."""

from __future__ import annotations

import errno
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from azml_magics.containers import connection
from azml_magics.containers.addresses import EngineAddress
from azml_magics.containers.connection import connect
from azml_magics.containers.unreachable import Attempt, outcome_of, unavailable
from azml_magics.errors import ToolError

Serve = Callable[[int, object], None]


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve(200, {...})``: what ``DOCKER_HOST`` answers to everything it is asked."""
    with TemporaryDirectory() as folder:  # the path of a socket may not be long
        servers = []

        def start(status: int, answer: object) -> None:
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

                def address_string(self) -> str:
                    return "test"

                def log_message(self, *arguments: object) -> None:
                    pass

            server = UnixServer(f"{folder}/docker.sock", Handler)
            servers.append(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/docker.sock")

        yield start
        for server in servers:
            server.shutdown()
            server.server_close()


def test_an_engine_that_is_too_old(serve: Serve) -> None:
    serve(200, {"Version": "18.06.3-ce", "ApiVersion": "1.38"})
    with pytest.raises(ToolError) as caught:
        connect()
    assert caught.value.code == "docker-too-old"
    for part in ("18.06.3-ce", "API 1.38", "19.03", "1.40"):
        assert part in caught.value.brief
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, b"<html>"), (200, {}), (200, []), (200, {"Version": "1", "ApiVersion": "x.y"}), (500, b""), (404, b"no")],
)
def test_something_else_answers(serve: Serve, status: int, answer: object) -> None:
    serve(status, answer)
    with pytest.raises(ToolError) as caught:
        connect()
    assert caught.value.code == "docker-unavailable"
    assert "DOCKER_HOST" in caught.value.brief


def test_one_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.2)
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/docker.sock")
        listener.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/docker.sock")
        with pytest.raises(ToolError) as caught:
            connect()
    assert caught.value.code == "docker-unavailable"
    assert "timed out" in caught.value.brief


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("unix:///nowhere/docker.sock", "absent"),
        ("unix:///etc/passwd/docker.sock", "absent"),
        ("tcp://127.0.0.1:1", "nobody answers there"),
        ("tcp://", "Invalid"),
        ("foo://bar", "Invalid"),
        ("tcp://no.such.host.invalid:2375", ""),
        ("unix:///" + "x" * 200, "too long"),
    ],
)
def test_what_the_user_chose_is_the_only_one_tried(monkeypatch: pytest.MonkeyPatch, host: str, said: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(ToolError) as caught:
        connect()
    assert caught.value.code == "docker-unavailable"
    assert said in caught.value.brief
    assert caught.value.brief.startswith(f"the Docker engine chosen with DOCKER_HOST does not answer: {host}")
    assert len(caught.value.details) == 1
    assert caught.value.remedy


def test_certificates_that_are_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    with pytest.raises(ToolError) as caught:
        connect()
    assert caught.value.code == "docker-unavailable"
    assert "certificate" in caught.value.brief


def attempt(url: str, error: Exception, chosen_by: str = "") -> Attempt:
    return outcome_of(EngineAddress(url, chosen_by), error)


def test_every_place_is_named_with_what_happened() -> None:
    error = unavailable(
        [
            attempt("unix:///var/run/docker.sock", PermissionError(errno.EACCES, "Permission denied")),
            attempt("unix:///home/me/.docker/run/docker.sock", FileNotFoundError(errno.ENOENT, "No such file")),
            attempt("unix:///run/podman/podman.sock", ConnectionRefusedError(errno.ECONNREFUSED, "refused")),
            attempt("unix:///a", FileNotFoundError(errno.ENOENT, "No such file")),
        ]
    )
    assert error.brief == (
        "no Docker engine answers: unix:///var/run/docker.sock (permission denied); "
        "unix:///run/podman/podman.sock (nobody answers there); "
        "absent: unix:///home/me/.docker/run/docker.sock, unix:///a"
    )
    assert "docker group" not in error.brief
    assert "usermod -aG docker" in error.remedy
    assert len(error.details) == 4


def test_remedies() -> None:
    assert "install and start Docker" in unavailable([attempt("unix:///a", FileNotFoundError(2, "x"))]).remedy
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "x")
    assert "systemctl start docker" in unavailable([attempt("unix:///a", refused)]).remedy
    assert "DOCKER_HOST" in unavailable([attempt("unix:///a", refused, "DOCKER_HOST")]).remedy
    assert "docker version" in unavailable([attempt("tcp://a", ValueError("odd"), "DOCKER_HOST")]).remedy
    assert "paramiko" in str(attempt("ssh://a", RuntimeError("Install paramiko package to enable ssh:// support")))
    # The innermost cause is what happened.
    outer = RuntimeError("outer", ConnectionError("while", OSError(errno.EHOSTUNREACH, "No route to host")))
    assert str(attempt("tcp://a", outer)) == "tcp://a (No route to host)"
