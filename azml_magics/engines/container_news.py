"""``ContainerNews``: a container's log as it grows, the news of the service among its lines, and its end."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from azml_magics.containers.streams import decoded_lines
from azml_magics.engines import RECENT_LINES
from azml_magics.system.logs import clip_line

if TYPE_CHECKING:
    from docker.models.containers import Container

#: Begins the lines that ``serving/notify.py`` writes.
MARK = "azml-notify "


class ContainerNews:
    """Follows the log from now on (or from its start); a ``News`` for :mod:`azml_magics.engines.readiness`.

    ``word`` is the one that marks this caller's news; ``on_line`` gets every line that is no news, in a thread of ours
    and never after the end of the block.
    """

    def __init__(
        self, container: Container, word: str, *, from_start: bool, on_line: Callable[[str], None] = lambda _line: None
    ) -> None:
        self._container = container
        self._word = word
        self._from_start = from_start
        self._on_line = on_line
        self._lock = threading.Lock()
        self._left = False
        self._news: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self.lines: deque[str] = deque(maxlen=RECENT_LINES)

    def __enter__(self) -> ContainerNews:
        tail: Literal["all"] | int = "all" if self._from_start else 0
        # The answer's head comes when the engine has begun to follow, so nothing that is logged from now on is missed.
        self._stream = self._container.logs(stream=True, follow=True, tail=tail)
        self._thread = threading.Thread(target=self._read, name="azml-container-log", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._left = True
        self._stream.close()

    def wait(self, timeout_seconds: float) -> dict[str, object] | None:
        """The next piece of news, or ``None`` when there was none in time."""
        deadline = time.monotonic() + timeout_seconds
        try:
            return self._news.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None

    def post(self, **news: object) -> None:
        """Wake :meth:`wait` from another thread."""
        self._news.put(news)

    def _read(self) -> None:
        from docker.errors import DockerException
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        try:
            seen = 0
            for line in decoded_lines(self._stream):
                self._take(line)
                seen += 1
            if self._left:
                return
            end = self._end()
            if self._from_start:
                # An engine may stop following a moment before the last lines of a program that has ended.
                for line in list(decoded_lines([self._container.logs()]))[seen:]:
                    self._take(line)
            self._news.put(end)
        except (DockerException, RequestException, HTTPError, OSError, ValueError) as error:
            # Closed by us, or the engine has gone: whoever waits still learns that nothing more will come.
            self._news.put({"state": "exited", "code": -1, "reason": str(error)})

    def _take(self, line: str) -> None:
        with self._lock:
            if not self._left:
                self._tell(line)

    def _tell(self, line: str) -> None:
        news = read_news(line, self._word)
        if news is not None:
            self._news.put(news)
        elif not line.startswith(MARK):
            self.lines.append(clip_line(line))
            self._on_line(line)

    def _end(self) -> dict[str, object]:
        """How the container ended; the log may end before the engine has noticed, hence the waiting."""
        code = self._container.wait(timeout=30)["StatusCode"]
        self._container.reload()
        return {
            "state": "exited",
            "code": code,
            "out_of_memory": bool(self._container.attrs["State"].get("OOMKilled")),
        }


def read_news(line: str, word: str) -> dict[str, object] | None:
    """What a marked line says, or ``None`` for a line of another kind (or with a word that is not ours)."""
    prefix = f"{MARK}{word} "
    if not line.startswith(prefix):
        return None
    news = json.loads(line[len(prefix) :])
    return news if isinstance(news, dict) else None


def without_news(lines: Iterable[str]) -> Iterator[str]:
    """The lines a user wants to see."""
    return (line for line in lines if not line.startswith(MARK))
