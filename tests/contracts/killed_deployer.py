"""A program that deploys and is killed: ``killed_deployer.py FOLDER MOMENT JSON`` (the request's fields).

It ends by SIGKILL at ``MOMENT``: ``started`` (the service has not run a line yet), ``init`` (while its script's init()
waits), ``saving`` (it is ready, and about to be written down), ``saved`` (it was, and lives on by itself).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from azml_magics import rollout
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.engines import process
from azml_magics.session import Session
from azml_magics.system.lifeline import Lifeline
from azml_magics.system.process import start_detached


def main() -> None:
    folder, moment, fields = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    save, let_go = rollout.Rollout._save, Lifeline.let_go

    def started(*arguments: object, **options: object) -> object:
        service = start_detached(*arguments, **options)  # type: ignore[arg-type]
        print(service.pid, flush=True)
        if moment == "started":
            die()
        return service

    def saving(*arguments: object) -> object:
        if moment == "saving":
            die()
        return save(*arguments)  # type: ignore[arg-type]

    def saved(lifeline: Lifeline) -> None:
        let_go(lifeline)
        if moment == "saved":
            die()

    for owner, name, function in (
        (process, "start_detached", started),
        (rollout.Rollout, "_save", saving),
        (Lifeline, "let_go", saved),
    ):
        setattr(owner, name, function)
    Session(folder / ".azml", working_directory=folder).deploy(DeployRequest(**fields))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
