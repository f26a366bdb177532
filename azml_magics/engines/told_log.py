"""What a service logs while it starts or reloads, as events; reading logs later is left to the engines' ``logs``."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from azml_magics.definitions.server_log import ServerState, classify_server_line
from azml_magics.events import Emit, LogLine
from azml_magics.system.logs import LOOK_AGAIN_SECONDS, GrowingLog


class ServerNews:
    """Emits the lines of one log in their order, each with whose it is.

    ``tells_requests`` is false while a service goes on answering: what that logs is no news of a reload.
    """

    def __init__(self, emit: Emit, *, tells_requests: bool = True) -> None:
        self._emit = emit
        self._tells_requests = tells_requests
        self._state = ServerState()

    def tell(self, line: str) -> None:
        """Emit what ``line``, the next one, says; its time stamp is left to those who show when it came."""
        read, self._state = classify_server_line(line, self._state)
        if self._tells_requests or read.source != "request":
            self._emit(LogLine(read.source, read.message))


@contextmanager
def told_log(path: Path, emit: Emit, *, tells_requests: bool = True) -> Iterator[None]:
    """While the block runs, what is appended to ``path`` is emitted as it comes, and all of it before the block ends.

    When the block raises, the last line is told too where it has no end: nothing more will come. What ``emit`` raises
    on the way is raised at the end of a block that succeeded.
    """
    log = GrowingLog(path, path.stat().st_size if path.exists() else 0)
    news = ServerNews(emit, tells_requests=tells_requests)
    follower = _Follower(log.read, news.tell)
    try:
        yield
    except BaseException:
        follower.end()
        for line in log.rest():
            news.tell(line)
        raise
    follower.end()
    if follower.failure is not None:
        raise follower.failure


class _Follower:
    """Reads again and again on a thread of its own, in a copy of the caller's context, and once more at the end."""

    def __init__(self, read: Callable[[], Iterable[str]], tell: Callable[[str], None]) -> None:
        self._read = read
        self._tell = tell
        self._ended = threading.Event()
        self.failure: Exception | None = None
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=lambda: context.run(self._follow), name="azml-told-log", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Tell what has come until now; nothing is told after this."""
        self._ended.set()
        self._thread.join()
        self._tell_new()

    def _follow(self) -> None:
        while not self._ended.wait(LOOK_AGAIN_SECONDS):
            self._tell_new()

    def _tell_new(self) -> None:
        if self.failure is None:
            try:
                for line in self._read():
                    self._tell(line)
            except Exception as failure:
                self.failure = failure
