"""READ FIRST: the path of a cell, written once: read, define, check, plan, build, deploy, score, stop.

The three doors (``magics``, ``cli`` and the Python API) call only this class. Looking things up by name happens in
:mod:`azml_magics.resolve`; presenting results and errors is left to the doors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.declarations import Change, Declarations, Declared
from azml_magics.definitions.deployment import Deployment, DeployRequest, ServiceReport
from azml_magics.definitions.load_test import DEFAULT_LOAD, LoadProgress, LoadReport, LoadSize
from azml_magics.definitions.scoring import Invocation, ScoringRequest, ScoringResponse
from azml_magics.errors import Finding, PreflightError
from azml_magics.events import Emit, Found, discard
from azml_magics.events.stages import Stages, running_step
from azml_magics.services import exchanges
from azml_magics.services.liveness import find_running, get_running, report_now
from azml_magics.services.orphans import end_all_orphans, held_service

if TYPE_CHECKING:
    from azml_magics.assets.environments import Environments
    from azml_magics.assets.models import Models
    from azml_magics.definitions.artifact import Artifact
    from azml_magics.plan.actions import Plan
    from azml_magics.runs.runs import Runs
    from azml_magics.services.invocations import Debug
    from azml_magics.workspace.workspace import Workspace


class Session:
    """One user's view of one workspace.

    ``workspace_root`` is the ``.azml`` directory; ``None`` looks for it as :func:`azml_magics.workspace.locate` does.
    ``working_directory`` is what relative paths mean; ``None`` is the current directory at the time of each call.
    """

    def __init__(self, workspace_root: Path | None = None, *, working_directory: Path | None = None) -> None:
        self._workspace_root = workspace_root
        self._working_directory = working_directory
        self.declarations = Declarations()

    @property
    def working_directory(self) -> Path:
        """What relative paths mean."""
        return self._working_directory or Path.cwd()

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace, opened (and created) on first use."""
        from azml_magics.workspace.workspace import open_workspace

        return open_workspace(self._workspace_root, start=self.working_directory)

    # read -----------------------------------------------------------------------------------------------------------

    def declare(self, value: Declared) -> Change:
        """Keep what a cell declared; says in one line what that changed."""
        return self.declarations.declare(value)

    @property
    def environments(self) -> Environments:
        """Environments: registered, listed, compared, locked, as files."""
        from azml_magics.assets.environments import Environments

        return Environments(self.workspace, self.declarations, self.working_directory)

    @property
    def models(self) -> Models:
        """Models: registered, listed, copied out."""
        from azml_magics.assets.models import Models

        return Models(self.workspace, self.working_directory)

    @property
    def runs(self) -> Runs:
        """Training runs: submitted, followed, cancelled; what they logged and left."""
        from azml_magics.runs.runs import Runs

        return Runs(self.workspace, self.declarations, self.working_directory)

    # define, check, plan ----------------------------------------------------------------------------------------------

    def define(self, request: DeployRequest) -> Deployment:
        """Look up every name of ``request``.

        Raises ``DeclarationError`` for impossible values and ``NotFoundError`` for unknown names.
        """
        from azml_magics.resolve.deployment import resolve_deployment

        return resolve_deployment(request, self.declarations, self.workspace, self.working_directory)

    def define_again(self, name: str, changes: Mapping[str, object]) -> Deployment:
        """What service ``name`` was asked for, looked up anew, with ``changes`` (fields of ``DeployRequest``)."""
        from azml_magics.resolve.deployment import updated_deployment

        former = self.workspace.get_service(name).deployment
        return updated_deployment(former, changes, self.declarations, self.workspace)

    def check(self, deployment: Deployment) -> tuple[Finding, ...]:
        """Everything that can be known to be wrong before a build, errors first."""
        from azml_magics.preflight import check_deployment
        from azml_magics.resolve.facts import deployment_facts

        return check_deployment(deployment, deployment_facts(deployment, self.workspace, self.declarations))

    def plan(self, deployment: Deployment) -> Plan:
        """What :meth:`deploy` would do and why, without doing it."""
        from azml_magics.preparation import prepare

        return prepare(deployment, self.workspace).plan(find_running(self.workspace, deployment.name))

    # build, run -------------------------------------------------------------------------------------------------------

    def build(
        self, deployment: Deployment, plan: Plan, *, emit: Emit = discard, cancel: Cancel | None = None
    ) -> Artifact:
        """What ``plan`` says, built or found again. Raises ``BuildError``."""
        from azml_magics.preparation import prepare

        return prepare(deployment, self.workspace).build(plan, emit=emit, cancel=cancel or Cancel())

    def deploy(self, request: DeployRequest, *, emit: Emit = discard, cancel: Cancel | None = None) -> ServiceReport:
        """The whole path up to a healthy service.

        A running service of that name stays until the new one has become ready, and stays for good when it does not;
        an equal one is kept as it is. Raises ``PreflightError``, ``BuildError``, ``StartError`` and their children.
        """
        return self._roll_out(self.define(request), Stages(emit), cancel or Cancel(), keep_port=False)

    def update(
        self, name: str, changes: Mapping[str, object], *, emit: Emit = discard, cancel: Cancel | None = None
    ) -> ServiceReport:
        """Deploy ``name`` again as it was asked for, with ``changes`` (fields of ``DeployRequest``), on its port.

        Everything it names is looked up anew: environments, models without a version, files. As :meth:`deploy`.
        """
        return self._roll_out(self.define_again(name, changes), Stages(emit), cancel or Cancel(), keep_port=True)

    def _roll_out(self, deployment: Deployment, stages: Stages, cancel: Cancel, *, keep_port: bool) -> ServiceReport:
        from azml_magics.preparation import prepare
        from azml_magics.services.rollout import Rollout

        with running_step(stages, "check"):
            findings = self.check(deployment)
            errors = [finding for finding in findings if finding.severity == "error"]
            if errors and not (deployment.request and deployment.request.skip_checks):
                raise PreflightError(f"service {deployment.name!r} cannot be deployed", findings)
        for finding in findings:
            stages(Found(finding))
        with held_service(self.workspace, deployment.name, emit=stages, cancel=cancel):
            prepare(deployment, self.workspace).bring(emit=stages, cancel=cancel)
            with running_step(stages, "plan"):
                plan = self.plan(deployment)
            if plan.action("start").kind == "reuse":
                stages.reasons["start"] = plan.action("start").reason
                return report_now(self.workspace.get_service(deployment.name), stages)
            artifact = self.build(deployment, plan, emit=stages, cancel=cancel)
            return Rollout(self.workspace, stages, cancel).run(deployment, artifact, keep_port=keep_port)

    def reload(self, name: str, *, emit: Emit = discard) -> ServiceReport:
        """Serve script and source files as they are now, without a restart; the old ones stay when they fail to load.

        The script is taken from this session's cells when one declared it, else from the file it was deployed from.
        """
        from azml_magics.engines import get_engine
        from azml_magics.resolve.deployment import refreshed_deployment
        from azml_magics.services.place import service_place

        stages = Stages(emit)
        with self.workspace.service_lock(name):
            record = get_running(self.workspace, name)
            deployment = refreshed_deployment(record.deployment, self.declarations)
            findings = self.check(deployment)
            if any(finding.severity == "error" for finding in findings):
                raise PreflightError(f"service {name!r} was not reloaded; the former script keeps serving", findings)
            assert record.endpoint is not None
            place = service_place(deployment, self.workspace, directory=record.endpoint.directory)
            with running_step(stages, "reload"):
                endpoint = get_engine(deployment.engine).reload(record.endpoint, deployment, place, emit=stages)
            return report_now(self.workspace.save_service(deployment, endpoint, record.stages, record.reasons), stages)

    # look, score, stop ------------------------------------------------------------------------------------------------

    def services(self) -> list[ServiceReport]:
        """Every known service with its state as it is now, by name."""
        end_all_orphans(self.workspace)
        return [report_now(record) for record in self.workspace.list_services()]

    def service(self, name: str) -> ServiceReport:
        """One service; ``NotFoundError`` (``unknown-service``) with near names."""
        return report_now(self.workspace.get_service(name))

    def logs(self, name: str, *, tail: int | None = None, follow: bool = False) -> Iterator[str]:
        """Lines of the service's log, also after it failed or was stopped."""
        from azml_magics.engines import get_engine
        from azml_magics.system.logs import read_lines

        record = self.workspace.get_service(name)
        if record.endpoint is None:
            return read_lines(record.log_path, tail=tail)
        return get_engine(record.deployment.engine).logs(record.endpoint, tail=tail, follow=follow)

    def score(self, name: str, request: ScoringRequest) -> ScoringResponse:
        """Send one request and keep it in the history. Raises ``ServiceError``, ``ScoringError``."""
        return exchanges.send_request(self.workspace, name, request).response

    def load_test(
        self,
        name: str,
        request: ScoringRequest,
        size: LoadSize = DEFAULT_LOAD,
        *,
        report: Callable[[LoadProgress], None] = lambda _progress: None,
        cancel: Cancel | None = None,
    ) -> LoadReport:
        """Send ``request`` many times and measure; see :func:`azml_magics.services.exchanges.load_test`."""
        return exchanges.load_test(self.workspace, name, request, size, report=report, cancel=cancel or Cancel())

    def invoke(
        self,
        deployment: Deployment,
        request: ScoringRequest,
        *,
        debug: Debug | None = None,
        emit: Emit = discard,
        cancel: Cancel | None = None,
    ) -> Invocation:
        """Run ``init()`` and ``run()`` once with no server. Raises ``ScriptError`` and the errors of :meth:`deploy`."""
        from azml_magics.services.invocations import Invoker

        return Invoker(self.workspace, self.check, emit, cancel or Cancel()).invoke(deployment, request, debug=debug)

    def stop(self, name: str, *, emit: Emit = discard) -> ServiceReport:
        """End the service; its log stays. Stopping one that has already ended is not an error."""
        from azml_magics.engines import get_engine

        with held_service(self.workspace, name, emit=emit):
            record = self.workspace.get_service(name)
            if record.endpoint is not None:
                get_engine(record.deployment.engine).stop(record.endpoint)
            return report_now(self.workspace.save_stopped_service(name))
