"""The only caller of other programs: run one to its end, start one that outlives us, end one with all it started."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil

from azml_magics.cancel import Cancel
from azml_magics.errors import ToolError


@dataclass(frozen=True)
class Completed:
    """How a program ended; ``lines`` are its output and error output as they came, without line ends."""

    returncode: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self.lines)


def run(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    cancel: Cancel | None = None,
    pass_fds: Sequence[int] = (),
    feed: Iterable[bytes] | None = None,
    on_exit: Callable[[], object] | None = None,
) -> Completed:
    """Run ``command`` (never through a shell) to its end, telling every line at once; ``feed`` is what it reads.

    Cancelling kills it and everything it started; the caller learns of it by ``cancel.requested``. The descriptors
    ``pass_fds`` stay open in it: a lock held through one of them outlives us for as long as the program runs. What it
    left behind may go on printing, and is waited for; ``on_exit`` is called on a thread once the program itself has
    ended, and may end that. Raises ``ToolError`` when the program cannot be started.
    """
    try:
        process = subprocess.Popen(
            list(command),
            env=None if env is None else dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
    except OSError as error:
        raise _cannot_start(command[0], error) from error
    remove_hook = cancel.add_hook(lambda: _kill_family(process)) if cancel else None
    lines = []
    feeder = _Feeder(process, feed) if feed is not None else None
    watcher = _call_at_exit(process, on_exit) if on_exit is not None else None
    try:
        assert process.stdout is not None
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip("\r\n")
            lines.append(line)
            if on_line is not None:
                on_line(line)
        process.wait()
    except BaseException:
        _kill_family(process)
        process.wait()
        raise
    finally:
        if remove_hook is not None:
            remove_hook()
        if process.stdout is not None:
            process.stdout.close()
    if feeder is not None:
        feeder.finish()
    if watcher is not None:
        watcher.join()
    return Completed(process.returncode, tuple(lines))


def _call_at_exit(process: subprocess.Popen[bytes], on_exit: Callable[[], object]) -> threading.Thread:
    def wait() -> None:
        process.wait()
        on_exit()

    thread = threading.Thread(target=wait, name=f"azml-exit-{process.pid}", daemon=True)
    thread.start()
    return thread


class _Feeder:
    """Writes what a program reads on a thread of its own, because it talks meanwhile."""

    def __init__(self, process: subprocess.Popen[bytes], pieces: Iterable[bytes]) -> None:
        self._process = process
        self._pieces = pieces
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write, name=f"azml-feed-{process.pid}", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for the last piece; raises what making the pieces raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        assert self._process.stdin is not None
        try:
            # A program that has read enough, or has ended, closes the pipe.
            with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:
                for piece in self._pieces:
                    stdin.write(piece)
        except BaseException as error:
            self._error = error
            _kill_family(self._process)  # half of its input would mean something else to it


def start_detached(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log_path: Path, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start ``command`` as the leader of its own session, so that it outlives us; it appends to ``log_path``.

    Raises ``ToolError`` when the program cannot be started.
    """
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
    except OSError as error:
        raise _cannot_start(command[0], error) from error
    finally:
        os.close(log)


def start_conversation(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path, errors: BinaryIO
) -> subprocess.Popen[bytes]:
    """Start ``command`` as the leader of its own session, to be told and asked through its standard input and output.

    What it writes to standard error goes to the file ``errors``. It outlives us unless it ends when its input does.
    Raises ``ToolError`` when the program cannot be started.
    """
    try:
        return subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    except OSError as error:
        raise _cannot_start(command[0], error) from error


