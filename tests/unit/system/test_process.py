from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from azml_magics.cancel import Cancel
from azml_magics.errors import ToolError
from azml_magics.system.process import (
    is_alive,
    process_created,
    reap_in_background,
    run,
    start_detached,
    terminate_group,
)
from tests.ends import has_ended

#: Says its own number and its child's (which leaves the group when told so), then waits for ever.
FAMILY = """
import os, signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"],
                         start_new_session={leaves}, stdout=subprocess.PIPE)
child.stdout.readline()
{before}
print(os.getpid(), child.pid, flush=True)
signal.pause()
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_lines_come_in_order_from_both_streams_without_line_ends() -> None:
    told: list[str] = []
    code = (
        "import sys\nfor n in range(3):\n    print(n); sys.stdout.flush(); print('e', n, file=sys.stderr, end='\\r\\n')"
    )
    completed = run(python(code), on_line=told.append)
    assert completed.returncode == 0
    assert completed.lines == ("0", "e 0", "1", "e 1", "2", "e 2")
    assert told == list(completed.lines)
    assert completed.text == "0\ne 0\n1\ne 1\n2\ne 2"


def test_a_line_is_told_before_the_program_ends(tmp_path: Path) -> None:
    told = tmp_path / "told"
    os.mkfifo(told)
    # The program ends only when the line it wrote has been answered.
    code = f"print('ask', flush=True)\nprint(open({str(told)!r}).read())"

    def answer(line: str) -> None:
        if line == "ask":
            told.write_text("answer")

    completed = run(python(code), on_line=answer)
    assert completed.lines == ("ask", "answer")


def test_bytes_that_are_not_utf8_and_lines_of_megabytes_survive() -> None:
    code = "import os\nos.write(1, b'caf\\xe9 \\x1b[31m\\n')\nos.write(1, b'')\nprint('x' * 5_000_000)"
    first, second = run(python(code)).lines
    assert first == "caf� \x1b[31m"
    assert len(second) == 5_000_000


def test_the_exit_code_the_environment_and_the_folder_are_what_was_asked_for(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), os.environ.get('AZML_TEST'), os.environ.get('HOME')); sys.exit(7)"
    completed = run(python(code), env={"AZML_TEST": "a b"}, cwd=tmp_path)
    assert (completed.returncode, completed.text) == (7, f"{tmp_path.resolve()} a b None")


def test_nothing_is_read_from_our_own_input() -> None:
    assert run(python("print(repr(input()))")).returncode == 1


def test_arguments_reach_the_program_as_they_are() -> None:
    awkward = ["$HOME", "a b", "*", "; echo no", ""]
    completed = run([*python("import sys; print(sys.argv[1:])"), *awkward])
    assert completed.text == repr(awkward)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolError, match="no-such-program cannot be started") as caught:
        run(["no-such-program"])
    assert caught.value.code == "tool-missing"
    assert caught.value.remedy


def test_a_missing_folder_is_not_blamed_on_the_program(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="nowhere") as caught:
        run(python(""), cwd=tmp_path / "nowhere")
    assert "directory" in caught.value.remedy


@pytest.mark.parametrize("leaves", [False, True])
def test_cancelling_ends_the_program_and_what_it_started(leaves: bool) -> None:
    cancel = Cancel()
    seen: list[str] = []

    def stop(line: str) -> None:
        seen.append(line)
        cancel.request()

    completed = run(python(FAMILY.format(leaves=leaves, before="")), on_line=stop, cancel=cancel)
    assert completed.returncode == -9
    for pid in map(int, seen[0].split()):
        assert has_ended(pid)


def test_a_cancel_that_came_before_the_start_counts() -> None:
    cancel = Cancel()
    cancel.request()
    assert run(python("import signal; signal.pause()"), cancel=cancel).returncode == -9


def test_a_later_cancel_touches_nothing() -> None:
    cancel = Cancel()
    assert run(python("print(1)"), cancel=cancel).lines == ("1",)
    cancel.request()


def test_a_listener_that_raises_ends_the_program() -> None:
    pids: list[int] = []

    def refuse(line: str) -> None:
        pids.extend(map(int, line.split()))
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        run(python(FAMILY.format(leaves=False, before="")), on_line=refuse)
    assert all(has_ended(pid) for pid in pids)
    assert len(pids) == 2


def test_only_the_descriptors_named_are_inherited() -> None:
    reading, writing = os.pipe()
    try:
        code = (
            f"import os\nfor fd in ({reading}, {writing}):\n"
            "    try: os.fstat(fd); print('open')\n    except OSError: print('closed')"
        )
        assert run(python(code), pass_fds=[writing]).lines == ("closed", "open")
    finally:
        os.close(reading)
        os.close(writing)


# services ----------------------------------------------------------------------------------------------------


Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts Python code as a service and ends what is left at the end; its output is in ``service.log``."""
    started: list[tuple[subprocess.Popen[bytes], float | None]] = []

    def begin(code: str) -> subprocess.Popen[bytes]:
        process = start_detached(python(code), env=dict(os.environ), cwd=tmp_path, log_path=tmp_path / "service.log")
        started.append((process, process_created(process.pid)))
        return process

    yield begin
    for process, created in started:
        terminate_group(process.pid, created, grace_seconds=0.0)
        process.wait()


