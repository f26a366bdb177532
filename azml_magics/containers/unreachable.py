"""Why no Docker engine answers, in one sentence and with a remedy; trying is left to ``connection``."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ssl import SSLError
from typing import Literal

from azml_magics.containers.addresses import EngineAddress
from azml_magics.errors import ToolError

Outcome = Literal["absent", "denied", "refused", "failed"]

#: Outcome -> its words, and what can be done; the first one that happened decides about the remedy.
WORDS: dict[Outcome, str] = {
    "denied": "permission denied",
    "refused": "nobody answers there",
    "failed": "failed",
    "absent": "absent",
}
REMEDIES: dict[Outcome, str] = {
    "denied": "let your user in: sudo usermod -aG docker $USER, then log in again",
    "refused": "start the engine: sudo systemctl start docker, or Docker Desktop",
    "failed": "docker version tells more; another engine can be named with DOCKER_HOST",
    "absent": "install and start Docker (or Podman with its socket), or name the engine with DOCKER_HOST",
}


@dataclass(frozen=True)
class Attempt:
    """One address that was tried, and in ``text`` what came of it where that is more than ``outcome`` says."""

    address: EngineAddress
    outcome: Outcome
    text: str = ""

    def __str__(self) -> str:
        return f"{self.address.url} ({self.text or WORDS[self.outcome]})"


def outcome_of(address: EngineAddress, error: Exception) -> Attempt:
    """What ``error`` means, raised by an attempt to reach ``address``."""
    # The numbers of TLS errors are OpenSSL's own.
    numbers = {cause.errno for cause in causes(error) if isinstance(cause, OSError) and not isinstance(cause, SSLError)}
    if numbers & {errno.ENOENT, errno.ENOTDIR}:
        return Attempt(address, "absent")
    if numbers & {errno.EACCES, errno.EPERM}:
        return Attempt(address, "denied")
    if errno.ECONNREFUSED in numbers:
        return Attempt(address, "refused")
    if "paramiko" in str(error):
        return Attempt(address, "failed", "paramiko is needed for ssh: pip install azml_magics[ssh]")
    if "HTTPS server" in str(error):
        return Attempt(address, "failed", "it wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH")
    return Attempt(address, "failed", short_cause(error))


def short_cause(error: BaseException) -> str:
    """The innermost message of ``error`` in one line: what is around it repeats it."""
    *_, last = causes(error)
    text = (last.strerror if isinstance(last, OSError) and last.strerror else str(last)) or type(last).__name__
    return " ".join(text.split())[:300]


def causes(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what is behind it, innermost last; urllib3 and requests keep that in three different places."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        inner = [value for value in (getattr(current, "reason", None), *current.args) if isinstance(value, Exception)]
        current = inner[0] if inner else current.__cause__ or current.__context__


def unavailable(attempts: Sequence[Attempt]) -> ToolError:
    """The error after every attempt failed."""
    chosen = attempts[0].address.chosen_by
    tried = [str(attempt) for attempt in attempts if attempt.outcome != "absent"]
    absent = [attempt.address.url for attempt in attempts if attempt.outcome == "absent"]
    if chosen:
        brief = f"the Docker engine chosen with {chosen} does not answer: {attempts[0]}"
    else:
        parts = [*tried, *(["absent: " + ", ".join(absent)] if absent else [])]
        brief = "no Docker engine answers: " + "; ".join(parts)
    outcome = next(outcome for outcome in REMEDIES if any(attempt.outcome == outcome for attempt in attempts))
    remedy = REMEDIES[outcome]
    if chosen:
        remedy = f"start it, or choose another one ({chosen})" if outcome in ("absent", "refused") else remedy
    return ToolError(
        brief, remedy=remedy, details=[f"tried {attempt}" for attempt in attempts], code="docker-unavailable"
    )
