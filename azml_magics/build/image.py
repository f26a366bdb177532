"""Images out of Dockerfiles: which builder makes one, and the lock that lets equal builds happen once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.events import Emit
from azml_magics.system.container_pip import PipFiles

Builder = Literal["auto", "buildkit", "classic"]


def build_image(
    dockerfile: str,
    tag: str,
    files: Mapping[str, bytes | Path],
    *,
    connection: Connection,
    labels: Mapping[str, str],
    emit: Emit,
    cancel: Cancel,
    context_directory: Path | None = None,
    builder: Builder = "auto",
    pip: PipFiles | None = None,
) -> str:
    """Build ``dockerfile`` as ``tag``; returns the image's id (``sha256:...``).

    ``files`` (path in the context -> content) are added to ``context_directory``, whose ``.dockerignore`` and
    ``.amlignore`` are honoured. ``pip`` reaches every step that runs pip and stays in no layer. Whatever ends
    it, nothing unfinished is left. Raises ``BuildError`` and ``CancelledError``.
    """
    raise NotImplementedError
