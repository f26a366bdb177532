"""Pulling an image from its registry with progress, and what would do instead when that cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explain_message, explained
from azml_magics.containers.listing import list_images
from azml_magics.containers.looks import known_pythons
from azml_magics.containers.pull_progress import PullProgress
from azml_magics.containers.streams import post_stream
from azml_magics.errors import AzmlError, NotFoundError
from azml_magics.events import Emit, LogLine, Note
from azml_magics.events.pace import Pace
from azml_magics.plan.base_images import PLATFORM, find_base_image

#: So many images are offered instead of one that cannot be had.
OFFERS = 3


def pull_image(
    connection: Connection,
    reference: str,
    *,
    platform: str | None = None,
    cache: Path | None = None,
    emit: Emit,
    cancel: Cancel,
) -> None:
    """Pull ``reference``, a tag (``latest`` when none is given) or a digest, for ``platform`` (``linux/amd64``).

    Raises ``NotFoundError`` (``image-unavailable``) when its registry cannot be reached or does not have it, which
    offers images that are here (those with a Python, as far as looks into them are kept in ``cache``), ``ToolError``
    (``disk-full``, ``docker-gone`` ...) and ``CancelledError``; complete layers stay on the engine then.
    """
    entry = find_base_image(reference)
    if entry is not None and platform is None and f"linux/{connection.architecture}" != PLATFORM:
        platform = PLATFORM  # there is no other one of it
        emit(Note(f"{reference} exists for {PLATFORM} only: on this engine ({connection.architecture}) it is emulated"))
    try:
        _pull(connection, reference, platform, emit, cancel)
    except NotFoundError as error:
        if error.code != "image-unavailable":
            raise
        raise _unavailable(connection, reference, cache, error) from error


def _pull(connection: Connection, reference: str, platform: str | None, emit: Emit, cancel: Cancel) -> None:
    from docker.auth import get_config_header, resolve_repository_name
    from docker.utils import parse_repository_tag

    what = f"pulling {reference}"
    with explained(what, subject=reference):
        repository, tag = parse_repository_tag(reference)
        header = get_config_header(connection.client.api, resolve_repository_name(repository)[0])
    messages = post_stream(
        connection,
        "/images/create",
        what=what,
        subject=reference,
        cancel=cancel,
        params={"fromImage": repository, "tag": tag or "latest", **({"platform": platform} if platform else {})},
        headers={"X-Registry-Auth": header.decode()} if header else {},
    )
    progress, pace = PullProgress(), Pace(emit)
    emit(LogLine("builder", what))
    for message in messages:
        if "error" in message:
            raise explain_message(str(message["error"]), what=what, subject=reference)
        for line in progress.lines(message):
            emit(LogLine("builder", line))
        if (far := progress.progress(message)) is not None:
            pace.tell(far)
    pace.finish()


def _unavailable(connection: Connection, reference: str, cache: Path | None, error: AzmlError) -> NotFoundError:
    """``error`` with what can be done here and now."""
    entry = find_base_image(reference)
    retired = f"; it is retired since {entry.retired_since}" if entry and entry.retired_since else ""
    remedies = [f"take {entry.successor}" if entry and entry.successor else "check its name, the network, docker login"]
    offers = list(_offers(connection, cache))[:OFFERS]
    if offers:
        remedies.append(f"take an image that is here ({', '.join(offers)})")
        remedies.append("make a base from one: azml base build NAME --from IMAGE")
    return NotFoundError(
        error.brief + retired, remedy="; or ".join(remedies), code="image-unavailable", details=error.details
    )


def _offers(connection: Connection, cache: Path | None) -> Iterator[str]:
    """Images that are here: bases made here, then others that are known to hold a Python, then any to start from."""
    pythons = known_pythons(cache) if cache else {}
    images = [image for image in list_images(connection) if not image.is_output]
    bases = [image for image in images if image.base_names]
    known = [image for image in images if pythons.get(image.image_id) and image not in bases]
    yield from (image.base_names[0] for image in bases)
    yield from (f"{image.tags[0]} with Python {pythons[image.image_id]}" for image in known)
    yield from (image.tags[0] for image in images if image not in bases and image not in known)
