"""``--find-links`` directories of pip's own settings as an image that builds mount: sent once, part of nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from azml_magics.build.tar_stream import stream_tar, written_entry
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explain_message
from azml_magics.containers.images import inspect_image
from azml_magics.containers.streams import post_stream
from azml_magics.definitions import labels
from azml_magics.definitions.digest import digest_of
from azml_magics.events import Emit, LogLine

NAME = "azureml/find-links"
#: What tells it from other images.
DOCKERFILE = ".azml.Dockerfile"


def make_links_image(connection: Connection, directories: Sequence[Path], *, emit: Emit, cancel: Cancel) -> str:
    """The name of an image that holds the files of the n-th directory in ``/n``; ``""`` when there are none.

    Made once for equal names, sizes and times of change. Raises what the engine's failures mean.
    """
    files = {
        f"{number}/{path.name}": path
        for number, directory in enumerate(directories)
        for path in sorted(directory.iterdir())
        if path.is_file()
    }
    if not files:
        return ""
    stamps = {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in files.items()}
    tag = f"{NAME}:{digest_of(stamps)[:12]}"
    if inspect_image(connection, tag) is not None:
        return tag
    emit(LogLine("builder", f"sending {len(files)} files of pip's find-links to the engine"))
    entries = {f"links/{name}": written_entry(path) for name, path in files.items()}
    entries[DOCKERFILE] = written_entry(b"FROM scratch\nCOPY links /\n")
    what = "sending pip's find-links to the engine"
    messages = post_stream(
        connection,
        "/build",
        what=what,
        subject=tag,
        cancel=cancel,
        params={
            "dockerfile": DOCKERFILE,
            "rm": "1",
            "forcerm": "1",
            "t": tag,
            "labels": json.dumps({labels.FIND_LINKS: "1"}),
        },
        headers={"Content-Type": "application/x-tar"},
        body=stream_tar(entries, cancel=cancel),
    )
    for message in messages:
        if "error" in message:
            raise explain_message(str(message["error"]), what=what, subject=tag, build=True)
    return tag
