"""The process engine: a service as a process group on this machine, listening on 127.0.0.1 only."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment, ServiceState
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.engines import RECENT_LINES, STOP_GRACE_SECONDS, ServicePlace, app_root, ports
from azml_magics.engines.notifications import Notifications
from azml_magics.engines.probe import wait_until_healthy
from azml_magics.engines.readiness import BUSY, UNCHANGED, reload_failure, wait_for_reload, wait_until_ready
from azml_magics.engines.told_log import told_log
from azml_magics.events import Emit, Note
from azml_magics.events.stages import running_step
from azml_magics.system.child_environment import service_environment
from azml_magics.system.files import write_atomically
from azml_magics.system.logs import follow_lines, read_appended, read_lines, read_newest
from azml_magics.system.process import (
    end_by_variable,
    is_alive,
    process_created,
    reap_in_background,
    start_detached,
    terminate_group,
)

LOG_NAME = "service.log"


class ProcessEngine:
    """Runs ``serving/start.py`` with the artifact's Python; the process outlives whoever started it."""

    name = "process"

    def start(
        self, deployment: Deployment, artifact: Artifact, place: ServicePlace, *, emit: Emit, cancel: Cancel
    ) -> Endpoint:
        """Start, wait for ``init()`` of every worker, then ask ``GET /``. Raises ``StartError`` and its children."""
        log_path = place.directory / LOG_NAME
        read_log = partial(read_newest, log_path, limit=RECENT_LINES)
        with ports.listen(deployment.port) as listener, Notifications() as notifications:
            port = listener.getsockname()[1]
            with running_step(emit, "start", "a new process"), told_log(log_path, emit):
                app = app_root.lay_out(deployment, place, emit=emit, cancel=cancel)
                variables = {
                    **app_root.contract_variables(deployment, app),
                    **service_settings(deployment, artifact, place),
                    "AZML_LISTEN_FD": str(listener.fileno()),
                    "AZML_NOTIFY_SOCKET": str(notifications.path),
                }
                inherited = [listener.fileno()]
                if place.lifeline is not None:
                    variables["AZML_LIFELINE_FD"] = str(place.lifeline)
                    inherited.append(place.lifeline)
                process = start_detached(
                    [str(artifact.python), str(serving_directory() / "start.py"), str(port)],
                    env=service_environment({**variables, **deployment.variables(), **kept_settings(variables)}),
                    cwd=app,
                    log_path=log_path,
                    pass_fds=inherited,
                )
                listener.close()
                created = process_created(process.pid)
                try:
                    reap_in_background(process, lambda code: notifications.post(state="exited", code=code))
                    wait_until_ready(deployment, notifications, read_log, str(app), cancel=cancel)
                except BaseException:
                    terminate_group(process.pid, created, grace_seconds=0.0)
                    raise
        endpoint = Endpoint(
            service=deployment.name,
            engine=self.name,
            port=port,
            log_path=log_path,
            directory=place.directory,
            pid=process.pid,
            process_created=created,
            started=datetime.now(timezone.utc),
        )
        with running_step(emit, "healthy"):
            try:
                wait_until_healthy(endpoint, deployment.wait_seconds)
            except BaseException:
                self.stop(endpoint)
                raise
        return endpoint

    def reload(self, endpoint: Endpoint, deployment: Deployment, place: ServicePlace, *, emit: Emit) -> Endpoint:
        """Put changed files in place, have a new worker try them, and let the old ones finish what they answer."""
        assert endpoint.pid is not None
        pid = endpoint.pid
        mark = self.log_mark(endpoint)
        with (
            Notifications() as notifications,
            app_root.replaced_files(deployment, place) as replaced,
            told_log(endpoint.log_path, emit, tells_requests=False),
        ):
            if not replaced:
                emit(Note(UNCHANGED))
            request = json.dumps({"notify": str(notifications.path)}).encode()
            write_atomically(endpoint.directory / "reload.json", request)
            os.kill(pid, signal.SIGHUP)
            news, interrupt = wait_for_reload(
                endpoint,
                notifications,
                deployment.wait_seconds,
                lives=lambda: _lives(endpoint),
                give_up=lambda: os.kill(pid, signal.SIGUSR2),
            )
            if news["state"] == "failed":
                log = self.log_since(endpoint, mark)
                raise interrupt or reload_failure(endpoint, deployment, log, given_up="given_up" in news)
            if news.get("busy"):
                emit(Note(BUSY))
        if interrupt is not None:
            raise interrupt
        return endpoint

    def state(self, endpoint: Endpoint) -> ServiceState:
        """``running`` while the process that was started lives, else ``failed``."""
        return "running" if _lives(endpoint) else "failed"

    def logs(self, endpoint: Endpoint, *, tail: int | None = None, follow: bool = False) -> Iterator[str]:
        """Lines of the log file; with ``follow`` until the process ends."""
        if follow:
            return follow_lines(endpoint.log_path, tail=tail, ended=lambda: not _lives(endpoint))
        return read_lines(endpoint.log_path, tail=tail)

    def log_mark(self, endpoint: Endpoint) -> float:
        """The size of the log file."""
        return endpoint.log_path.stat().st_size if endpoint.log_path.exists() else 0

    def log_since(self, endpoint: Endpoint, mark: float) -> Sequence[str]:
        """What the file holds beyond that size."""
        return read_appended(endpoint.log_path, int(mark), limit=RECENT_LINES)

    def stop(self, endpoint: Endpoint) -> None:
        """End the process group; running requests may finish within gunicorn's grace period."""
        if endpoint.pid is not None:
            terminate_group(endpoint.pid, endpoint.process_created, grace_seconds=STOP_GRACE_SECONDS)

    def end_orphan(self, directory: Path) -> None:
        """Its lifeline has ended it on Linux; elsewhere it is found by what it was told."""
        end_by_variable("AML_APP_ROOT", str(directory / "app"))


