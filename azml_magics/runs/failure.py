"""Why a run failed, told by the user's own traceback or by how its process ended: ``RunError``."""

from __future__ import annotations

import shutil
import signal

from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.removed_names import find_replacement
from azml_magics.definitions.run import DEFAULT_ENVIRONMENT, RunRecord
from azml_magics.definitions.user_traceback import exception_line, extract_tracebacks, user_frames
from azml_magics.errors import RunError
from azml_magics.system.logs import clip_line, read_newest

#: Of the log so many lines are looked at, and kept with the error.
TAIL_LINES = 200
#: 128 and the number of a signal: how a shell, and Docker, tell the end by one.
SIGNAL_BASE = 128
#: A script that fails while less is left on the disk most likely fails for that: nothing of it can be printed any more.
NO_ROOM_BYTES = 65_536


def error_of(record: RunRecord) -> RunError:
    """The error for a run that failed: the user's frames with their cell lines, never ours."""
    log = read_newest(record.log_path, limit=TAIL_LINES)
    traceback = _traceback(record, log)
    script = EntryScript(record.script, "", record.origin)
    exception = exception_line(traceback) if traceback else ""
    return RunError(
        f"run {record.id} failed" + ("" if exception else f": {record.error}"),
        run_id=record.id,
        frames=user_frames(traceback, str(record.working_directory), script) if traceback else (),
        exception=exception,
        log_tail=log[-TAIL_LINES:],
        process_exit_code=record.exit_code,
        remedy=_remedy(record, exception),
    )


def failure_text(record: RunRecord) -> str | None:
    """The first line of the exception that ended the script; ``None`` when none is known."""
    traceback = _kept_traceback(record)
    lines = exception_line(traceback).splitlines() if traceback else []
    return lines[0] if lines else None


def describe_exit(record: RunRecord, code: int | None, out_of_memory: bool) -> str:
    """How a script ended that raised nothing, in words."""
    if code is None:
        how = "its process was ended by force, or the machine was restarted, before it could say how it went"
        return how + _full_disk(record)
    if out_of_memory:
        limit = record.request.resources.memory_gb
        return f"it used more memory than the {limit:g} GB it may (exit code {code})" if limit else "out of memory"
    number = -code if code < 0 else code - SIGNAL_BASE
    if number <= 0 or number not in set(signal.Signals):
        return f"the script ended with exit code {code}{_full_disk(record)}"
    name = signal.Signals(number).name
    if number == signal.SIGKILL:
        return f"the script was killed ({name}, exit code {code}); the system does so when memory runs out"
    return f"the script was ended by a signal ({name}, exit code {code})"


def _full_disk(record: RunRecord) -> str:
    try:
        has_room = shutil.disk_usage(record.directory).free >= NO_ROOM_BYTES
    except OSError:  # removed meanwhile
        return ""
    return "" if has_room else f"; the disk of {record.directory} is full, so it could not print why"


def _traceback(record: RunRecord, log: list[str]) -> list[str]:
    kept = _kept_traceback(record)
    if kept or record.exit_code == 0:
        return kept
    found = extract_tracebacks(log)
    return found[-1] if found else []


def _kept_traceback(record: RunRecord) -> list[str]:
    try:
        text = (record.record_directory / "error.txt").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [clip_line(line) for line in text.removesuffix("\n").split("\n")] if text else []


def _remedy(record: RunRecord, exception: str) -> str:
    if "in a local run; instead: " in exception:
        return ""  # the stand-in for azureml-core says it itself
    replacement = find_replacement(exception)
    if replacement:
        return replacement
    if exception.startswith(("ModuleNotFoundError", "ImportError")) and record.definition is not None:
        if record.definition.name == DEFAULT_ENVIRONMENT:
            return "name an environment that has the package: --environment NAME (without one there are no packages)"
        return f"add the package to environment {record.definition.name}, or the file to the source directory"
    if "memory" in (record.error or "") and record.engine != "process":
        return "give it more with --memory-gb, or let the script work in smaller pieces"
    if exception.startswith("EOFError: EOF when reading a line"):
        return "a run has no standard input: give the script what it needs behind --, with --env or in a file"
    return "" if exception else f"azml run logs {record.id} shows what it printed"
