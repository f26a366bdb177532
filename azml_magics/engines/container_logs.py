"""The log of a container: from its engine as long as it is there, from what was kept after that."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docker.errors import DockerException

from azml_magics.containers.connection import connect
from azml_magics.containers.failure import explained
from azml_magics.containers.streams import decoded_lines
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.engines.container_news import MARK, without_news
from azml_magics.errors import AzmlError, NotFoundError, ToolError
from azml_magics.system.files import write_stream
from azml_magics.system.logs import LineSplitter, read_lines

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.types import CancellableStream


#: About how many lines of news may be among the newest.
NEWS_LINES = 16
#: Of a log that is there already at most so many lines are followed.
FOLLOWED_LINES = 200_000


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


class FollowedLog:
    """The log of a container from ``since`` (seconds of the epoch) on while it grows, in blocks of lines.

    Iterating lasts until the container ends or :meth:`close` is called from any thread; nothing is raised then.
    """

    def __init__(self, endpoint: Endpoint, *, since: float | None = None) -> None:
        self._endpoint = endpoint
        self._since = since
        self._lock = threading.Lock()
        self._stream: CancellableStream[bytes] | None = None
        self._closed = False

    def close(self) -> None:
        """End the iteration."""
        with self._lock:
            self._closed = True
            if self._stream is not None:
                with suppress(Exception):  # of a connection that is gone
                    self._stream.close()

    def __iter__(self) -> Iterator[list[tuple[float, str]]]:
        """Lines with their times; long ones are cut."""
        try:
            yield from self._blocks()
        except (AzmlError, DockerException, OSError, ValueError):  # the connection was closed, or the engine has gone
            return

    def _blocks(self) -> Iterator[list[tuple[float, str]]]:
        splitter = LineSplitter(is_clipped=True)
        with explained(f"reading the log of {self._endpoint.service!r}", subject="its container"):
            container = connect().client.containers.get(str(self._endpoint.container))
            options: dict[str, Any] = {} if self._since is None else {"since": self._since}
            stream = container.logs(stream=True, follow=True, timestamps=True, tail=FOLLOWED_LINES, **options)
        with self._lock:
            if self._closed:
                stream.close()
                return
            self._stream = stream
        for chunk in stream:
            yield _timed(splitter.feed(chunk))
        yield _timed(splitter.rest())


def _timed(lines: Iterable[str]) -> list[tuple[float, str]]:
    stamped = (_stamped(line) for line in lines)
    return [(_seconds(when), text) for when, text in stamped if not text.startswith(MARK)]


def _seconds(stamp: str) -> float:
    """Of a time as the engine writes it (``2026-11-21T20:36:03.900000000Z``)."""
    try:
        return datetime.fromisoformat(stamp[:26].rstrip("Z") + "+00:00").timestamp()
    except ValueError:
        return 0.0
