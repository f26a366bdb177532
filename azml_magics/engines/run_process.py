"""A training script as a process group on this machine, started by a launcher that outlives us."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.run import RunProcess, RunRecord
from azml_magics.system.child_environment import service_environment
from azml_magics.system.files import write_atomically
from azml_magics.system.process import process_created, reap_in_background, start_detached, terminate_group

#: How long a script may take to end by itself when its run is cancelled.
CANCEL_GRACE_SECONDS = 10.0
RUNNING = Path(__file__).parent.parent / "running"


def start(record: RunRecord, artifact: Artifact, variables: Mapping[str, str], alive: int) -> RunProcess:
    """Start the launcher; it holds the descriptor ``alive`` until everything has ended."""
    python = str(artifact.python)
    specification = {
        "command": [python, str(RUNNING / "script.py"), record.script, *record.arguments],
        "record": str(record.record_directory),
        "keep": _kept_folders(record),
        "grace_seconds": CANCEL_GRACE_SECONDS,
    }
    path = record.directory / "launch.json"
    write_atomically(path, json.dumps(specification, indent=1).encode())
    settings = {
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(artifact.python.parent), os.environ.get("PATH", os.defpath)]),
        **artifact.activation(),
    }
    process = start_detached(
        [python, "-I", str(RUNNING / "launch.py"), str(path)],
        env=service_environment({**settings, **variables}),
        cwd=record.working_directory,
        log_path=record.log_path,
        pass_fds=(alive,),
    )
    created = process_created(process.pid)
    reap_in_background(process, lambda _: None)
    return RunProcess(process.pid, created)


def cancel(process: RunProcess) -> None:
    """End the script, politely first, and everything it started."""
    if process.pid is not None:
        # The launcher kills what does not end in time, and writes down how it ended.
        terminate_group(process.pid, process.created, grace_seconds=CANCEL_GRACE_SECONDS + 10.0)


def end_remains(process: RunProcess) -> None:
    """End what is left of a run whose launcher was killed."""
    if process.pid is not None:
        terminate_group(process.pid, process.created, grace_seconds=0.0)


def _kept_folders(record: RunRecord) -> dict[str, str]:
    if not record.is_in_place:
        return {}
    return {
        str(record.working_directory / "outputs"): str(record.outputs_directory),
        str(record.working_directory / "logs"): str(record.logs_directory),
    }
