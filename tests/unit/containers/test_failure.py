"""The engine's own words, as real engines said them, into one sentence and a remedy."""

from __future__ import annotations

import pytest
from docker.errors import APIError, DockerException, ImageNotFound
from requests import ConnectionError as RequestsConnectionError

from azml_magics.containers.failure import explain_message, explained
from azml_magics.errors import AzmlError, BuildError, NotFoundError, PortError, StartError, ToolError

#: What an engine said, its code and class.
SAID: list[tuple[str, str, type[AzmlError]]] = [
    ("write /var/lib/docker/tmp/x: no space left on device", "disk-full", ToolError),
    ("exec /bin/sh: exec format error", "wrong-architecture", ToolError),
    ("no matching manifest for linux/arm64/v8 in the manifest list entries", "wrong-architecture", ToolError),
    ("x was found but does not match the specified platform: wanted linux/arm64", "wrong-architecture", ToolError),
    ('could not select device driver "" with capabilities: [[gpu]]', "gpu-unavailable", StartError),
    ("Bind for 127.0.0.1:5001 failed: port is already allocated", "port-taken", PortError),
    ("listen tcp4 127.0.0.1:80: bind: address already in use", "port-taken", PortError),
    ("pull access denied for a/b, repository does not exist", "image-unavailable", NotFoundError),
    ("manifest for a/b:1 not found: manifest unknown: manifest unknown", "image-unavailable", NotFoundError),
    ('Get "https://a.example/v2/": dial tcp: lookup a.example: no such host', "image-unavailable", NotFoundError),
    ('Get "https://a.example/v2/": x509: signed by unknown authority', "image-unavailable", NotFoundError),
    ("no such image: A: invalid reference format: must be lowercase", "invalid-image-name", NotFoundError),
    ("No such image: x:latest", "unknown-image", NotFoundError),
    ("No such container: 0123", "unknown-container", NotFoundError),
    ("unable to find user ghost: no matching entries in passwd file", "image-user", StartError),
    ('OCI runtime create failed: exec: "a": executable file not found in $PATH', "image-program", StartError),
    ('invalid mount config for type "bind": bind source path does not exist: /x', "mount-denied", ToolError),
    ("something new", "docker", ToolError),
]


@pytest.mark.parametrize(("said", "code", "kind"), SAID, ids=lambda value: value if isinstance(value, str) else "")
def test_messages(said: str, code: str, kind: type[AzmlError]) -> None:
    error = explain_message(said, what="starting 'digits'", subject="base:1")
    assert (error.code, type(error)) == (code, kind)
    assert error.brief.startswith("starting 'digits': ")
    assert "{" not in error.brief
    assert error.remedy
    assert error.details
    assert "\n" not in error.brief


def test_a_build_fails_as_a_build() -> None:
    for said, code, kind in SAID:
        error = explain_message(said, what="building", build=True)
        assert (error.code, isinstance(error, BuildError)) == (code, kind is not NotFoundError)


def test_secrets_are_masked() -> None:
    error = explain_message('Get "https://me:hidden@registry.example/v2/": EOF', what="pulling")
    assert "hidden" not in "".join([*error.lines(), *error.details])


def test_exceptions_of_the_docker_package() -> None:
    with pytest.raises(NotFoundError) as missing, explained("looking", subject="base:1"):
        raise ImageNotFound("x", explanation="No such image: base:1")
    assert missing.value.code == "unknown-image"
    with pytest.raises(ToolError) as odd, explained("looking"):
        raise DockerException("odd")
    assert odd.value.code == "docker"
    with pytest.raises(ToolError) as plain, explained("looking"):
        raise APIError("no explanation\nin two lines")
    assert "in two lines" in plain.value.brief
    with pytest.raises(ToolError) as gone, explained("looking"):
        raise RequestsConnectionError("aborted", ConnectionResetError(104, "Connection reset by peer"))
    assert gone.value.code == "docker-gone"
    assert gone.value.brief == "looking: the Docker engine went away (Connection reset by peer)"
    with pytest.raises(KeyError), explained("looking"):
        raise KeyError("ours")