ENGINE = ProcessEngine()


def _lives(endpoint: Endpoint) -> bool:
    return endpoint.pid is not None and is_alive(endpoint.pid, endpoint.process_created)


def serving_directory() -> Path:
    """Where ``start.py`` is."""
    return Path(__file__).parent.parent / "serving"


def service_settings(deployment: Deployment, artifact: Artifact, place: ServicePlace) -> dict[str, str]:
    """What the engine itself tells the start script; see ``serving/__init__.py``."""
    settings = {
        "AZML_CONTROL_DIRECTORY": str(place.directory),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(artifact.python.parent), os.environ.get("PATH", os.defpath)]),
        **artifact.activation(),
    }
    if deployment.workers is not None:
        settings["WORKER_COUNT"] = str(deployment.workers)
    if "AZUREML_EXTRA_REQUIREMENTS_TXT" in deployment.variables():
        from azml_magics.system.uv import uv_binary, uv_environment

        # The environment is shared by equal definitions and has no pip: extra packages go beside the service.
        target = place.directory / "extra-packages"
        command = [uv_binary(), "pip", "install", "--python", str(artifact.python), "--target", str(target)]
        settings["AZML_INSTALL_COMMAND"] = json.dumps(command)
        settings["AZML_INSTALL_TARGET"] = str(target)
        indexes = {name: value for name, value in uv_environment().items() if name.startswith(("UV_", "SSL_CERT_"))}
        settings["AZML_INSTALL_ENVIRONMENT"] = json.dumps(indexes)
    return settings


def kept_settings(variables: dict[str, str]) -> dict[str, str]:
    """Settings a user's variable of the same name must not replace: the ones the engine finds the service by."""
    return {
        name: value for name, value in variables.items() if name in ("AML_APP_ROOT", "PATH") or name.startswith("AZML_")
    }
