"""Images by their names: what they hold (looked into once), pulled when they are not there."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explained
from azml_magics.containers.listing import list_tags
from azml_magics.containers.look import Look, look_into
from azml_magics.containers.looks import read_look, write_look
from azml_magics.containers.pull import pull_image
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import NotFoundError
from azml_magics.events import Emit

__all__ = ["ensure_image", "find_image", "get_image", "pull_image", "read_image_facts"]


def find_image(
    connection: Connection,
    reference: str,
    cache: Path,
    *,
    interpreter_path: str | None = None,
    cancel: Cancel | None = None,
) -> ImageFacts | None:
    """The facts of an image that is on the engine, by tag, digest or id; ``None`` when it is not there.

    Looked into once an image id and ``interpreter_path`` (the Python meant, a path or a name inside the image): what
    was seen is kept below ``cache``. Raises ``NotFoundError`` (``unknown-interpreter``) for an ``interpreter_path``
    that is not in it, ``ToolError`` (``wrong-architecture``, ``docker-gone`` ...) when it cannot be looked into.
    """
    inspected = inspect_image(connection, reference)
    if inspected is None:
        return None
    facts = read_image_facts(reference, inspected)
    look = read_look(cache, facts.image_id, interpreter_path)
    if look is None:
        look = look_into(
            connection,
            facts.image_id,
            reference=reference,
            interpreter_path=interpreter_path,
            cancel=cancel or Cancel(),
        )
        if interpreter_path and look.python is None:
            raise NotFoundError(
                f"image {reference} has no Python {interpreter_path} (3.7 or newer)",
                remedy="leave interpreter_path out to take the first of the usual places, or correct it",
                code="unknown-interpreter",
            )
        write_look(cache, facts.image_id, interpreter_path, look)
    return _with_look(facts, look)


def get_image(
    connection: Connection,
    reference: str,
    cache: Path,
    *,
    interpreter_path: str | None = None,
    cancel: Cancel | None = None,
) -> ImageFacts:
    """As :func:`find_image`; raises ``NotFoundError`` (``unknown-image``) with near names."""
    found = find_image(connection, reference, cache, interpreter_path=interpreter_path, cancel=cancel)
    if found is None:
        near = difflib.get_close_matches(reference, list_tags(connection), n=3)
        raise NotFoundError(
            f"there is no image {reference} on this engine",
            remedy="did you mean " + " or ".join(near) + "?" if near else f"docker pull {reference}, or docker images",
            code="unknown-image",
        )
    return found


def ensure_image(
    connection: Connection,
    reference: str,
    cache: Path,
    *,
    interpreter_path: str | None = None,
    emit: Emit,
    cancel: Cancel,
) -> ImageFacts:
    """The facts of an image, pulled when it is not on the engine; nothing is pulled, or even asked for, when it is.

    Raises what :func:`find_image` and :func:`~azml_magics.containers.pull.pull_image` raise.
    """
    found = find_image(connection, reference, cache, interpreter_path=interpreter_path, cancel=cancel)
    if found is None:
        pull_image(connection, reference, cache=cache, emit=emit, cancel=cancel)
        found = get_image(connection, reference, cache, interpreter_path=interpreter_path, cancel=cancel)
    return found


def inspect_image(connection: Connection, reference: str) -> dict[str, Any] | None:
    """What the engine says of an image without looking into it."""
    from docker.errors import ImageNotFound

    with explained(f"looking for image {reference}", subject=reference):
        try:
            return dict(connection.client.api.inspect_image(reference))  # type: ignore[no-untyped-call]  # its stub
        except ImageNotFound:
            return None


def read_image_facts(reference: str, inspected: Mapping[str, Any]) -> ImageFacts:
    """The facts that the engine itself knows; what only a look tells is as by default."""
    config: Mapping[str, Any] = inspected.get("Config") or {}
    digests = inspected.get("RepoDigests") or []
    variables = tuple(tuple(entry.split("=", 1)) for entry in config.get("Env") or ())
    return ImageFacts(
        reference=reference,
        image_id=inspected["Id"],
        architecture=inspected.get("Architecture") or "",
        os=inspected.get("Os") or "linux",
        digest=digests[0].partition("@")[2] if digests else None,
        size_bytes=inspected.get("Size") or 0,
        created=inspected.get("Created") or None,
        user=config.get("User") or "",
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        working_directory=config.get("WorkingDir") or "/",
        environment=variables,
        exposed_ports=tuple(sorted(config.get("ExposedPorts") or ())),
        labels=tuple(sorted((config.get("Labels") or {}).items())),
    )


def _with_look(facts: ImageFacts, look: Look) -> ImageFacts:
    """Both together; without a look's word the ids are what ``USER`` says where that is numbers."""
    user, _, group = facts.user.partition(":")
    seen = {name: value for name, value in asdict(look).items() if value is not None}
    ids = {"uid": int(user) if user.isdecimal() else 0, "gid": int(group) if group.isdecimal() else 0}
    return replace(facts, **{**ids, **seen, "packages": look.packages})
