"""``Notifications``: the socket on which a service says that it is ready, and everything else worth waking up for."""

from __future__ import annotations

import json
import select
import shutil
import socket
import tempfile
from pathlib import Path
from types import TracebackType


class Notifications:
    """A datagram socket at ``path`` in a private directory; ``serving/notify.py`` writes to it.

    The directory is in the system's temporary one because a socket path may have no more than about 100 characters.
    """

    def __enter__(self) -> Notifications:
        self._directory = Path(tempfile.mkdtemp(prefix="azml-"))
        self.path = self._directory / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()
        shutil.rmtree(self._directory)

    def wait(self, timeout_seconds: float) -> dict[str, object] | None:
        """The next piece of news, or ``None`` when there was none in time."""
        readable, _, _ = select.select([self._socket], [], [], max(0.0, timeout_seconds))
        if not readable:
            return None
        news: dict[str, object] = json.loads(self._socket.recv(65536))
        return news

    def post(self, **news: object) -> None:
        """Wake :meth:`wait` from another thread of this process; after the end it does nothing."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            try:
                channel.sendto(json.dumps(news).encode(), str(self.path))
            except (FileNotFoundError, ConnectionRefusedError):
                return
