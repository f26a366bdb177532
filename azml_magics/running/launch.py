"""Starts a training script in a process group of its own, waits for it, ends what it left behind, writes the result.

Called as ``launch.py SPECIFICATION``: a JSON file with ``command`` (a list), ``record`` (folder for ``result.json``),
and ``keep`` (folder -> folder: what the script wrote to the first since it started is copied to the second). On
SIGTERM the script may end by itself for ``grace_seconds``; then everything it started is killed.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time

#: How long processes that a script left behind may take to end once they were asked to, and once they were killed.
LEFTOVER_SECONDS = 2.0
KILLED_SECONDS = 30.0
#: Where the result is written, and more than it needs.
RESERVED, RESULT_CHARACTERS = ".result.json", 512
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def main(specification_path):
    with open(specification_path, encoding="utf-8") as file:
        specification = json.load(file)
    stop = Stop(specification.get("grace_seconds", 10.0))
    signal.signal(signal.SIGTERM, stop.ask)
    adopt_orphans()
    reserve_result(specification["record"])
    started = time.time()
    try:
        command = specification["command"]
        process = subprocess.Popen(command, preexec_fn=own_group, stdin=subprocess.DEVNULL)  # noqa: PLW1509  # no threads
    except OSError as error:
        print("{} cannot be started: {}".format(specification["command"][0], error.strerror), flush=True)
        code = 127
    else:
        stop.begin(process)
        code = process.wait()
        stop.ended = True
        end_leftovers(process.pid)
    for source, target in specification.get("keep", {}).items():
        keep_files(source, target, started)
    write_result(specification["record"], {"exit_code": code, "started": started, "ended": time.time()})


class Stop:
    """Ends the script when it is asked to: politely first."""

    def __init__(self, grace_seconds):
        self.grace_seconds = grace_seconds
        self.process = None
        self.asked = False
        self.ended = False

    def ask(self, *_):
        self.asked = True
        if self.process is not None and not self.ended:
            signal_group(self.process.pid, signal.SIGTERM)
            signal.signal(signal.SIGALRM, self.force)
            signal.setitimer(signal.ITIMER_REAL, self.grace_seconds)

    def force(self, *_):
        if not self.ended:
            signal_group(self.process.pid, signal.SIGKILL)

    def begin(self, process):
        self.process = process
        if self.asked:
            self.ask()


def own_group():
    os.setpgid(0, 0)
    # Whoever ends us by force ends the script as well.
    call_prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans():
    """Become the parent of everything that the script's processes leave behind, so that nothing gets lost."""
    call_prctl(PR_SET_CHILD_SUBREAPER, 1)


def call_prctl(option, value):
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).prctl(option, int(value), 0, 0, 0)
        except (OSError, AttributeError):
            pass


def signal_group(group, number):
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def children():
    """Process ids of everything below us, where the system tells them (Linux)."""
    found, look_at = [], [os.getpid()]
    while look_at:
        pid = look_at.pop()
        try:
            with open("/proc/{0}/task/{0}/children".format(pid)) as file:
                below = [int(word) for word in file.read().split()]
        except (OSError, ValueError):
            below = []
        found += below
        look_at += below
    return found


def end_leftovers(group):
    """End what the script started and did not wait for: a run ends with its script."""
    for number, seconds in ((signal.SIGTERM, LEFTOVER_SECONDS), (signal.SIGKILL, KILLED_SECONDS)):
        if number == signal.SIGTERM and reap(0.0):
            return
        signal_group(group, number)
        for pid in children():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        if reap(seconds):
            return


def reap(seconds):
    """Wait for children for so long; true when none is left."""
    deadline = time.monotonic() + seconds
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    try:
        while True:
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if hasattr(signal, "sigtimedwait"):
                signal.sigtimedwait([signal.SIGCHLD], left)
            else:
                time.sleep(min(left, 0.05))
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def keep_files(source, target, since):
    """Copy what was written below ``source`` since then: the folder itself is the user's and may hold older things."""
    for folder, _, names in os.walk(source):
        for name in names:
            path = os.path.join(folder, name)
            try:
                if os.stat(path).st_mtime >= since - 1:
                    copy = os.path.join(target, os.path.relpath(path, source))
                    os.makedirs(os.path.dirname(copy), exist_ok=True)
                    shutil.copy2(path, copy)
            except OSError as error:
                print("{} was not kept: {}".format(path, error.strerror), flush=True)


def reserve_result(record):
    """Take the room for the result: the script may fill the disk, and how it ended is to be known all the same."""
    with open(os.path.join(record, RESERVED), "w", encoding="utf-8") as file:
        file.write(" " * RESULT_CHARACTERS)
        file.flush()
        os.fsync(file.fileno())


def write_result(record, result):
    temporary = os.path.join(record, RESERVED)
    with open(temporary, "r+", encoding="utf-8") as file:
        file.write(json.dumps(result).ljust(RESULT_CHARACTERS))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, os.path.join(record, "result.json"))


if __name__ == "__main__":
    main(sys.argv[1])
