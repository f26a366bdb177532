"""As much of an editor's debugger as a test needs: messages of the Debug Adapter Protocol over a socket."""

from __future__ import annotations

import json
import socket
from types import TracebackType
from typing import Any


class DebugClient:
    """One connection to an adapter; ``events`` are those that came and were not waited for yet."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._events: list[dict[str, Any]] = []
        self._answers: dict[int, dict[str, Any]] = {}

    def __enter__(self) -> DebugClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()

    def send(self, command: str, **arguments: object) -> int:
        """Ask for something; the number is what :meth:`answer` waits for."""
        self._number += 1
        content = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(content).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return self._number

    def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        """Ask and wait."""
        return self.answer(self.send(command, **arguments))

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to the request of that number, which must have been granted."""
        while number not in self._answers:
            self._read()
        answer = self._answers.pop(number)
        assert answer["success"], answer
        return answer.get("body") or {}

    def wait_for(self, event: str) -> dict[str, Any]:
        """The next event of that name."""
        while True:
            for position, found in enumerate(self._events):
                if found["event"] == event:
                    return self._events.pop(position).get("body") or {}
            self._read()

    def _read(self) -> None:
        length = 0
        while line := self._stream.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name == b"Content-Length" else length
        if not length:
            raise ConnectionError("the adapter has closed the connection")
        message = json.loads(self._stream.read(length))
        if message["type"] == "event":
            self._events.append(message)
        elif message["type"] == "response":
            self._answers[message["request_seq"]] = message