def process_created(pid: int) -> float | None:
    """When ``pid`` was created, in seconds; ``None`` when there is no such process.

    Together with the pid it names one process. It counts from the start of the system where that is known (Linux): time
    since the epoch moves there when somebody corrects the clock, and a live process would be taken for another one.
    """
    try:
        return _created(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return None


def find_process(pid: int, created: float | None) -> psutil.Process | None:
    """The very process that was started as ``pid`` at ``created``, if it still runs; a zombie has ended."""
    try:
        process = psutil.Process(pid)
        if created is not None and abs(_created(process) - created) > 0.001:
            return None
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.NoSuchProcess:
        return None


def is_alive(pid: int, created: float | None) -> bool:
    """Whether the process started as ``pid`` at ``created`` still runs; another one with its number does not count."""
    return find_process(pid, created) is not None


def find_by_variable(name: str, value: str) -> list[int]:
    """The processes of this user that were started with the environment variable ``name`` as ``value``."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(name) == value:
                found.append(process.pid)
    return found


def end_by_variable(name: str, value: str) -> None:
    """End :func:`find_by_variable`, by force, each with everything that it started."""
    for pid in find_by_variable(name, value):
        terminate_group(pid, process_created(pid), grace_seconds=0.0)


def terminate_group(pid: int, created: float | None, *, grace_seconds: float) -> None:
    """End a process we started and everything it started; after ``grace_seconds`` by force.

    What it started is ended too when it has died already itself. Nothing there any more: nothing happens.
    """
    process = find_process(pid, created)
    family = _session_members(pid, created)
    if process is not None:
        family = {process, *_children(process), *family}
        if grace_seconds > 0:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
            _wait_for_end([process], grace_seconds)
            family |= {*_children(process), *_session_members(pid, created)}
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    _wait_for_end(family, 10.0)


def _created(process: psutil.Process) -> float:
    try:
        # The 22nd field; the second one is a name in parentheses that may hold anything (proc_pid_stat(5)).
        fields = Path(f"/proc/{process.pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return process.create_time()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _session_members(pid: int, created: float | None) -> set[psutil.Process]:
    """Everything in the session that ``pid`` leads or led.

    The system gives a number to no new process while a session of that number exists, so a process that took over the
    number means that the session is gone.
    """
    now = process_created(pid)
    if now is not None and created is not None and abs(now - created) > 0.001:
        return set()
    members = set()
    for number in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            if os.getsid(number) == pid:
                member = psutil.Process(number)
                if member.status() != psutil.STATUS_ZOMBIE:
                    members.add(member)
    return members


def _wait_for_end(processes: Collection[psutil.Process], timeout_seconds: float) -> None:
    """Wait until all have ended. One that its parent never reaps, as in a container without an init, has ended too."""
    deadline = time.monotonic() + timeout_seconds
    for process in processes:
        if not _wait_for_exit_event(process, deadline):
            psutil.wait_procs([process], timeout=max(0.0, deadline - time.monotonic()))


def _wait_for_exit_event(process: psutil.Process, deadline: float) -> bool:
    """Wait for the system's own news of an exit; False where only the parent is told (not Linux)."""
    if sys.platform != "linux":
        return False
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    try:
        if process.is_running():
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
    finally:
        os.close(descriptor)
    return True


def _kill_family(process: subprocess.Popen[bytes]) -> None:
    """Kill a program that is run to its end, its group and whatever left the group."""
    if process.returncode is not None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        strays = _children(psutil.Process(process.pid))
        # macOS answers EPERM for a group of which only a zombie is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        for stray in strays:
            with contextlib.suppress(psutil.NoSuchProcess):
                stray.kill()


def _cannot_start(program: str, error: OSError) -> ToolError:
    where = "" if error.filename in (None, program) else f" in {error.filename}"
    return ToolError(
        f"{program} cannot be started{where}: {error.strerror}",
        remedy="check that it is installed and may be executed" if not where else "check that this directory exists",
        code="tool-missing",
    )


def reap_in_background(process: subprocess.Popen[bytes], then: Callable[[int], None]) -> None:
    """Wait for ``process`` on a daemon thread, so that it leaves no zombie, and tell its exit code to ``then``."""
    threading.Thread(target=lambda: then(process.wait()), name=f"azml-wait-{process.pid}", daemon=True).start()
