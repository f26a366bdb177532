"""What a script said in the log of a service: prints, its own log records, raw lines; nothing of the server's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from azml_magics.definitions.server_log import LOADING, RECORD, SERVER_LOGGERS


def printed_lines(log: Sequence[str]) -> tuple[str, ...]:
    """The script's lines of ``log`` without the server's format, from its import on."""
    return tuple(_script_lines(log))


def _script_lines(log: Sequence[str]) -> Iterator[str]:
    begun, belongs_to_server = False, True
    for line in log:
        if not begun:
            begun = LOADING in line
            continue
        record = RECORD.match(line)
        if record is None:
            if not belongs_to_server:
                yield line
            continue
        is_server = record["logger"] in SERVER_LOGGERS
        # Below an error of the server stands its traceback; what follows its other records was written by the script.
        belongs_to_server = is_server and record["level"] in "EC"
        if not is_server:
            yield line[record.end() :]
