"""The worker: waits with everything imported, does one request with a record of it, answers, ends.

It reads one line from standard input and answers with lines on standard output: first whether the work has begun, when
it is done its result. Whoever asked may be gone by then: the work goes on, and its record says what came of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from azml_magics.background.request import DeclaredCell, WorkRequest, decode_request
from azml_magics.background.value_codec import encode_value
from azml_magics.cancel import Cancel
from azml_magics.cells.arguments import parse_command
from azml_magics.cells.interpret import interpret
from azml_magics.events import Emit
from azml_magics.jobs import run_in_foreground
from azml_magics.journal.recording import Recording
from azml_magics.session import Session
from azml_magics.show.call import Call
from azml_magics.show.commands import perform

Answer = Callable[[dict[str, object]], None]
#: Imported while nothing is asked for yet: what any deployment needs.
NEEDED = (
    "azml_magics.build.conda",
    "azml_magics.build.packages",
    "azml_magics.engines.process",
    "azml_magics.plan.container_changes",
    "azml_magics.plan.planner",
    "azml_magics.preflight.environment",
    "azml_magics.preflight.image",
    "azml_magics.preflight.imports",
    "azml_magics.preflight.lock",
    "azml_magics.preflight.requirements",
    "azml_magics.preflight.script",
    "azml_magics.preflight.service",
    "azml_magics.preparation.packages",
    "azml_magics.resolve.deployment",
    "azml_magics.resolve.facts",
    "azml_magics.services.rollout",
    "azml_magics.workspace.workspace",
    "azml_magics.system.sources",
    "dockerfile_parse",
    "packaging.requirements",
    "requests",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlite3.dbapi2",
    "yaml",
)


def main() -> int:
    """Serve one request; 0 when there was one or none came."""
    # Whatever anybody prints belongs to the errors: only answers go to whoever asks.
    answers = os.dup(1)
    os.dup2(2, 1)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for module in NEEDED:
        __import__(module)
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):  # whoever might have asked is gone
        return 0
    serve(decode_request(line), partial(_answer, answers))
    return 0


def serve(request: WorkRequest, answer: Answer) -> None:
    """Do what ``request`` says; an answer is an object of JSON."""
    try:
        _enter(request)
        recording = Recording(
            Path(request.workspace),
            verb=request.verb,
            name=request.name,
            doing=request.doing,
            job_id=request.job_id,
        )
    except OSError as error:
        answer({"begun": False, "reason": str(error)})
        return
    answer({"begun": True})

    def work(emit: Emit, cancel: Cancel) -> object:
        session = Session(Path(request.workspace))
        for cell in request.cells:
            _declare(session, cell)
        arguments = parse_command(request.line, request.place).filled(request.defaults)
        return perform(Call(session, arguments, emit=emit, cancel=cancel))

    try:
        job = run_in_foreground(request.name, partial(recording.run, work))
    except KeyboardInterrupt:  # SIGTERM: the record says that it was cancelled
        return
    if job.error is None:
        answer({"result": encode_value(job.result())})


def _enter(request: WorkRequest) -> None:
    """Be where and what the kernel was when it asked."""
    os.environ.clear()
    os.environ.update(request.environment)
    tempfile.tempdir = None  # chosen from the variables
    os.chdir(request.working_directory)


def _declare(session: Session, cell: DeclaredCell) -> None:
    def read_file(path: str) -> str:
        if path not in cell.files:
            raise FileNotFoundError(2, "it was not there when the cell ran", path)
        return cell.files[path]

    declaration = interpret(
        cell.kind,
        cell.line,
        cell.body,
        label=cell.label,
        first_line=cell.first_line,
        magic_line=cell.magic_line,
        read_file=read_file,
    )
    assert declaration.value is not None
    session.declare(declaration.value)


def _answer(descriptor: int, content: dict[str, object]) -> None:
    rest = memoryview(json.dumps(content).encode("ascii") + b"\n")
    with contextlib.suppress(BrokenPipeError):  # whoever asked is gone
        while rest:
            rest = rest[os.write(descriptor, rest) :]


if __name__ == "__main__":
    sys.exit(main())
