"""What the magics of one process remember, when that process forks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: Forks while a job runs, and says what the end of the child did to the job.
FORKING = """
import os, sys, threading
from azml_magics.jobs import Job
from azml_magics.magics.state import STATE

begun, go = threading.Event(), threading.Event()
reader, writer = os.pipe()

def work(emit, cancel):
    cancel.add_hook(lambda: os.write(writer, b"cancelled "))
    begun.set()
    go.wait()

job = Job("digits", work)
STATE.remember_job(job, job_id="1", verb="deploy", outlives=lambda: False)
job.start()
begun.wait()
child = os.fork()
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
os.write(writer, b"untouched")
print(os.read(reader, 100).decode())
go.set()
job.wait()
"""


def test_a_forked_process_leaves_the_jobs_alone_when_it_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKING]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "untouched\n"
