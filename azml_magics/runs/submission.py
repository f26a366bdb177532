"""A run from its request to a script that runs: looked up, copied, its packages built, started."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import PackagesStrategy
from azml_magics.definitions.run import RunRecord, RunRequest, new_run_id
from azml_magics.errors import AzmlError, CancelledError
from azml_magics.events import Emit, Outcome
from azml_magics.events.stages import Stages, running_step
from azml_magics.journal.canceling import listening
from azml_magics.plan.actions import ActionKind
from azml_magics.runs.metrics import store_variables
from azml_magics.runs.outcome import finish, is_canceled
from azml_magics.runs.place import make_run_directory
from azml_magics.runs.resolution import (
    check_request,
    environment_of,
    experiment_of,
    locate_script,
    user_interpreter,
)
from azml_magics.runs.snapshot import WORK, Source, collect_source, make_written, take_snapshot
from azml_magics.system.refusals import disks_explained

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace

#: Where the sources of runs are kept, once for equal files.
STORE = "snapshots"
OUTCOMES: dict[ActionKind, Outcome] = {"run": "done", "reuse": "reused", "skip": "skipped"}


@dataclass(frozen=True)
class Submission:
    """Runs of one workspace on their way; relative paths start at ``working_directory``."""

    workspace: Workspace
    declarations: Declarations
    working_directory: Path
    emit: Emit
    cancel: Cancel

    def submit(self, request: RunRequest, script: EntryScript | None, environment: Environment | None) -> RunRecord:
        """Start a run; gives it once its script runs.

        Whoever is killed meanwhile leaves a run that has failed. Raises ``DeclarationError``, ``NotFoundError``,
        ``BuildError``, ``StartError``, ``ToolError``, ``CancelledError``.
        """
        is_cell = script is not None
        check_request(request, is_cell=is_cell)
        place = locate_script(request, self.working_directory, is_cell=is_cell)
        text = None if script is None else script.source
        source = Source(place.directory, place.path, {})
        if request.snapshot:
            source = collect_source(place.directory, place.path, text, workspace=self.workspace.root, emit=self.emit)
        else:
            _check_in_place(place.directory / place.path)
        found = environment_of(
            request, environment, self.declarations, self.workspace, self.working_directory, emit=self.emit
        )
        with running_step(self.emit, "source", str(place.directory)) as step:
            with disks_explained("preparing the run"):
                record, alive = self._create(request, source, script, found)
            count = len(source.files) + (text is not None)
            step.reason = f"{count} file{'s' if count != 1 else ''} copied from {place.directory}"
            if not request.snapshot:
                step.outcome, step.reason = "skipped", f"runs in {place.directory} itself"
        try:
            with disks_explained(f"starting run {record.id}"):
                return self._start(record, alive)
        except (CancelledError, KeyboardInterrupt):
            finish(self.workspace, record, "Canceled")
            raise
        except AzmlError as error:
            finish(self.workspace, record, "Failed", error.brief)
            raise
        finally:
            os.close(alive)

    def _create(
        self, request: RunRequest, source: Source, script: EntryScript | None, environment: Environment | None
    ) -> tuple[RunRecord, int]:
        """The run's directory and its row, and the descriptor that says that somebody cares for it."""
        experiment, now = experiment_of(request), datetime.now(timezone.utc)
        run_id = new_run_id(experiment, now)
        directory = self.workspace.run_directory(run_id)
        record = RunRecord(
            id=run_id,
            experiment=experiment,
            state="Preparing",
            request=request,
            script=source.script,
            directory=directory,
            working_directory=directory / WORK if request.snapshot else source.directory,
            created=now,
            definition=environment,
            origin=None if script is None else script.origin,
            tags=request.tags,
        )
        store = self.workspace.root / STORE

        def fill(folder: Path) -> None:
            if request.snapshot:
                take_snapshot(source, folder, store)
            else:
                make_written(folder)

        alive = make_run_directory(record, fill)
        try:
            return self.workspace.runs.add(record), alive
        except BaseException:
            os.close(alive)
            raise

    def _start(self, record: RunRecord, alive: int) -> RunRecord:
        with listening(record.record_directory, self.cancel):
            artifact = self._build(record)
        self.cancel.check(f"run {record.id}")
        if is_canceled(record):
            raise CancelledError(f"run {record.id} was cancelled")
        with running_step(self.emit, "start", record.id):
            variables = _variables(record)
            if record.engine == "docker":
                from azml_magics.engines import run_container

                process = run_container.start(record, artifact, variables, workspace=str(self.workspace.root))
            else:
                from azml_magics.engines import run_process

                process = run_process.start(record, artifact, variables, alive)
            now = datetime.now(timezone.utc)
            return self.workspace.runs.save(
                replace(record, state="Running", process=process, started=now), unless_over=True
            )

    def _build(self, record: RunRecord) -> Artifact:
        if record.engine == "docker":
            return self._build_image(record)
        interpreter = user_interpreter(record.definition)
        if interpreter is not None:
            with running_step(self.emit, "packages", f"user-managed: {interpreter} is used as it is") as step:
                step.outcome = "skipped"
            return Artifact("interpreter", "current", interpreter)
        from azml_magics.build.packages import build_packages, find_artifact
        from azml_magics.plan.planner import packages_action, plan_packages
        from azml_magics.system.host import collect_host_facts

        packages = plan_packages(record.definition, collect_host_facts(), with_server=False)
        directory = self.workspace.packages_directory
        action = packages_action(packages, find_artifact(packages, directory))
        with running_step(self.emit, "packages", action.reason) as step:
            artifact = build_packages(packages, directory, emit=self.emit, cancel=self.cancel)
            step.outcome = OUTCOMES[action.kind]
        return artifact

    def _build_image(self, record: RunRecord) -> Artifact:
        """An image with the environment's packages, found or made as for a service, but for the server."""
        from azml_magics.definitions.deployment import DeployRequest
        from azml_magics.engines import run_container
        from azml_magics.preparation.image import ImagePreparation
        from azml_magics.preparation.measures import remember_artifact
        from azml_magics.resolve.environment import base_image_of, strategy_of

        run_container.check_engine(record)
        environment = record.definition
        wanted = DeployRequest("run", record.script, engine="docker", image=record.request.image)
        deployment = Deployment(
            "run",
            EntryScript(record.script, ""),
            environment,
            engine="docker",
            base_image=base_image_of(wanted, environment),
            packages=_strategy(strategy_of(wanted, environment)),
            resources=record.request.resources,
            start="script",
        )
        preparation, stages = ImagePreparation(deployment, self.workspace), Stages(self.emit)
        preparation.bring(emit=stages, cancel=self.cancel)
        artifact = preparation.build(preparation.plan(None), emit=stages, cancel=self.cancel)
        remember_artifact(self.workspace, deployment, artifact, stages)
        return artifact


def _check_in_place(script: Path) -> None:
    from azml_magics.system.files import missing

    if not script.is_file():
        raise missing(script, what="script", code="script-missing")


def _strategy(stated: PackagesStrategy) -> PackagesStrategy:
    """Nothing is installed when a run's container starts: what says so is mounted or baked."""
    return "auto" if stated == "dynamic" else stated


def _variables(record: RunRecord) -> dict[str, str]:
    """What the script is told: as in the cloud, then the environment's variables, then the run's own."""
    theirs = record.definition.variables() if record.definition is not None else {}
    return {
        **store_variables(record),
        "AZUREML_RUN_ID": record.id,
        "AZUREML_ARM_PROJECT_NAME": record.experiment,
        **theirs,
        **dict(record.request.environment_variables),
        "AZML_RUN_RECORD": str(record.record_directory),
    }
