"""Reaching a real engine by every way a user may have chosen, and what is said when it cannot be."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.containers.connection import Connection, connect
from azml_magics.containers.images import find_image, get_image
from azml_magics.containers.listing import list_tags
from azml_magics.errors import ToolError
from azml_magics.system.uv import uv_binary
from tests.docker.conftest import MakeImage
from tests.docker.private_engine import PrivateEngine
from tests.require import require
from tests.unused_ports import unused_port

ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.fixture
def engine_socket(docker_engine: Connection) -> Path:
    """The Unix socket of the machine's engine."""
    if not docker_engine.address.startswith("unix://"):
        require("docker", "the engine listens on no Unix socket")
    return Path(docker_engine.address.removeprefix("unix://"))


def choose(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)


def test_the_engine_of_this_machine(docker_engine: Connection) -> None:
    said = docker_engine.client.version()
    assert (docker_engine.version, docker_engine.api_version) == (said["Version"], said["ApiVersion"])
    assert docker_engine.architecture == said["Arch"]
    assert docker_engine.address.partition("://")[0] == "unix"
    assert not docker_engine.is_remote
    assert connect() is docker_engine


def test_what_the_user_chose_is_not_passed_over(docker_engine: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(monkeypatch, "unix:///nowhere/docker.sock")
    with pytest.raises(ToolError) as caught:
        connect()
    assert caught.value.code == "docker-unavailable"
    assert docker_engine.address not in caught.value.brief


def test_contexts_as_docker_makes_them(
    docker_engine: Connection, engine_socket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)

    def docker(*arguments: str) -> None:
        subprocess.run(["docker", "context", *arguments], check=True, capture_output=True)

    link = tmp_path / "engine.sock"
    link.symlink_to(engine_socket)
    docker("create", "mine", "--docker", f"host=unix://{link}")
    docker("create", "away", "--docker", "host=unix:///nowhere/docker.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "mine")
    assert connect().address == f"unix://{link}"
    monkeypatch.setenv("DOCKER_CONTEXT", "away")
    with pytest.raises(ToolError, match="DOCKER_CONTEXT=away"):
        connect()
    monkeypatch.delenv("DOCKER_CONTEXT")
    assert connect().address == docker_engine.address
    docker("use", "mine")
    assert connect().address == f"unix://{link}"
    docker("use", "away")
    with pytest.raises(ToolError, match="docker context use away"):
        connect()


def test_a_user_who_may_not(engine_socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        require("docker", "only root can become somebody else")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            connect()
            answer: list[str] = ["connected"]
        except ToolError as error:
            answer = [error.code, error.brief, error.remedy]
        except BaseException as error:
            answer = [repr(error)]
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        code, brief, remedy = json.load(pipe)
    os.waitpid(child, 0)
    assert code == "docker-unavailable"
    assert f"unix://{engine_socket} (permission denied)" in brief
    assert "usermod -aG docker" in remedy


def test_a_restarted_engine_is_used_again(private_engine: PrivateEngine) -> None:
    before = private_engine.connect()
    assert list_tags(before) == []
    private_engine.kill()
    with pytest.raises(ToolError) as caught:
        private_engine.connect()
    assert caught.value.code == "docker-unavailable"
    with pytest.raises(ToolError) as caught:
        list_tags(before)
    assert caught.value.code == "docker-gone"
    private_engine.start()
    after = private_engine.connect()
    assert after is before
    assert list_tags(after) == []


# remote engines -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def tcp_door(target: Path) -> Iterator[int]:
    """A TCP port that leads to a Unix socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def forward(source: socket.socket, sink: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while piece := source.recv(65536):
                    sink.sendall(piece)
                sink.shutdown(socket.SHUT_WR)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    engine = socket.socket(socket.AF_UNIX)
                    engine.connect(str(target))
                    for pair in ((client, engine), (engine, client)):
                        threading.Thread(target=forward, args=pair, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])


def test_over_tcp(engine_socket: Path, plain_image: MakeImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = plain_image("bookworm")
    with tcp_door(engine_socket) as port:
        choose(monkeypatch, f"tcp://127.0.0.1:{port}")
        connection = connect()
        assert connection.is_remote
        assert get_image(connection, reference, tmp_path / "images").python_minor == "3.11"


def make_certificates(folder: Path) -> None:
    """An authority, a server called localhost and a client, as ``DOCKER_CERT_PATH`` wants them."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=azml tests",
            "-keyout", "ca-key.pem", "-out", "ca.pem")  # fmt: skip
    for name, prefix, purpose in (("localhost", "server-", "serverAuth"), ("client", "", "clientAuth")):
        (folder / "extensions").write_text(
            f"subjectAltName = DNS:{name},IP:127.0.0.1\nextendedKeyUsage = {purpose}\n"
            "authorityKeyIdentifier = keyid\nkeyUsage = digitalSignature, keyEncipherment\n"
        )
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{prefix}key.pem",
                "-out", "request.pem")  # fmt: skip
        openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-days", "2",
                "-extfile", "extensions", "-out", f"{prefix}cert.pem")  # fmt: skip


