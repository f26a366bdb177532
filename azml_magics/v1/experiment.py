"""``azureml.core.experiment.Experiment``: a name that runs are gathered under."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from azml_magics.v1.checked import Answering
from azml_magics.v1.exceptions import ExperimentExecutionException, NotSupportedLocally, raising
from azml_magics.v1.filters import Filter, has_pairs, wanted_pairs
from azml_magics.v1.news import perform_recorded
from azml_magics.v1.notebook_run import NotebookRun
from azml_magics.v1.run import Run
from azml_magics.v1.run_children import PARENT
from azml_magics.v1.script_run_config import ScriptRunConfig, run_request
from azml_magics.v1.unsupported import INSTEAD, OF_EXPERIMENTS
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.v1.estimator import Estimator


class Experiment(Answering):
    """The experiment ``name``; it is there as soon as it has a run."""

    elsewhere = OF_EXPERIMENTS

    def __init__(self, workspace: Workspace, name: str, **_: object) -> None:
        self._workspace = workspace
        self._name = name

    workspace = property(lambda self: self._workspace, doc="The workspace.")
    workspace_object = workspace
    name = property(lambda self: self._name, doc="Its name.")
    id = property(lambda self: self._name, doc="Its name.")

    def refresh(self) -> None:
        """It is always as it is now."""

    @staticmethod
    def list(
        workspace: Workspace, experiment_name: str | None = None, view_type: str = "ActiveOnly", tags: object = None
    ) -> list[Experiment]:
        """Every experiment that has a run, by name, or the one of that name; none has ``tags``."""
        _ = view_type
        records = [] if tags else session_of(workspace).runs.list_all(experiment_name)
        names = {record.experiment for record in records}
        return [Experiment(workspace, name) for name in sorted(names)]

    def submit(self, config: ScriptRunConfig | Estimator, tags: Mapping[str, object] | None = None, **_: object) -> Run:
        """Start the script on this machine; gives the run as soon as its environment is built and it runs.

        Raises ``ExperimentExecutionException``.
        """
        configuration = getattr(config, "script_run_config", config)
        if not isinstance(configuration, ScriptRunConfig):
            kind = type(config).__name__
            raise NotSupportedLocally(
                f"{kind} cannot be submitted locally",
                remedy=INSTEAD.get(kind, "submit ScriptRunConfig(source_directory=..., script=...)"),
            )
        session = session_of(self.workspace)
        with raising(ExperimentExecutionException):
            request = run_request(configuration, self.workspace, self.name, tags)
            record = perform_recorded(
                f"starting {request.script}",
                lambda emit, cancel: session.runs.submit(request, wait=False, emit=emit, cancel=cancel),
                session,
                verb="run submit",
                name=request.script,
            )
        return Run(self, record.id)

    def start_logging(self, outputs: object = None, snapshot_directory: str | None = None, **_: object) -> NotebookRun:
        """A run without a script: this notebook logs to it until ``complete()``."""
        _ = {"outputs": outputs, "snapshot_directory": snapshot_directory}
        with raising(ExperimentExecutionException):
            return NotebookRun(self, session_of(self.workspace).runs.start_interactive(self.name).id)

    def get_runs(
        self,
        type: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
        include_children: bool = False,
        **_: object,
    ) -> Iterator[Run]:
        """Its runs, newest first; those that have all of these tags and properties. Children are asked for."""
        _ = {"type": type}
        for record in session_of(self.workspace).runs.list_all(self.name):
            if not include_children and PARENT in dict(record.tags):
                continue
            said = ((record.tags, tags), (record.properties, properties))
            if all(has_pairs(dict(values), wanted_pairs(wanted)) for values, wanted in said):
                yield Run(self, record.id)

    def __repr__(self) -> builtins.str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"
