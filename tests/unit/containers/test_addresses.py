"""Where an engine is looked for: as the docker command line does, then in the usual places."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from azml_magics.containers.addresses import EngineAddress, TlsFiles, list_addresses
from azml_magics.errors import ToolError


def write_context(folder: Path, name: str, endpoint: object, *, certificates: bool = False) -> None:
    key = hashlib.sha256(name.encode()).hexdigest()
    path = folder / "contexts" / "meta" / key / "meta.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    if certificates:
        (folder / "contexts" / "tls" / key / "docker").mkdir(parents=True)


def test_the_usual_places_in_order(tmp_path: Path) -> None:
    addresses = list_addresses({"HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/7"})
    sockets = [str(address.socket) for address in addresses]
    assert sockets[0] == "/var/run/docker.sock"
    assert sockets[1:3] == [f"{tmp_path}/.docker/run/docker.sock", f"{tmp_path}/.docker/desktop/docker.sock"]
    for name in (".colima/default", ".rd", ".orbstack/run"):
        assert f"{tmp_path}/{name}/docker.sock" in sockets
    assert sockets[-3:] == ["/run/user/7/docker.sock", "/run/user/7/podman/podman.sock", "/run/podman/podman.sock"]
    assert not any(address.chosen_by for address in addresses)
    assert len(list_addresses({"HOME": str(tmp_path)})) == len(addresses) - 2


@pytest.mark.parametrize(
    ("given", "url", "socket"),
    [
        ("unix:///a/b.sock", "unix:///a/b.sock", Path("/a/b.sock")),
        ("unix://a/b.sock", "unix://a/b.sock", Path("/a/b.sock")),
        ("/a/b.sock", "unix:///a/b.sock", Path("/a/b.sock")),
        ("tcp://10.0.0.1:2375", "tcp://10.0.0.1:2375", None),
        ("10.0.0.1:2375", "tcp://10.0.0.1:2375", None),
        ("ssh://me@host", "ssh://me@host", None),
        ("npipe:////./pipe/docker_engine", "npipe:////./pipe/docker_engine", None),
    ],
)
def test_docker_host(given: str, url: str, socket: Path | None) -> None:
    (address,) = list_addresses({"DOCKER_HOST": given, "DOCKER_CONTEXT": "ignored"})
    assert (address.url, address.socket, address.chosen_by, address.tls) == (url, socket, "DOCKER_HOST", None)


def test_tls(tmp_path: Path) -> None:
    host = {"DOCKER_HOST": "tcp://h:2376", "HOME": str(tmp_path)}
    (address,) = list_addresses({**host, "DOCKER_TLS_VERIFY": "1"})
    assert address.tls == TlsFiles(tmp_path / ".docker", verify=True)
    (address,) = list_addresses({**host, "DOCKER_TLS_VERIFY": "", "DOCKER_CERT_PATH": "/certs"})
    assert address.tls == TlsFiles(Path("/certs"), verify=False)
    (address,) = list_addresses({**host, "DOCKER_TLS_VERIFY": "", "DOCKER_CERT_PATH": ""})
    assert address.tls is None


def test_contexts(tmp_path: Path) -> None:
    folder = tmp_path / "configuration"
    write_context(folder, "far", {"Host": "tcp://far:2376", "SkipTLSVerify": False}, certificates=True)
    write_context(folder, "loose", {"Host": "tcp://loose:2376", "SkipTLSVerify": True}, certificates=True)
    write_context(folder, "desktop-linux", {"Host": f"unix://{tmp_path}/docker.sock"})
    environment = {"DOCKER_CONFIG": str(folder), "HOME": str(tmp_path / "unused")}
    # There is no config.json: the contexts are found all the same.
    (far,) = list_addresses({**environment, "DOCKER_CONTEXT": "far"})
    assert (far.url, far.chosen_by) == ("tcp://far:2376", "DOCKER_CONTEXT=far")
    assert far.tls is not None
    assert far.tls.verify
    (loose,) = list_addresses({**environment, "DOCKER_CONTEXT": "loose"})
    assert loose.tls is not None
    assert not loose.tls.verify

    (folder / "config.json").write_text(json.dumps({"currentContext": "desktop-linux"}))
    (current,) = list_addresses(environment)
    assert current == EngineAddress(f"unix://{tmp_path}/docker.sock", "docker context use desktop-linux")
    # Asked for by name, the default one is Docker's own socket and no other.
    (default,) = list_addresses({**environment, "DOCKER_CONTEXT": "default"})
    assert default == EngineAddress("unix:///var/run/docker.sock", "DOCKER_CONTEXT")


@pytest.mark.parametrize("content", ["", "[]", '"text"', '{"currentContext": 7}', '{"currentContext": ""}', "\x00"])
def test_a_configuration_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    assert len(list_addresses({"DOCKER_CONFIG": str(tmp_path), "HOME": str(tmp_path)})) > 5


def test_a_context_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        list_addresses({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "nowhere"})
    assert caught.value.code == "docker-unavailable"
    assert "'nowhere' (DOCKER_CONTEXT) does not exist" in caught.value.brief
    assert "docker context ls" in caught.value.remedy
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "gone"}))
    with pytest.raises(ToolError) as caught:
        list_addresses({"DOCKER_CONFIG": str(tmp_path)})
    assert "docker context use" in caught.value.remedy


@pytest.mark.parametrize("endpoint", [None, {}, "text"])
def test_a_damaged_context(tmp_path: Path, endpoint: object) -> None:
    write_context(tmp_path, "odd", endpoint)
    with pytest.raises(ToolError, match="cannot be read"):
        list_addresses({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "odd"})
