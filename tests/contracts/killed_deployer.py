"""A program that deploys and is killed: ``killed_deployer.py FOLDER MOMENT JSON`` (the request's fields).

It ends by SIGKILL at ``MOMENT``: ``created`` (its container has not started yet), ``started`` (its process has not run
a line yet), ``saving`` (it is ready, and about to be written down), ``saved`` (it was, and lives on by itself).
``loose`` is ``saving`` where no lifeline holds the process; ``init`` leaves the killing to whoever knows that init()
has begun.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.engines import container_start, process
from azml_magics.services import rollout
from azml_magics.session import Session
from azml_magics.system.lifeline import Lifeline
from azml_magics.system.process import start_detached


def main() -> None:
    folder, moment, fields = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    save, let_go = rollout.Rollout._save, Lifeline.let_go

    def started(*arguments: object, env: dict[str, str], **options: object) -> object:
        told = {name: value for name, value in env.items() if moment != "loose" or name != "AZML_LIFELINE_FD"}
        service = start_detached(*arguments, env=told, **options)  # type: ignore[arg-type]
        print(service.pid, flush=True)
        if moment == "started":
            die()
        return service

    def saving(*arguments: object) -> object:
        if moment in ("saving", "loose"):
            die()
        return save(*arguments)  # type: ignore[arg-type]

    def saved(lifeline: Lifeline) -> None:
        let_go(lifeline)
        if moment == "saved":
            die()

    if moment == "created":
        setattr(container_start, "fill_volumes", lambda *_, **__: die())  # noqa: B010  # mypy knows its signature
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
