"""Pulling an image from its registry, with progress; naming images that would do instead is left to the caller."""

from __future__ import annotations

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explain_message
from azml_magics.containers.pull_progress import PullProgress
from azml_magics.containers.streams import post_stream
from azml_magics.events import Emit, LogLine


def pull_image(
    connection: Connection, reference: str, *, platform: str | None = None, emit: Emit, cancel: Cancel
) -> None:
    """Pull ``reference``, a tag (``latest`` when none is given) or a digest, for ``platform`` (``linux/amd64``).

    Raises ``NotFoundError`` (``image-unavailable``) when the registry cannot be reached or has none, ``ToolError``
    (``disk-full``, ``docker-gone`` ...) and ``CancelledError``; the layers that were complete then stay on the engine.
    """
    from docker.auth import get_config_header, resolve_repository_name
    from docker.utils import parse_repository_tag

    repository, tag = parse_repository_tag(reference)
    registry, _ = resolve_repository_name(repository)
    header = get_config_header(connection.client.api, registry)
    what = f"pulling {reference}"
    progress = PullProgress()
    messages = post_stream(
        connection,
        "/images/create",
        what=what,
        subject=reference,
        cancel=cancel,
        params={"fromImage": repository, "tag": tag or "latest", **({"platform": platform} if platform else {})},
        headers={"X-Registry-Auth": header.decode()} if header else {},
    )
    emit(LogLine("builder", what))
    for message in messages:
        if "error" in message:
            raise explain_message(str(message["error"]), what=what, subject=reference)
        for line in progress.lines(message):
            emit(LogLine("builder", line))
