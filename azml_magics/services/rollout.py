"""One service in place of another: the new one has proved that it becomes ready before the former one ends."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment, ServiceReport
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.engines import get_engine
from azml_magics.engines.ports import reserved
from azml_magics.errors import AzmlError, CancelledError
from azml_magics.events import Note, StateChanged
from azml_magics.events.stages import Stages
from azml_magics.preparation.measures import remember_artifact
from azml_magics.services.liveness import find_running, report_now
from azml_magics.services.orphans import marked
from azml_magics.services.place import service_place
from azml_magics.system.lifeline import Lifeline

if TYPE_CHECKING:
    from azml_magics.workspace.services import ServiceRecord
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class Rollout:
    """Starts services of one workspace, with its lock for the service's name held."""

    workspace: Workspace
    stages: Stages
    cancel: Cancel

    def run(self, deployment: Deployment, artifact: Artifact, *, keep_port: bool = False) -> ServiceReport:
        """Start ``deployment``, then end the service of that name that ran so far; with ``keep_port`` on its port.

        When it does not become ready, the former one stays. Raises ``StartError`` and its children.
        """
        if deployment.environment is not None:
            deployment = self.workspace.register_deployment_environment(deployment)
        former = find_running(self.workspace, deployment.name)
        former_port = former.endpoint.port if former and former.endpoint else None
        port = former_port if keep_port and deployment.port is None else deployment.port
        self.stages(StateChanged(deployment.name, "deploying"))
        if former is not None and port is not None and port == former_port:
            record = self._take_over(deployment, artifact, former, port)
        else:
            known = former.endpoint if former else None
            with _leaving(former):
                record = self._start(deployment, artifact, former, known, port=deployment.port)
                self._stop(known)
        remember_artifact(self.workspace, deployment, artifact, self.stages)
        self.stages(StateChanged(deployment.name, "running"))
        return report_now(record, self.stages)

    def _start(
        self,
        deployment: Deployment,
        artifact: Artifact,
        former: ServiceRecord | None,
        known: Endpoint | None,
        *,
        port: int | None,
    ) -> ServiceRecord:
        """A new service on ``port``, written down; ``known`` is the one that may run beside it.

        Should we be killed before it is written down, a process ends with us and a container is found by the mark.
        """
        engine = get_engine(deployment.engine)
        with Lifeline() as lifeline:
            place = service_place(deployment, self.workspace, former=known, lifeline=lifeline.descriptor)
            with marked(place.directory, deployment):
                try:
                    wanted = replace(deployment, port=port)
                    endpoint = engine.start(wanted, artifact, place, emit=self.stages, cancel=self.cancel)
                except AzmlError as error:
                    if former is None:
                        self._save_unstarted(deployment, place.directory, error)
                    raise
                try:
                    record = self._save(deployment, endpoint)
                except BaseException:
                    engine.stop(endpoint)
                    raise
                lifeline.let_go()
        return record

    def _take_over(self, deployment: Deployment, artifact: Artifact, former: ServiceRecord, port: int) -> ServiceRecord:
        """As two services cannot listen on one port, the new one proves itself on another one first.

        From the end of the former one to the readiness of the new one nobody answers; should the port be lost in
        between, the one that has proved itself goes on where it is.
        """
        with reserved(port):
            with _leaving(former):
                proved = self._start(deployment, artifact, former, former.endpoint, port=None)
                self._stop(former.endpoint)
            trial = proved.endpoint
            assert trial is not None
            try:
                with _leaving(proved):
                    record = self._start(deployment, artifact, former, trial, port=port)
                    self._stop(trial)
            except AzmlError as error:
                self.stages(Note(f"it runs on port {trial.port}, since it could not be moved to {port}: {error.brief}"))
                return self._save(deployment, trial)
        return record

    def _save(self, deployment: Deployment, endpoint: Endpoint) -> ServiceRecord:
        return self.workspace.save_service(deployment, endpoint, dict(self.stages.seconds), dict(self.stages.reasons))

    def _save_unstarted(self, deployment: Deployment, directory: Path, error: AzmlError) -> None:
        """Its log stays; what was cancelled has not failed."""
        if isinstance(error, CancelledError):
            record = self.workspace.save_cancelled_service(deployment, directory)
        else:
            record = self.workspace.save_failed_service(deployment, directory, error.brief)
        self.stages(StateChanged(record.name, record.state))

    def _stop(self, endpoint: Endpoint | None) -> None:
        if endpoint is not None:
            get_engine(endpoint.engine).stop(endpoint)


def _leaving(record: ServiceRecord | None) -> AbstractContextManager[None]:
    """Within the block another one takes its place; killed after that, we leave one that the next who looks ends."""
    return nullcontext() if record is None or record.endpoint is None else marked(record.directory, record.deployment)
