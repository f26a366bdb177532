"""Direct use of a service's script: ``init()`` and ``run()`` once, in its environment, with no server."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.attach_settings import AttachSettings, attach_note
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.scoring import Invocation, ScoringRequest
from azml_magics.errors import DeclarationError, Finding, PreflightError
from azml_magics.events import Emit, Note
from azml_magics.events.stages import running_step
from azml_magics.preparation import prepare
from azml_magics.services.place import service_place
from azml_magics.system.locks import is_locked, locked

if TYPE_CHECKING:
    from azml_magics.definitions.artifact import Artifact
    from azml_magics.engines.invocation import DebugSettings
    from azml_magics.workspace.workspace import Workspace

#: Where VS Code looks for a debugger unless it is told otherwise.
DEBUG_PORT = 5678
FOLDER = "invocations"


def invocation_lock(workspace: Workspace, name: str) -> Path:
    """Held while ``name`` is invoked. It is called like a service's: what is used is not removed meanwhile."""
    return workspace.lock_path(f"service-{name}.invocation")


@dataclass(frozen=True)
class Debug:
    """Wait for a debugger on ``port`` of this machine; ``None``: the usual one, or any where that is taken."""

    port: int | None = None


@dataclass(frozen=True)
class Invoker:
    """Runs scripts of one workspace; ``check`` gives the findings of a deployment."""

    workspace: Workspace
    check: Callable[[Deployment], tuple[Finding, ...]]
    emit: Emit
    cancel: Cancel

    def invoke(
        self,
        deployment: Deployment,
        request: ScoringRequest,
        *,
        method: str = "POST",
        path: str = "/score",
        debug: Debug | None = None,
    ) -> Invocation:
        """Build what is needed, run the script once and give its answer.

        Of one name one runs at a time. Raises ``DeclarationError`` (``invoke-engine``), ``PreflightError``,
        ``BuildError``, ``ScriptError`` for ``init()``, ``ScoringError``.
        """
        _refuse_containers(deployment)
        skips = deployment.request is not None and deployment.request.skip_checks
        findings = [] if skips else [found for found in self.check(deployment) if found.severity == "error"]
        if findings:
            raise PreflightError(f"{deployment.name} cannot be invoked", findings)
        lock = invocation_lock(self.workspace, deployment.name)
        if is_locked(lock):
            self.emit(Note(f"{deployment.name} is being invoked in another notebook or terminal: waiting for its end"))
        with locked(lock, cancel=self.cancel, what=f"waiting for another invocation of {deployment.name}"):
            # As services do: whoever removes what nothing uses holds this one, and looks for holders of the other then.
            with locked(self.workspace.lock_path("prune"), cancel=self.cancel, what="waiting for azml prune"):
                pass
            artifact = self._build(deployment)
            return self._run(deployment, artifact, request, method=method, path=path, debug=debug)

    def _build(self, deployment: Deployment) -> Artifact:
        preparation = prepare(deployment, self.workspace)
        plan = preparation.plan(None)
        silent = plan.action("packages").kind != "run"
        return preparation.build(plan, emit=(lambda _: None) if silent else self.emit, cancel=self.cancel)

    def _run(
        self,
        deployment: Deployment,
        artifact: Artifact,
        request: ScoringRequest,
        *,
        method: str,
        path: str,
        debug: Debug | None,
    ) -> Invocation:
        from azml_magics.engines.invocation import REQUEST, RESPONSE, answer_once
        from azml_magics.scoring.printed import printed_lines
        from azml_magics.scoring.wire import read_response, render_http

        message, request_id = render_http(request, method=method, path=path)
        directory = self._directory(deployment.name)
        settings = self._debug_settings(deployment, artifact, directory, debug) if debug else None
        place = service_place(deployment, self.workspace, directory=directory)
        began = time.perf_counter()
        try:
            with running_step(self.emit, "invoke"):
                answered = answer_once(
                    deployment, artifact, place, message, debug=settings, emit=self.emit, cancel=self.cancel
                )
        finally:
            for name in (REQUEST, RESPONSE):
                (directory / name).unlink(missing_ok=True)
        response = read_response(
            answered.message,
            deployment.name,
            request_id,
            latency_ms=1000 * (time.perf_counter() - began),
            read_log=lambda: answered.log,
            app_root=answered.app,
            script=deployment.entry_script,
            method=method,
        )
        return Invocation(**vars(response), printed=printed_lines(answered.log))

    def _directory(self, name: str) -> Path:
        """The one directory of invocations of ``name``, empty: a debugger finds the files where they were before."""
        directory = self.workspace.root / FOLDER / name
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory

    def _debug_settings(
        self, deployment: Deployment, artifact: Artifact, directory: Path, debug: Debug
    ) -> DebugSettings:
        from azml_magics.build.debugger import build_debugger
        from azml_magics.engines.invocation import DebugSettings

        packages = self.workspace.packages_directory
        found = build_debugger(artifact.python, packages, emit=self.emit, cancel=self.cancel)
        port = _debug_port(debug.port)
        attach = AttachSettings.of(deployment, directory / "app")

        def listens(port: int) -> None:
            self.emit(Note(attach_note(replace(attach, port=port))))

        return DebugSettings(found, port, listens)


def _refuse_containers(deployment: Deployment) -> None:
    if deployment.engine == "process":
        return
    finding = Finding(
        "invoke-engine",
        f"{deployment.name} runs in a container (engine {deployment.engine}), where scripts are run by a server alone",
        "write --engine process to run it with the same packages on this machine, or deploy and score it",
    )
    raise DeclarationError(f"{deployment.name} cannot be invoked", [finding])


def _debug_port(wanted: int | None) -> int:
    """``wanted``, else the usual one, else 0 for any. Raises ``DeclarationError`` (``port-taken``)."""
    port = wanted or DEBUG_PORT
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return port
    if wanted is None:
        return 0
    remedy = "leave --debug-port out, or name another one"
    finding = Finding("port-taken", f"port {wanted} is taken by another program", remedy)
    raise DeclarationError("no debugger can attach", [finding])