def first_line(log: Path, process: subprocess.Popen[bytes]) -> str:
    """The first line of a log, as soon as it is there."""
    while not (text := log.read_text()).endswith("\n"):
        assert process.poll() is None, text
    return text.splitlines()[0]


def test_a_service_leads_its_own_session_and_appends_to_a_private_log(tmp_path: Path, start: Start) -> None:
    log = tmp_path / "service.log"
    log.write_text("before\n")
    log.chmod(0o600)
    code = (
        "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '', flush=True); sys.stderr.write('e')"
    )
    assert start(code).wait() == 0
    assert log.read_text() == "before\nTrue True\ne"
    log.unlink()
    start("print(1)").wait()
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_service_program_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no-such-python") as caught:
        start_detached(["no-such-python"], env={}, cwd=tmp_path, log_path=tmp_path / "log")
    assert caught.value.code == "tool-missing"


def test_a_process_is_known_by_number_and_time(start: Start) -> None:
    process = start("import signal; signal.pause()")
    created = process_created(process.pid)
    assert created is not None
    assert is_alive(process.pid, created)
    assert is_alive(process.pid, None)
    assert not is_alive(process.pid, created + 1)
    assert not is_alive(process.pid, created - 0.02)
    process.kill()
    process.wait()
    assert not is_alive(process.pid, created)
    assert process_created(process.pid) is None


def test_another_process_sees_the_same_time(start: Start) -> None:
    process = start("import signal; signal.pause()")
    code = f"from azml_magics.system.process import process_created; print(repr(process_created({process.pid})))"
    assert run(python(code)).text == repr(process_created(process.pid))


def test_a_zombie_is_not_alive(start: Start) -> None:
    process = start("pass")
    created = process_created(process.pid)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert not is_alive(process.pid, created)
    terminate_group(process.pid, created, grace_seconds=30.0)
    assert process.wait() == 0


@pytest.mark.parametrize("leaves", [False, True])
@pytest.mark.parametrize("grace_seconds", [0.0, 30.0])
def test_a_service_is_ended_with_all_it_started(
    tmp_path: Path, start: Start, leaves: bool, grace_seconds: float
) -> None:
    process = start(FAMILY.format(leaves=leaves, before=""))
    pids = [int(word) for word in first_line(tmp_path / "service.log", process).split()]
    reap_in_background(process, lambda code: None)
    terminate_group(process.pid, process_created(process.pid), grace_seconds=grace_seconds)
    assert [has_ended(pid) for pid in pids] == [True, True]


def test_a_polite_service_ends_by_itself_within_the_grace_period(tmp_path: Path, start: Start) -> None:
    before = "signal.signal(signal.SIGTERM, lambda *_: (child.kill(), print('bye', flush=True), sys.exit(3)))"
    process = start(FAMILY.format(leaves=False, before=before))
    first_line(tmp_path / "service.log", process)
    exit_codes: queue.SimpleQueue[int] = queue.SimpleQueue()
    reap_in_background(process, exit_codes.put)
    terminate_group(process.pid, process_created(process.pid), grace_seconds=30.0)
    assert exit_codes.get(timeout=60) == 3
    assert (tmp_path / "service.log").read_text().splitlines()[1:] == ["bye"]


def test_a_stubborn_service_is_killed_after_the_grace_period(tmp_path: Path, start: Start) -> None:
    process = start(FAMILY.format(leaves=False, before="signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    pids = [int(word) for word in first_line(tmp_path / "service.log", process).split()]
    reap_in_background(process, lambda code: None)
    terminate_group(process.pid, process_created(process.pid), grace_seconds=0.1)
    assert [has_ended(pid) for pid in pids] == [True, True]


def test_what_a_dead_service_left_behind_is_ended(tmp_path: Path, start: Start) -> None:
    process = start(FAMILY.format(leaves=False, before=""))
    created = process_created(process.pid)
    _, child = (int(word) for word in first_line(tmp_path / "service.log", process).split())
    process.kill()
    process.wait()
    assert psutil.pid_exists(child)
    terminate_group(process.pid, created, grace_seconds=30.0)
    assert has_ended(child)


def test_a_process_that_took_over_the_number_is_left_alone(start: Start) -> None:
    process = start("import signal; signal.pause()")
    created = process_created(process.pid)
    assert created is not None
    terminate_group(process.pid, created - 5, grace_seconds=0.0)
    assert is_alive(process.pid, created)


def test_ending_what_never_was_does_nothing() -> None:
    process = subprocess.Popen(python(""))
    created = process_created(process.pid)
    process.wait()
    terminate_group(process.pid, created, grace_seconds=30.0)
    assert process_created(process.pid) is None


def test_a_program_is_fed_while_it_talks() -> None:
    pieces = (b"x" * 100_000 for _ in range(20))
    program = (
        "import sys\ntotal = 0\nwhile piece := sys.stdin.buffer.read(65536):\n"
        "    total += len(piece)\n    print(len(piece))\nprint(total)"
    )
    completed = run([sys.executable, "-c", program], feed=pieces)
    assert completed.lines[-1] == "2000000"


def test_a_program_that_stops_reading_is_no_failure() -> None:
    completed = run([sys.executable, "-c", "print('enough')"], feed=(b"x" * 100_000 for _ in range(50)))
    assert completed.lines == ("enough",)


def test_a_feed_that_breaks_ends_the_program() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        run([sys.executable, "-c", "import sys, time; sys.stdin.read(); time.sleep(60)"], feed=pieces())
