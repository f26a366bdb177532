"""Workers from the kernel's side: one on standby, so that asking costs no imports, and work that one of them does."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import threading
from pathlib import Path

from azml_magics.background.request import WorkRequest
from azml_magics.background.value_codec import decode_value
from azml_magics.cancel import Cancel
from azml_magics.errors import ToolError
from azml_magics.events import Emit
from azml_magics.jobs import Work
from azml_magics.journal.following import follow_job
from azml_magics.journal.records import get_record
from azml_magics.system.process import reap_in_background, start_conversation

#: Finds our own package behind everything else: what the user's folder holds is not imported in its stead.
PROGRAM = """\
import sys
sys.path[:] = [*filter(None, sys.path), sys.argv[1]]
from azml_magics.background.worker import main
sys.exit(main())
"""
#: So much of what a worker that failed has written is told.
TOLD_BYTES = 20_000


class Worker:
    """A process that waits for one request, and ends without one when this process does."""

    def __init__(self) -> None:
        home = Path(__file__).parents[2]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the worker is asked
        command = [sys.executable, "-c", PROGRAM, str(home)]
        self._process = start_conversation(command, env=os.environ, cwd=Path("/"), errors=self._errors)

    def begin(self, request: WorkRequest) -> str | None:
        """Have it do ``request``; what is given is why it cannot, ``None`` once it has begun.

        Raises ``ToolError`` (``worker-failed``) when it ended before.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with process.stdin as stdin:
                stdin.write(request.encode())
        except BrokenPipeError:
            raise self._failure() from None
        answer = process.stdout.readline()
        if not answer:
            raise self._failure()
        content = json.loads(answer)
        return None if content["begun"] else str(content["reason"])

    def result(self) -> object:
        """What the work gave, which must have been done."""
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer:
            raise self._failure()
        return decode_value(json.loads(answer)["result"])

    def dismiss(self) -> None:
        """Nothing more is wanted of it."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._errors.close()
        reap_in_background(self._process, lambda _: None)

    def told(self) -> list[str]:
        """The end of what it and what it imported have written."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - TOLD_BYTES))
        return self._errors.read().decode(errors="replace").splitlines()

    def _failure(self) -> ToolError:
        return ToolError(
            "the worker for background jobs ended before it was done",
            remedy="add --wait to do it in this cell; %azml why shows what the worker wrote",
            details=self.told(),
            code="worker-failed",
        )


class Workers:
    """Gives out workers; :meth:`prepare` has one ready."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standby: Worker | None = None

    def prepare(self) -> None:
        """Start one that waits, unless one does. One that cannot be started fails when it is needed."""
        with self._lock, contextlib.suppress(ToolError):
            if self._standby is None:
                self._standby = Worker()

    def take(self) -> Worker:
        """The one that waits, else a new one."""
        with self._lock:
            worker, self._standby = self._standby, None
        return worker or Worker()

    def dismiss(self) -> None:
        """End the one that waits."""
        with self._lock:
            worker, self._standby = self._standby, None
        if worker is not None:
            worker.dismiss()


class OutsideWork:
    """``request`` done by a worker, as work of this process; ``inside`` does it here where no record can be written.

    Cancelling it cancels what the worker does. When this process ends the worker goes on: see :attr:`is_outside`.
    """

    def __init__(self, request: WorkRequest, workers: Workers, inside: Work[object]) -> None:
        self._request = request
        self._workers = workers
        self._inside = inside
        self.is_outside = True

    def __call__(self, emit: Emit, cancel: Cancel) -> object:
        """Have it done; gives and raises what the verb does."""
        worker = self._workers.take()
        try:
            worker = self._begin(worker)
            if not self.is_outside:
                return self._inside(emit, cancel)
            follow_job(get_record(Path(self._request.workspace), self._request.job_id))(emit, cancel)
            return worker.result()
        except ToolError as error:
            if error.code == "job-interrupted":
                error.details = tuple(worker.told())
            raise
        finally:
            worker.dismiss()
            self._workers.prepare()

    def _begin(self, worker: Worker) -> Worker:
        """The worker that has begun; a new one when that on standby had come to its end."""
        try:
            self.is_outside = worker.begin(self._request) is None
        except ToolError:
            worker.dismiss()
            worker = Worker()
            self.is_outside = worker.begin(self._request) is None
        return worker
