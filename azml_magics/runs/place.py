"""The folder of a new run, made where nobody sees it and given its name when it is complete."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from azml_magics.definitions.run import RunRecord
from azml_magics.system.holding import hold, is_held
from azml_magics.system.locks import locked

INCOMING = ".incoming-"


def make_run_directory(record: RunRecord, fill: Callable[[Path], None]) -> int:
    """Make ``record.directory``; ``fill`` is called with it while it still has another name.

    Gives the descriptor that holds the run's :attr:`RunRecord.alive_path`. What a killed process left half made is
    removed by the next call.
    """
    parent = record.directory.parent
    parent.mkdir(mode=0o700, exist_ok=True)
    with locked(parent / "incoming.lock"):
        for former in parent.glob(f"{INCOMING}*"):
            if not is_held(former / record.alive_path.name):
                shutil.rmtree(former, ignore_errors=True)
        incoming = Path(tempfile.mkdtemp(prefix=INCOMING, dir=parent))
        alive = hold(incoming / record.alive_path.name)
    try:
        for folder in (record.record_directory, record.metrics_directory, record.log_path.parent):
            (incoming / folder.name).mkdir(mode=0o700)
        (incoming / record.log_path.relative_to(record.directory)).touch(mode=0o600)
        fill(incoming)
        incoming.rename(record.directory)
    except BaseException:
        os.close(alive)
        shutil.rmtree(incoming, ignore_errors=True)
        raise
    return alive
