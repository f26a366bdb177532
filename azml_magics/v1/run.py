"""``azureml.core.run.Run``: a run of the workspace, waited for, looked at, and a source of models."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azml_magics.definitions.run import LATEST, RunRecord
from azml_magics.errors import AzmlError
from azml_magics.v1.checked import Answering
from azml_magics.v1.exceptions import ActivityFailedException, RunEnvironmentException, UserErrorException, raising
from azml_magics.v1.news import perform
from azml_magics.v1.offline_run import OfflineRun
from azml_magics.v1.run_children import RunChildren
from azml_magics.v1.run_files import RunFiles
from azml_magics.v1.run_source import RunSource
from azml_magics.v1.unsupported import OF_RUNS
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.runs.runs import Runs
    from azml_magics.v1.environment import Environment
    from azml_magics.v1.experiment import Experiment
    from azml_magics.v1.model import Model


class _OfRunOrLatest:
    """A method that can be called on the class too, as a document of Azure prints it: about the newest run then."""

    def __init__(self, method: Callable[[Run], Any]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, instance: Run | None, owner: type[Run]) -> Callable[[], Any]:
        return lambda: self._method(instance or owner.latest(Workspace.from_config()))


class Run(RunFiles, RunChildren, RunSource, Answering):
    """Run ``run_id`` of ``experiment``. Raises ``RunEnvironmentException`` for one that is not known."""

    elsewhere = OF_RUNS
    names = ("id",)

    def __init__(self, experiment: Experiment | None, run_id: str, **_: object) -> None:
        from azml_magics.v1.experiment import Experiment

        self._workspace = experiment.workspace if experiment is not None else Workspace.from_config()
        with raising(RunEnvironmentException):
            record = self._runs.get(run_id)
        self.id: str = record.id
        self._experiment = experiment or Experiment(self._workspace, record.experiment)

    @classmethod
    def get(cls, workspace: Workspace, run_id: str) -> Run:
        """The run of that id."""
        from azml_magics.v1.experiment import Experiment

        with raising(RunEnvironmentException):
            record = session_of(workspace).runs.get(run_id)
        return cls(Experiment(workspace, record.experiment), record.id)

    @classmethod
    def latest(cls, workspace: Workspace) -> Run:
        """The newest run of the workspace."""
        return cls.get(workspace, LATEST)

    @classmethod
    def list(cls, experiment: Experiment, **filters: Any) -> list[Run]:
        """As ``experiment.get_runs()``."""
        return [*experiment.get_runs(**filters)]

    @classmethod
    def get_context(cls, allow_offline: bool = True, **_: object) -> Run | OfflineRun:
        """Outside of a script that was submitted: a run that prints what it is told.

        Raises ``RunEnvironmentException`` with ``allow_offline=False``.
        """
        if not allow_offline:
            raise RunEnvironmentException("this code does not belong to a run", remedy="submit it as a script")
        return OfflineRun()

    @property
    def _runs(self) -> Runs:
        return session_of(self._workspace).runs

    @property
    def _record(self) -> RunRecord:
        return self._runs.get(self.id)

    experiment = property(lambda self: self._experiment, doc="The experiment it belongs to.")
    run_id = property(lambda self: self.id, doc="Its id.")
    number = property(lambda self: int(self.id.split("_")[-2]), doc="When it was started, in seconds of the epoch.")
    name = property(lambda self: self.id, doc="Its id: runs have no other name.")
    display_name = name
    description = property(lambda self: self.get_tags().get("description"), doc="Its tag of that name.")
    portal_url = property(lambda self: self.get_portal_url(), doc="Where its files are.")
    parent = property(lambda _: None, doc="Runs have no parents here.")
    type = property(lambda _: "azureml.scriptrun", doc="What kind of run it is.")
    status = property(lambda self: self.get_status(), doc="Its state, in Azure's words.")
    tags = property(lambda self: self.get_tags(), doc="Its tags.")
    properties = property(lambda self: self.get_properties(), doc="Its properties.")

    def get_status(self) -> str:
        """``NotStarted``, ``Preparing``, ``Running``, ``Completed``, ``Failed`` or ``Canceled``."""
        return self._record.state

    def get_tags(self) -> dict[str, str]:
        """Its tags."""
        return dict(self._record.tags)

    def get_properties(self) -> dict[str, str]:
        """Its properties."""
        return dict(self._record.properties)

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait for the end, printing what the script prints; gives :meth:`get_details`.

        Raises ``ActivityFailedException`` when it failed, with the user's own lines.
        """
        _ = wait_post_processing
        with raising(ActivityFailedException):
            perform(
                f"waiting for {self.id}",
                lambda emit, _: self._runs.wait(self.id, emit=emit, raise_on_failure=raise_on_error),
                show_output=show_output,
            )
        return self.get_details()

    def get_details(self) -> dict[str, Any]:
        """What is known about it, with Azure's keys."""
        record = self._record
        return {
            "runId": record.id,
            "target": "local",
            "status": record.state,
            "startTimeUtc": record.started and record.started.isoformat(),
            "endTimeUtc": record.ended and record.ended.isoformat(),
            "properties": dict(record.properties),
            "error": record.error,
            "runDefinition": {
                "script": record.script,
                "arguments": [*record.arguments],
                "environment": record.environment,
                "sourceDirectory": str(record.working_directory),
            },
            "logFiles": {record.log_path.name: str(record.log_path)},
        }

    def get_details_with_logs(self) -> dict[str, Any]:
        """As :meth:`get_details`, with what it printed."""
        name = self._record.log_path.name
        return {**self.get_details(), "logFiles": {name: "\n".join(self._runs.logs(self.id))}}

    def get_metrics(self, name: str | None = None, **_: object) -> dict[str, Any]:
        """What it logged: a value, or the list of them, by name."""
        metrics = self._runs.metric_values(self.id)
        return {key: in_columns(value) for key, value in metrics.items() if name in (None, key)}

    def _environment(self) -> Environment:
        """The environment it ran in. Raises ``RunEnvironmentException`` for one that ran with the current Python."""
        from azml_magics.v1.environment import Environment

        definition = self._runs.environment(self.id)
        if definition is None:
            raise RunEnvironmentException(
                f"run {self.id} ran with the current Python, in no environment", remedy="name one when you submit"
            )
        return Environment.of(definition)

    get_environment = _OfRunOrLatest(_environment)

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        **_: object,
    ) -> Model:
        """A model of what it wrote: ``model_path`` is the file's name in the run (``outputs/model.pkl``)."""
        from azml_magics.v1.model import Model

        with raising(UserErrorException):
            registered = self._runs.register_model(
                self.id,
                model_name,
                None if model_path is None else posixpath.normpath(model_path),
                tags=_texts(tags or {}),
                properties=_texts(properties or {}),
                description=description or "",
                framework=model_framework,
                framework_version=model_framework_version,
            )
        return Model._of(self._workspace, registered)

    def cancel(self) -> None:
        """End it, with everything it started."""
        with raising(ActivityFailedException):
            self._runs.cancel(self.id)

    def complete(self) -> None:
        """The end of a run without a script."""
        self._runs.complete(self.id)

    def fail(self, error_details: str | None = None, **_: object) -> None:
        """The bad end of a run without a script; one with a script is cancelled."""
        if self._record.interactive:
            self._runs.complete(self.id, "Failed", error_details)
        else:
            self.cancel()

    def log(self, name: str, value: object, description: str = "", step: int | None = None) -> None:
        """Log a metric of it from here."""
        _ = {"description": description}
        plain = getattr(value, "tolist", None)
        self._runs.log_metric(self.id, name, plain() if callable(plain) else value, step=step)

    def log_list(self, name: str, value: Sequence[object], description: str = "") -> None:
        """Log several values of one metric."""
        for item in value:
            self.log(name, item, description)

    def log_row(self, name: str, description: str = "", **values: object) -> None:
        """Log a metric of several numbers."""
        _ = {"description": description}
        self.log(name, values)

    def log_table(self, name: str, value: object, description: str = "") -> None:
        """Log a table, a matrix and the like as it is."""
        self.log(name, value, description)

    log_confusion_matrix = log_accuracy_table = log_predictions = log_residuals = log_table

    def flush(self, timeout_seconds: int = 300) -> None:
        """Everything is written at once."""

    def tag(self, key: str, value: object = "") -> None:
        """Set one tag."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags."""
        self._runs.set_tags(self.id, _texts(tags))

    def add_properties(self, properties: Mapping[str, object]) -> None:
        """Add properties; one that is there stays as it is: then ``UserErrorException`` is raised."""
        given, former = _texts(properties), self.get_properties()
        changed = [key for key, value in given.items() if former.get(key, value) != value]
        if changed:
            raise UserErrorException(f"property {changed[0]!r} is set already", remedy="set a tag: tags may change")
        self._runs.set_tags(self.id, {}, properties=given)

    def get_portal_url(self) -> str:
        """Where its files are: there is no portal."""
        return self._record.directory.as_uri()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if kind is None:
            self.complete()
        else:
            self.fail(repr(error))

    def __repr__(self) -> str:
        try:
            state = self.get_status()
        except AzmlError:
            state = "removed"
        return f"Run(Experiment: {self.experiment.name},\nId: {self.id},\nType: {self.type},\nStatus: {state})"


ScriptRun = Run


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run:
    """The run of that id."""
    _ = (rehydrate, clean_up)
    return Run(experiment, run_id)


def in_columns(value: object) -> object:
    """Rows of one metric as the SDK gives them: ``{"a": [1, 2]}`` for what was logged as ``a=1`` and ``a=2``."""
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
        return value
    names = list(value[0])
    return {name: [row[name] for row in value] for name in names} if all([*row] == names for row in value) else value


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in values.items()}
