"""Whose a line of a service's log is, and when it was written; reading logs is left to ``engines`` and ``system``.

A log is the output of one start script, one gunicorn and its workers, in one stream. Records name the process they come
from and its logger (AZUREML.md 1.11); what a script writes raw names nothing, and is attributed to what was said last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from azml_magics.definitions.user_traceback import LOG_LINE

ServerSource: TypeAlias = Literal["server", "init", "request"]

#: ``print()`` of a script goes through this logger.
PRINT_LOGGER = "azmlinfsrv.print"
#: Loggers of the server (AZUREML.md 1.11).
SERVER_LOGGERS = frozenset(
    {
        "azmlinfsrv",
        "azmlinfsrv.user_script",
        "azmlinfsrv.swagger",
        "azmlinfsrv.trace",
        "gunicorn.error",
        "gunicorn.access",
    }
)
#: The last thing a worker says before it loads the script.
LOADING = "Starting up app insights client"

#: A record of the server's log: its time, level, process and logger; the message follows.
RECORD = re.compile(LOG_LINE.pattern + r"(?P<logger>\S+) - ")
#: The start script's own lines, and gunicorn's where the server did not set up its logging (yet).
_START_SCRIPT = re.compile(
    r"(?P<time>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](?P<fraction>\d{1,9}))?(?P<zone>[+-]\d{2}:\d{2}|Z)? \| "
)
_PLAIN_GUNICORN = re.compile(
    r"\[(?P<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})(?P<fraction>) (?P<zone>[+-]\d{4})\] \[\d+\] \[[A-Z]+\] "
)
#: What a package of the server prints raw, whatever other workers do meanwhile.
_SERVER_PRINTS = frozenset({"Initializing logger"})
_BEGINS = (LOADING, "Found user script at ", "Invoking user's init function")
_ANSWERED = re.compile(r"[A-Z]+ \S+ \d{3} [\d.]+ms ")
_WORKER_GONE = re.compile(r"Worker (?:exiting )?\((?:pid: ?)?(\d+)|Worker with pid (\d+) was terminated")
_NO_WORKERS: Mapping[str, ServerSource] = MappingProxyType({})


class ServerLine(NamedTuple):
    """One line: ``text`` as it stands in the log, ``time`` in seconds since the epoch where the line says it.

    ``message`` is for whoever shows the time beside it: a ``print()`` as the script wrote it, other records without
    their time.
    """

    source: ServerSource
    text: str
    time: float | None
    message: str


class ServerState(NamedTuple):
    """What the lines so far say; ``ServerState()`` before the first one.

    ``zone`` is where records were written, ``None`` for here (a container's clock is usually UTC). ``workers`` are the
    processes that have begun to load the script and what their own lines belong to; ``last`` is what raw lines below
    the newest record belong to, whatever ``workers`` do, and ``None`` when they may be anybody's.
    """

    zone: tzinfo | None = None
    workers: Mapping[str, ServerSource] = _NO_WORKERS
    last: ServerSource | None = "server"


def classify_server_line(line: str, state: ServerState) -> tuple[ServerLine, ServerState]:
    """``line``, the next one of a log after those that led to ``state``, and the state for the one after it.

    ``init`` is what a script says from its import to the end of ``init()`` and why that failed, ``request`` what it
    says later and what the server says of requests, ``server`` the rest.
    """
    record = RECORD.match(line)
    if record is None:
        return _raw_line(line, state), state
    logger, pid = record["logger"], record["pid"]
    message = line[record.end() :]
    workers = _changed_workers(state.workers, pid, logger, message)
    source = _record_source(logger, record["level"], message, workers.get(pid) or state.workers.get(pid))
    is_script = logger not in SERVER_LOGGERS
    last = source if is_script or record["level"] in "EC" else None
    if last is None and not workers.get(pid):
        last = "server"  # a record over several lines, before the script is loaded or of gunicorn's own
    shown = message if logger == PRINT_LOGGER else line[record.end("time") + 1 :]
    return ServerLine(source, line, _record_time(record["time"], state.zone), shown), ServerState(
        state.zone, workers, last
    )


def is_record(line: str) -> bool:
    """Whether ``line`` is one that the server, or a script through it, logged: the start script is over then."""
    return RECORD.match(line) is not None


def _raw_line(line: str, state: ServerState) -> ServerLine:
    """A line that is no record of the server's."""
    found = _START_SCRIPT.match(line) or _PLAIN_GUNICORN.match(line)
    if found is not None:
        return ServerLine("server", line, _stated_time(found, state.zone), line[found.end() :])
    source: ServerSource = "server" if line in _SERVER_PRINTS else state.last or _script_source(state)
    return ServerLine(source, line, None, line)


def _script_source(state: ServerState) -> ServerSource:
    """What a script writes now: while any worker loads it, that is taken for what speaks."""
    if "init" in state.workers.values():
        return "init"
    return "request" if state.workers else "server"


def _changed_workers(
    workers: Mapping[str, ServerSource], pid: str, logger: str, message: str
) -> Mapping[str, ServerSource]:
    """The workers after a record: one begins to load the script, is through with that, or has ended."""
    if logger == "gunicorn.error":
        gone = _WORKER_GONE.match(message)
        ended = gone and (gone[1] or gone[2])
        if ended not in workers:
            return workers
        return {known: source for known, source in workers.items() if known != ended}
    if logger not in SERVER_LOGGERS:
        return workers
    if pid not in workers and message.startswith(_BEGINS):
        return {**workers, pid: "init"}
    if workers.get(pid) != "request" and (
        "init has completed successfully" in message or message.endswith("ready for serving traffic")
    ):
        return {**workers, pid: "request"}
    return workers


def _record_source(logger: str, level: str, message: str, worker: ServerSource | None) -> ServerSource:
    if logger not in SERVER_LOGGERS:
        return worker or "request"  # of a log whose beginning is not known
    if logger == "gunicorn.access" or _ANSWERED.match(message):
        return "request"
    if level in "EC" and worker is not None:
        return worker  # why init() failed, or a request
    return "server"


def _record_time(written: str, zone: tzinfo | None) -> float | None:
    try:
        return datetime.fromisoformat(written.replace(",", ".")).replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):  # a script may write anything
        return None


def _stated_time(found: re.Match[str], zone: tzinfo | None) -> float | None:
    try:
        moment = datetime.fromisoformat(found["time"]).replace(tzinfo=zone)
        if found["zone"]:
            moment = moment.replace(tzinfo=datetime.strptime(found["zone"], "%z").tzinfo)
        return moment.timestamp() + float(f"0.{found['fraction'] or 0}")
    except (ValueError, OverflowError):
        return None
