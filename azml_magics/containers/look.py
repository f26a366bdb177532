"""Looking into an image by running a small probe in a container of it; keeping what was seen is left to ``images``."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import ANSWER_SECONDS, Connection
from azml_magics.containers.failure import explain_message, explained
from azml_magics.definitions import labels
from azml_magics.errors import AzmlError, ToolError

LOOK_SECONDS = 60
#: What runs inside: in its Python, and in a shell that looks for one.
PROBES = (Path(__file__).with_name("probe.py"), Path(__file__).with_name("probe.sh"))
#: On every container that is only there to look into an image, so that a forgotten one can be told from a service; its
#: value is the process that looks.
MARK, SHELL_MARK = "azml-probe ", "azml-shell "
#: Where the shell of an image is, or its Python when it has no shell.
SHELL = "/bin/sh"
PYTHONS = ("python3", "python")
CONFLICT = 409


@dataclass(frozen=True)
class Look:
    """What was seen; fields as in ``ImageFacts``."""

    uid: int | None = None
    gid: int | None = None
    home: str | None = None
    operating_system: str = ""
    has_runit: bool = False
    python: str | None = None
    python_version: str | None = None
    libc: str | None = None
    externally_managed: bool = False
    packages: tuple[tuple[str, str], ...] = ()
    conda: str | None = None


def look_into(
    connection: Connection, image_id: str, *, reference: str, interpreter_path: str | None, cancel: Cancel
) -> Look:
    """What ``image_id`` holds; an image without a Python (or without ``interpreter_path``) gives a look without one.

    The container has no network, no rights and no writable file but ``/tmp``, lives :data:`LOOK_SECONDS` at most and
    is removed whatever happens. Raises ``ToolError`` (``wrong-architecture``, ``look-timeout``) and
    ``CancelledError``.
    """
    script, shell = (path.read_text(encoding="utf-8") for path in PROBES)
    commands = [[SHELL, "-c", shell, SHELL, script, interpreter_path or ""]]
    commands += [[python, "-c", script] for python in ([interpreter_path] if interpreter_path else PYTHONS)]
    for command in commands:
        lines = _run(connection, image_id, command, reference, cancel)
        if lines is not None:
            return parse_look(lines)
    return Look()


def parse_look(lines: Sequence[str]) -> Look:
    """The look behind what a probe printed; what an image's own programs print around it does not matter."""
    seen: dict[str, Any] = {}
    for line in lines:
        if line.startswith(SHELL_MARK):
            name, _, value = line.removeprefix(SHELL_MARK).partition("=")
            if name in ("uid", "gid"):
                seen[name] = int(value) if value.isdecimal() else None
            elif name == "conda":
                seen[name] = value or None
            else:
                seen[name] = bool(value) if name == "has_runit" else value
        elif line.startswith(MARK):
            seen = json.loads(line.removeprefix(MARK))
            seen["packages"] = tuple((str(name), str(version)) for name, version in seen["packages"])
    return Look(**seen)


def _run(
    connection: Connection, image_id: str, command: Sequence[str], reference: str, cancel: Cancel
) -> list[str] | None:
    """The lines ``command`` prints in a container of the image; ``None`` when there is no such program in it."""
    what = f"looking into {reference}"
    late = threading.Event()
    try:
        with explained(what, subject=reference), _probe_container(connection, image_id, command) as container:
            text = _output(connection, container, late, cancel)
    except AzmlError as error:
        cancel.check(what)  # a container that is removed before it started is no failure of its own
        if error.code == "image-program":
            return None
        if not late.is_set():
            raise
    cancel.check(what)
    if late.is_set():
        raise ToolError(
            f"{what}: no answer within {LOOK_SECONDS} seconds",
            remedy="try it by hand: docker run --rm --entrypoint python IMAGE --version",
            code="look-timeout",
        )
    lines = text.splitlines()
    if any(line.startswith((MARK, SHELL_MARK)) for line in lines):
        return lines
    if "exec format error" in text:
        raise explain_message(text, what=what, subject=reference)
    raise ToolError(
        f"{what}: its Python or shell does not run",
        remedy="try it by hand: docker run --rm --entrypoint python IMAGE --version",
        code="look-failed",
        details=lines[-20:],
    )


def _output(connection: Connection, container: str, late: threading.Event, cancel: Cancel) -> str:
    """Start the container and take what it prints until it ends, is cancelled or takes too long (``late``)."""

    def end() -> None:
        with contextlib.suppress(AzmlError), explained("ending a look"):
            _remove(connection, container)

    def end_late() -> None:
        late.set()
        end()

    api = connection.client.api
    output = api.attach(container, stdout=True, stderr=True, stream=True, logs=False)
    timer = threading.Timer(LOOK_SECONDS, end_late)
    timer.daemon = True
    remove_hook = cancel.add_hook(end)
    timer.start()
    try:
        api.start(container)
        return b"".join(output).decode(errors="replace")
    finally:
        timer.cancel()
        remove_hook()


@contextlib.contextmanager
def _probe_container(connection: Connection, image_id: str, command: Sequence[str]) -> Iterator[str]:
    """A created container that nothing can come out of; the engine removes it itself should we be killed."""
    api = connection.client.api
    container = api.create_container(
        image_id,
        entrypoint=list(command[:1]),
        command=list(command[1:]),
        working_dir="/",
        environment={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"},
        labels={labels.PROBE: str(os.getpid())},
        healthcheck={"test": ["NONE"]},
        host_config=api.create_host_config(
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/tmp": ""},  # noqa: S108  # the container's own
            pids_limit=64,
            auto_remove=True,
        ),
    )["Id"]
    try:
        yield container
    finally:
        _remove(connection, container)


def _remove(connection: Connection, container: str) -> None:
    """Remove it and wait until it is gone, so that its image can be removed too."""
    from docker.errors import APIError, NotFound
    from requests import RequestException

    api = connection.client.api
    with contextlib.suppress(NotFound):
        try:
            api.remove_container(container, force=True, v=True)
        except APIError as error:
            if error.status_code != CONFLICT:
                raise
            # It ended, and the engine is removing it already.
            with contextlib.suppress(RequestException):
                api.wait(container, timeout=ANSWER_SECONDS, condition="removed")
