"""The log of a container: from its engine as long as it is there, from what was kept after that."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.containers.connection import connect
from azml_magics.containers.failure import explained
from azml_magics.containers.streams import decoded_lines
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.engines.container_news import MARK, without_news
from azml_magics.errors import NotFoundError, ToolError
from azml_magics.system.files import write_stream
from azml_magics.system.logs import read_lines

if TYPE_CHECKING:
    from docker.models.containers import Container


#: About how many lines of news may be among the newest.
NEWS_LINES = 16


def read(endpoint: Endpoint, *, tail: int | None, follow: bool) -> Iterator[str]:
    """Lines as a user wants them; with ``follow`` until the container ends."""
    try:
        with explained(f"reading the log of {endpoint.service!r}", subject="its container"):
            container = connect().client.containers.get(str(endpoint.container))
            if tail is None:
                yield from without_news(decoded_lines(container.logs(stream=True, follow=follow)))
                return
            newest = _newest(container, tail)
            yield from (text for _, text in newest)
            if follow:
                yield from _later(container, newest[-1][0] if newest else "")
    except (ToolError, NotFoundError):
        yield from read_lines(endpoint.log_path, tail=tail)


def _newest(container: Container, count: int) -> list[tuple[str, str]]:
    """The last ``count`` lines with their times; news of ours are lines too, so a few more are asked for."""
    lines = decoded_lines([container.logs(tail=count + NEWS_LINES, timestamps=True)])
    return list(deque((line for line in map(_stamped, lines) if not line[1].startswith(MARK)), maxlen=count))


def _later(container: Container, stamp: str) -> Iterator[str]:
    """What follows the line of time ``stamp``, until the container ends; times sort as texts do."""
    since = datetime.fromisoformat(stamp[:19] + "+00:00") if stamp else None
    lines = decoded_lines(container.logs(stream=True, follow=True, timestamps=True, since=since))
    return without_news(text for when, text in map(_stamped, lines) if when > stamp)


def _stamped(line: str) -> tuple[str, str]:
    when, _, text = line.partition(" ")
    return when, text


def now() -> float:
    """The time for :func:`read_since`."""
    return time.time()


def read_since(endpoint: Endpoint, mark: float, *, limit: int) -> Sequence[str]:
    """The newest ``limit`` lines logged since ``mark``; none when the engine cannot be asked."""
    try:
        with explained(f"reading the log of {endpoint.service!r}", subject="its container"):
            container = connect().client.containers.get(str(endpoint.container))
            return list(deque(without_news(decoded_lines([container.logs(since=mark)])), maxlen=limit))
    except (ToolError, NotFoundError):
        return []


def keep(container: Container, path: Path) -> None:
    """Write the whole log to ``path``, in place of the part that was kept so far."""
    lines = without_news(decoded_lines(container.logs(stream=True, follow=False)))
    write_stream(path, (line.encode() + b"\n" for line in lines))
