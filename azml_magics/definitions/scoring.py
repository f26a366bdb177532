"""``ScoringRequest`` and ``ScoringResponse``: one HTTP exchange as values; sending is left to ``scoring``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from azml_magics.errors import Frame


@dataclass(frozen=True)
class ScoringRequest:
    """What is posted to ``/score``: ``body`` as it goes over the wire, headers as the user gave them."""

    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    timeout_seconds: float = 60.0

    def header(self, name: str) -> str | None:
        """The value of a header, its name compared without case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class ScoringResponse:
    """The answer exactly as it came, with what the service log says about it when it is a server error.

    ``latency_ms`` is measured by the client, ``run_ms`` by the server around ``run()`` (``x-ms-run-fn-exec-ms``).
    ``traceback`` are the log lines of the failure, ``frames`` the user's own frames among them, innermost last.
    """

    service: str
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    latency_ms: float
    request_id: str
    run_ms: float | None = None
    traceback: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """True for a 2xx status."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as UTF-8, undecodable bytes replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> object:
        """The body parsed as JSON; ``ValueError`` when it is none."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The value of a response header, its name compared without case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Invocation(ScoringResponse):
    """The answer of a script that was run once, without a service; ``printed`` are the lines it printed.

    ``latency_ms`` is the whole run: packages loaded, ``init()`` and ``run()``.
    """

    printed: tuple[str, ...] = ()


def reason_phrase(status: int) -> str:
    """What the standard calls ``status``, empty for one that it does not know."""
    from http import HTTPStatus

    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
