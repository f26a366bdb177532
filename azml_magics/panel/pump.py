"""``Pump``: the one channel to the page: what changed, in few messages; what there is to tell is left to others."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

from azml_magics.panel.log_feed import LogFeed

#: Messages a second at most; the first one after a pause goes at once.
MESSAGES_PER_SECOND = 12
#: Of the log in one message, so that the page is never busy for long.
MESSAGE_LINES = 8_000
MESSAGE_BYTES = 1_000_000
#: How long the thread may take to end.
JOIN_SECONDS = 5.0
#: When everything is sent again to a page that has not said anything, counted from the first message. While a cell
#: runs some kernels do not hear the page, and what is sent before its program is loaded is lost.
REPEAT_SECONDS = (1.0, 4.0)

Message: TypeAlias = dict[str, object]
Send: TypeAlias = Callable[[Message, list[bytes]], None]


class Subject(Protocol):
    """What a panel shows, as the pump sees it."""

    @property
    def feed(self) -> LogFeed:
        """The log."""
        ...

    def take_news(self) -> bool:
        """Take in what happened since; True when there is more to take."""
        ...

    def state(self) -> Message:
        """All but the log, JSON-ready."""
        ...


class Pump:
    """Sends from a thread of its own; with ``threaded=False`` only whoever calls :meth:`pulse` sends (Colab)."""

    def __init__(self, subject: Subject, send: Send, *, threaded: bool = True) -> None:
        self._subject = subject
        self._send = send
        self._threaded = threaded
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._lock = threading.RLock()
        self._replies: list[Message] = []
        self._known_state: Message | None = None
        self._feed = ""
        self._sent = 0
        self._reset = True
        self._last = 0.0
        self._repeats: list[float] = []
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send; the thread has the caller's context, which some kernels find the page through."""
        self._repeats = [time.monotonic() + seconds for seconds in REPEAT_SECONDS]
        if self._threaded and self._thread is None:
            context = contextvars.copy_context()
            self._thread = threading.Thread(target=lambda: context.run(self._run), name="azml-panel", daemon=True)
            self._thread.start()
            self._wake.set()

    @property
    def threaded(self) -> bool:
        """Whether threads reach the page."""
        return self._threaded

    def wake(self, *_: object) -> None:
        """Something may have changed; from any thread."""
        self._wake.set()

    def reply(self, ask: object, **outcome: object) -> None:
        """Answer request ``ask`` of the page: ``ok`` with ``value`` or ``error``, or ``progress``."""
        with self._lock:
            self._replies.append({"id": ask, **outcome})
        self._wake.set()

    def send_again(self, feed: object, have: object) -> None:
        """A page has the state not yet, and of log ``feed`` the lines before number ``have``."""
        with self._lock:
            self._repeats = []
            self._known_state = None
            follows = feed == self._subject.feed.name and isinstance(have, int)
            self._sent = min(self._sent, have) if follows and isinstance(have, int) else 0
            self._reset = not follows
        self._wake.set()

    def pulse(self) -> None:
        """Send what there is, unless something was sent just now."""
        with self._lock:
            if self._until_repeat() == 0.0:
                self._repeat()
            if time.monotonic() - self._last >= 1 / MESSAGES_PER_SECOND:
                self._send_news()

    def flush(self) -> None:
        """Send everything there is."""
        with self._lock:
            while self._send_news():
                pass

    def close(self) -> None:
        """End the thread; nothing is sent after that."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        while True:
            if not self._wake.wait(self._until_repeat()):
                with self._lock:
                    self._repeat()
            if self._closed.is_set():
                return
            self._wake.clear()
            with self._lock:
                if self._send_news():
                    self._wake.set()
            # What comes meanwhile goes with the next message.
            if self._closed.wait(1 / MESSAGES_PER_SECOND):
                return

    def _until_repeat(self) -> float | None:
        repeats = self._repeats
        return max(0.0, repeats[0] - time.monotonic()) if repeats else None

    def _repeat(self) -> None:
        if self._repeats:
            del self._repeats[0]
            self._known_state, self._sent = None, self._subject.feed.first

    def _send_news(self) -> bool:
        """One message, if there is anything to tell; True when there may be more."""
        more = self._subject.take_news()
        message: Message = {}
        buffers: list[bytes] = []
        feed = self._subject.feed
        if feed.name != self._feed:
            self._feed, self._sent, self._reset = feed.name, 0, True
        state = self._subject.state()
        if state != self._known_state:
            self._known_state = state
            message["state"] = {**state, "now": round(time.time(), 3)}
        lines = feed.read(self._sent, count=MESSAGE_LINES, size=MESSAGE_BYTES)
        if lines is not None:
            log: Message = {"feed": feed.name, "at": lines.at, "count": lines.count}
            if self._reset or lines.at != self._sent:  # what is between cannot be had any more
                log["reset"] = True
                self._reset = False
            message["log"] = log
            buffers.append(lines.content)
            self._sent = lines.at + lines.count
        if self._replies:
            message["replies"], self._replies = self._replies, []
        if message:
            self._last = time.monotonic()
            self._send({"op": "news", **message}, buffers)
        return more or self._sent < feed.end
