from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.errors import CancelledError
from azml_magics.system.locks import is_locked, locked
from azml_magics.system.process import run

HOLD = """
import sys
from pathlib import Path
from azml_magics.system.locks import locked
with locked(Path(sys.argv[1])) as descriptors:
    {body}
"""


def test_threads_of_one_process_take_turns(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []
    barrier = threading.Barrier(4)

    def enter(number: int) -> None:
        barrier.wait()
        with locked(tmp_path / "lock"):
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def holder(lock: Path, body: str) -> subprocess.Popen[str]:
    """Another process that holds ``lock`` when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(body=body), str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_waiting_process_can_be_cancelled_and_the_lock_is_free_after_its_holder(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    other = holder(lock, "print('held', flush=True); sys.stdin.read()")
    cancel = Cancel()
    threading.Timer(0.05, cancel.request).start()
    with pytest.raises(CancelledError, match="building was cancelled"), locked(lock, cancel=cancel, what="building"):
        pytest.fail("two processes held one lock")
    other.communicate("")
    with locked(lock, cancel=Cancel()):
        assert other.returncode == 0


def test_a_program_that_got_the_descriptors_keeps_the_lock_of_a_killed_caller(tmp_path: Path) -> None:
    lock, free = tmp_path / "lock", tmp_path / "free"
    body = (
        "import subprocess; subprocess.Popen([sys.executable, '-c', "
        "'import sys; print(\"held\", flush=True); sys.stdin.read()'], pass_fds=descriptors); sys.stdin.read()"
    )
    other = holder(lock, body)
    assert other.stdin is not None
    other.kill()
    other.wait()
    cancel = Cancel()
    threading.Timer(0.2, cancel.request).start()
    with pytest.raises(CancelledError), locked(lock, cancel=cancel):
        free.touch()
    assert not free.exists()
    other.stdin.close()  # the program ends with its input
    with locked(lock):
        free.touch()
    assert free.exists()


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), locked(tmp_path / "lock"):
        raise ValueError("inside")
    assert run([sys.executable, "-c", HOLD.format(body="print('in')"), str(tmp_path / "lock")]).lines == ("in",)


def test_whether_somebody_holds_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = "import sys; from azml_magics.system.locks import *; print(is_locked(Path(sys.argv[1])))"
    assert not is_locked(path)
    with locked(path):
        assert is_locked(path)
        assert run([sys.executable, "-c", code, str(path)]).text == "True"
    assert not is_locked(path)