def test_over_tls(docker_engine: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("openssl") is None:
        require("docker", "openssl is not installed")
    make_certificates(tmp_path)
    port = unused_port()
    options = ["--host", f"tcp://127.0.0.1:{port}", "--tlsverify", "--tlscacert", f"{tmp_path}/ca.pem"]
    options += ["--tlscert", f"{tmp_path}/server-cert.pem", "--tlskey", f"{tmp_path}/server-key.pem"]
    with PrivateEngine(options=options) as engine:
        choose(monkeypatch, f"tcp://localhost:{port}")
        with pytest.raises(ToolError) as caught:
            connect()
        assert caught.value.code == "docker-unavailable"
        assert "DOCKER_TLS_VERIFY=1" in caught.value.brief
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
        # As in companies whose proxies open every connection; it says nothing about this engine.
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server-cert.pem"))
        connection = connect()
        assert connection.is_remote
        assert connection.client.info()["ID"] == engine.connect().client.info()["ID"]
        assert find_image(connection, "nothing:1", tmp_path / "images") is None
        other = tmp_path / "other"
        other.mkdir()
        make_certificates(other)
        monkeypatch.setenv("DOCKER_CERT_PATH", str(other))
        with pytest.raises(ToolError, match="certificate"):
            connect()


def test_over_ssh(engine_socket: Path, plain_image: MakeImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("paramiko") is None:
        require("paramiko")
    reference = plain_image("bookworm")
    # What ssh starts on the other machine, started here.
    program = tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\nexec docker --host unix://{engine_socket} system dial-stdio\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    choose(monkeypatch, "ssh://me@elsewhere")
    connection = connect()
    assert connection.is_remote
    assert get_image(connection, reference, tmp_path / "images").python_minor == "3.11"


def test_an_engine_outside_of_our_container(
    docker_engine: Connection, engine_socket: Path, plain_image: MakeImage, tmp_path: Path
) -> None:
    packages = tmp_path / "packages"
    options = ["--quiet", "--target", str(packages), "--python-version", "3.11", "--only-binary", ":all:"]
    subprocess.run([uv_binary(), "pip", "install", *options, "docker", "packaging"], check=True)
    script = (
        "import sys; sys.path[:0] = ['/packages', '/project']; "
        "from azml_magics.containers.connection import connect; print(connect().is_remote)"
    )
    said = docker_engine.client.containers.run(
        plain_image("bookworm"),
        ["python3", "-B", "-c", script],
        remove=True,
        network_mode="none",
        volumes={
            str(packages): {"bind": "/packages", "mode": "ro"},
            str(ROOT): {"bind": "/project", "mode": "ro"},
            str(engine_socket): {"bind": "/var/run/docker.sock", "mode": "rw"},
        },
    )
    assert said.decode().strip() == "True"
