"""``Runs``: training runs of one workspace: submitted, followed, listed, cancelled; what they logged and left."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.model import Model
from azml_magics.definitions.run import (
    Metric,
    RunDetails,
    RunRecord,
    RunRequest,
    RunState,
    check_experiment,
    new_run_id,
)
from azml_magics.errors import CancelledError, DeclarationError
from azml_magics.events import Emit, LogLine, discard
from azml_magics.runs import files, metrics, models
from azml_magics.runs.following import cancel_run, follow_run, read_run_log
from azml_magics.runs.outcome import finish, is_canceled, run_now
from azml_magics.runs.place import make_run_directory
from azml_magics.runs.snapshot import make_written
from azml_magics.runs.told import tell_metric

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class Runs:
    """The runs of ``workspace``. A run is named by its id; ``latest`` is the newest."""

    workspace: Workspace
    declarations: Declarations
    working_directory: Path

    def submit(
        self,
        request: RunRequest,
        *,
        script: EntryScript | None = None,
        environment: Environment | None = None,
        wait: bool = True,
        emit: Emit = discard,
        cancel: Cancel | None = None,
    ) -> RunRecord:
        """Run a script; its output comes as ``LogLine("run", ...)``.

        ``script`` is the text of one that was written in a cell, ``environment`` one that need not be registered yet.
        With ``wait`` the call ends with the run: cancelling it cancels the run, and one that failed raises
        ``RunError``. Without, it ends when the script has been started. Raises what :meth:`Submission.submit` does.
        """
        from azml_magics.runs.submission import Submission

        cancel = cancel or Cancel()
        submission = Submission(self.workspace, self.declarations, self.working_directory, emit, cancel)
        record = submission.submit(request, script, environment)
        if is_canceled(record):  # by somebody who saw it when it had no process yet
            cancel_run(self.workspace, record)
        if not wait:
            return self.get(record.id)

        def end() -> None:
            cancel_run(self.workspace, record)

        remove_hook = cancel.add_hook(end)
        try:
            return self.wait(record.id, emit=emit)
        except KeyboardInterrupt:
            end()
            raise
        finally:
            remove_hook()

    def wait(self, run_id: str, *, emit: Emit = discard, raise_on_failure: bool = True) -> RunRecord:
        """Follow a run to its end, from its first line on; interrupting this ends the waiting alone.

        Raises ``RunError`` for one that failed and ``CancelledError`` for one that was cancelled, unless told not to.
        """
        record = self.get(run_id)
        for line in follow_run(self.workspace, record):
            emit(LogLine("run", line))
        record = self.get(record.id)
        if raise_on_failure and record.state == "Failed":
            from azml_magics.runs.failure import error_of

            raise error_of(record)
        if raise_on_failure and record.state == "Canceled":
            raise CancelledError(f"run {record.id} was cancelled; what it wrote until then is kept")
        return record

    def get(self, run_id: str) -> RunRecord:
        """The run as it is now. Raises ``NotFoundError`` (``unknown-run``) with near ids."""
        return run_now(self.workspace, self.workspace.runs.get(run_id))

    def list_all(self, experiment: str | None = None) -> list[RunRecord]:
        """Every run as it is now, or those of one experiment, the newest first."""
        return [run_now(self.workspace, record) for record in self.workspace.runs.list_all(experiment)]

    def details(self, run_id: str) -> RunDetails:
        """The run with what it logged and left."""
        record = self.get(run_id)
        logged = metrics.read_logged(record)
        return RunDetails(
            record,
            logged.metrics,
            logged.parameters,
            tuple(sorted({**dict(logged.tags), **dict(record.tags)}.items())),
            tuple(files.list_run_files(record)),
            tuple(model.label for model in models.models_of(self.workspace, record.id)),
            logged.child_runs,
        )

    def metrics(self, run_id: str) -> dict[str, Metric]:
        """Everything it logged so far, by name."""
        return {metric.name: metric for metric in metrics.read_logged(self.get(run_id)).metrics}

    def metric_values(self, run_id: str) -> dict[str, object]:
        """As Azure's ``Run.get_metrics``: a value, or the list of all of them."""
        return {name: metric.plain for name, metric in self.metrics(run_id).items()}

    def logs(self, run_id: str, *, tail: int | None = None, follow: bool = False) -> Iterator[str]:
        """Lines that the script printed; with ``follow`` until it ends."""
        return read_run_log(self.workspace, self.get(run_id), tail=tail, follow=follow)

    def cancel(self, run_id: str) -> RunRecord:
        """End a run with everything it started; one that has ended stays as it is."""
        return cancel_run(self.workspace, self.get(run_id))

    def environment(self, run_id: str) -> Environment | None:
        """What it ran in, as it was then; ``None`` for the current Python."""
        return self.get(run_id).definition

    def files(self, run_id: str) -> list[str]:
        """Names of everything it left: ``outputs/...``, ``logs/...``, ``user_logs/std_log.txt``, MLflow's artifacts."""
        return list(files.list_run_files(self.get(run_id)))

    def path(self, run_id: str, name: str) -> Path:
        """The file or folder of that name. Raises ``NotFoundError`` (``unknown-run-file``)."""
        return files.get_run_path(self.get(run_id), name)

    def download(self, run_id: str, name: str, target: Path, *, overwrite: bool = False) -> list[Path]:
        """Copy a file or folder of a run to ``target``; gives the copies. Nothing is written over unasked."""
        return files.copy_out(self.path(run_id, name), self.working_directory / target, overwrite=overwrite)

    def register_model(
        self,
        run_id: str,
        name: str,
        path: str | None = None,
        *,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str = "",
        framework: str | None = None,
        framework_version: str | None = None,
    ) -> Model:
        """Register what the run left at ``path`` (``outputs/model.pkl``; by default what is called like the model).

        The model remembers the run in its properties. Raises ``NotFoundError`` (``unknown-run-file``).
        """
        return models.register_run_model(
            self.workspace,
            self.get(run_id),
            name,
            path,
            tags=tags or {},
            properties=properties or {},
            description=description,
            framework=framework,
            framework_version=framework_version,
        )

    # runs that somebody accompanies -----------------------------------------------------------------------------------

    def start_interactive(self, experiment: str, *, tags: Mapping[str, str] | None = None) -> RunRecord:
        """A run without a script: whoever started it logs to it and ends it with :meth:`complete`."""
        findings = check_experiment(experiment)
        if findings:
            raise DeclarationError("the run cannot be started", findings)
        now = datetime.now(timezone.utc)
        run_id = new_run_id(experiment, now)
        directory = self.workspace.run_directory(run_id)
        record = RunRecord(
            id=run_id,
            experiment=experiment,
            state="Running",
            request=RunRequest("", experiment=experiment, use_current_python=True),
            script="",
            directory=directory,
            working_directory=directory,
            created=now,
            started=now,
            tags=tuple(sorted((tags or {}).items())),
            interactive=True,
        )

        os.close(make_run_directory(record, make_written))
        return self.workspace.runs.add(record)

    def complete(self, run_id: str, state: RunState = "Completed", error: str | None = None) -> RunRecord:
        """End an interactive run; one with a script ends by itself."""
        record = self.get(run_id)
        return finish(self.workspace, record, state, error) if record.interactive else record

    def log_metric(self, run_id: str, name: str, value: object, *, step: int | None = None) -> None:
        """Log something to a run from outside of its script."""
        tell_metric(self.get(run_id), name, value, step)

    def set_tags(
        self, run_id: str, tags: Mapping[str, str], *, properties: Mapping[str, str] | None = None
    ) -> RunRecord:
        """Add tags, or properties, to those there are."""
        record = self.get(run_id)
        return self.workspace.runs.add_words(record.id, tags=tags, properties=properties or {})
