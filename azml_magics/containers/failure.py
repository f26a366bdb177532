"""What went wrong at the Docker engine, in one sentence and with a remedy; its own words are kept as details."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from azml_magics.containers.unreachable import short_cause
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import AzmlError, BuildError, NotFoundError, PortError, StartError, ToolError


@dataclass(frozen=True)
class Cause:
    """``pattern`` in the engine's message -> what is wrong and what to do.

    ``brief`` and ``remedy`` may use the pattern's named groups, ``{what}``, ``{subject}`` (the image or container
    meant) and ``{said}``, the message in one line.
    """

    code: str
    kind: type[AzmlError]
    pattern: str
    brief: str
    remedy: str


#: The first one that is found counts: what explains another one's words stands before it.
CAUSES: tuple[Cause, ...] = (
    Cause(
        "disk-full",
        ToolError,
        r"no space left on device|disk quota exceeded",
        "{what}: the engine's disk is full",
        "free some space: azml prune, docker system df",
    ),
    Cause(
        "wrong-architecture",
        ToolError,
        r"exec format error|does not match the specified platform|no matching manifest for (?P<platform>\S+)",
        "{what}: {subject} is made for another processor than this engine has",
        "take an image for this processor, or let the engine emulate the other one (binfmt, QEMU)",
    ),
    Cause(
        "gpu-unavailable",
        StartError,
        r"could not select device driver|nvidia-container-cli|unknown or invalid runtime name: nvidia",
        "{what}: the engine has no GPU to give ({said})",
        "leave --gpus out, or install the NVIDIA container toolkit",
    ),
    Cause(
        "port-taken",
        PortError,
        r"port is already allocated|address already in use|ports are not available",
        "{what}: the port is taken ({said})",
        "choose another --port, or leave it out for a free one",
    ),
    Cause(
        "invalid-image-name",
        NotFoundError,
        r"invalid reference format|invalid repository name|repository name must be",
        "{what}: {subject} is no name of an image",
        "write NAME:TAG in lower case",
    ),
    Cause(
        "image-unavailable",
        NotFoundError,
        r"pull access denied|manifest for \S+ not found|manifest unknown|repository \S+ not found|name unknown"
        r"|denied: |unauthorized|authentication required|toomanyrequests|(?:Get|Head) \"?https?://\S+: "
        r"|failed to resolve (?:source metadata|reference)",
        "{what}: {subject} is not on this engine and its registry gives none ({said})",
        "check the name, the network and docker login",
    ),
    Cause(
        "unknown-image",
        NotFoundError,
        r"no such image",
        "{what}: there is no image {subject}",
        "docker images lists them",
    ),
    Cause(
        "unknown-container",
        NotFoundError,
        r"no such container",
        "{what}: the container is not there any more",
        "deploy it again",
    ),
    Cause(
        "image-user",
        StartError,
        r"unable to find (?:user|group) (?P<user>\S+?):|no matching entries in passwd file",
        "{what}: {subject} has a user that is not in its /etc/passwd ({said})",
        "correct USER in its Dockerfile",
    ),
    Cause(
        "image-program",
        StartError,
        r"exec: \"?(?P<program>[^\":]+)\"?: (?:stat|executable file not found|permission denied|is a directory)",
        "{what}: {subject} has no program {program}",
        "correct ENTRYPOINT or CMD in its Dockerfile",
    ),
    Cause(
        "mount-denied",
        ToolError,
        r"(?:mounts denied|is not shared from the host|bind source path does not exist)",
        "{what}: the engine cannot see a directory of this machine ({said})",
        "share it with the engine (Docker Desktop: Settings, Resources, File sharing)",
    ),
)


@contextmanager
def explained(what: str, *, subject: str = "the image") -> Iterator[None]:
    """Turn what the docker package raises inside into the ``AzmlError`` it means.

    ``what`` is what was being done (``starting 'digits'``), ``subject`` the image or container it was done with.
    """
    from docker.errors import DockerException
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (DockerException, RequestException, HTTPError) as error:
        raise explain(error, what=what, subject=subject) from error


def explain(error: Exception, *, what: str, subject: str = "the image") -> AzmlError:
    """The ``AzmlError`` for an error of the docker package or of the connection below it."""
    from docker.errors import APIError

    if isinstance(error, APIError):
        return explain_message(str(error.explanation or error), what=what, subject=subject)
    from docker.errors import DockerException

    if isinstance(error, DockerException):
        return explain_message(str(error), what=what, subject=subject)
    return ToolError(
        f"{what}: the Docker engine went away ({short_cause(error)})",
        remedy="start it again and repeat this; docker version tells whether it answers",
        code="docker-gone",
    )


def explain_message(message: str, *, what: str, subject: str = "the image", build: bool = False) -> AzmlError:
    """The error for what the engine said, in an answer or inside a stream; with ``build`` it is a ``BuildError``."""
    said = one_line(message)
    for cause in CAUSES:
        found = re.search(cause.pattern, said, re.IGNORECASE)
        if found:
            words = {**found.groupdict(), "what": what, "subject": subject, "said": said}
            kind = BuildError if build and cause.kind is not NotFoundError else cause.kind
            return kind(cause.brief.format(**words), remedy=cause.remedy, code=cause.code, details=[said])
    kind = BuildError if build else ToolError
    return kind(
        f"{what}: {said}", remedy="docker info and the engine's own log tell more", code="docker", details=[said]
    )


def one_line(message: str) -> str:
    """The engine's words without line ends and credentials, and without what is said of every error."""
    text = " ".join(mask_credentials(message).split())
    return text.removeprefix("Error response from daemon: ").removeprefix("failed to create shim task: ")
