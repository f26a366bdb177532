"""The process engine: a service as a process group on this machine, listening on 127.0.0.1 only."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment, ServiceState
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.engines import RECENT_LINES, ServicePlace, app_root, ports
from azml_magics.engines.failure import LOG_TAIL_LINES, explain_exit, explain_script_failure
from azml_magics.engines.notifications import Notifications
from azml_magics.engines.probe import wait_until_healthy
from azml_magics.errors import AzmlError, ServiceError, StartError
from azml_magics.events import Emit, Note
from azml_magics.stages import running_step
from azml_magics.system.child_environment import service_environment
from azml_magics.system.files import write_atomically
from azml_magics.system.logs import follow_lines, read_appended, read_lines
from azml_magics.system.process import is_alive, process_created, reap_in_background, start_detached, terminate_group

LOG_NAME = "service.log"
#: A little more than gunicorn itself gives running requests (``graceful_timeout``, 30 s) before it ends them.
STOP_GRACE_SECONDS = 32.0
#: How long the service may take to end what it was trying, once it is told to.
GIVE_UP_SECONDS = 10.0
#: No event crosses processes when a service that is no child of ours ends: it is looked after this often.
LOOK_AFTER_SECONDS = 1.0


class ProcessEngine:
    """Runs ``serving/start.py`` with the artifact's Python; the process outlives whoever started it."""

    name = "process"

    def start(
        self, deployment: Deployment, artifact: Artifact, place: ServicePlace, *, emit: Emit, cancel: Cancel
    ) -> Endpoint:
        """Start, wait for ``init()`` of every worker, then ask ``GET /``. Raises ``StartError`` and its children."""
        log_path = place.directory / LOG_NAME
        app = app_root.lay_out(deployment, place)
        with ports.listen(deployment.port) as listener, Notifications() as notifications:
            port = listener.getsockname()[1]
            variables = {
                **app.variables,
                **_settings(deployment, artifact, place),
                "AZML_LISTEN_FD": str(listener.fileno()),
                "AZML_NOTIFY_SOCKET": str(notifications.path),
            }
            with running_step(emit, "start", "a new process"):
                process = start_detached(
                    [str(artifact.python), str(_serving_directory() / "start.py"), str(port)],
                    env=service_environment({**variables, **deployment.variables(), **_kept(variables)}),
                    cwd=app.directory,
                    log_path=log_path,
                    pass_fds=(listener.fileno(),),
                )
                listener.close()
                created = process_created(process.pid)
                try:
                    reap_in_background(process, lambda code: notifications.post(state="exited", code=code))
                    _wait_until_ready(deployment, notifications, log_path, app.directory, cancel=cancel)
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
        log_offset = endpoint.log_path.stat().st_size
        with Notifications() as notifications, app_root.replaced_files(deployment, place) as changed:
            if not changed:
                emit(Note("nothing changed since the last deploy or reload: init() runs again all the same"))
            request = json.dumps({"notify": str(notifications.path)}).encode()
            write_atomically(endpoint.directory / "reload.json", request)
            os.kill(endpoint.pid, signal.SIGHUP)
            news, interrupt = _wait_for_reload(endpoint, notifications, deployment.wait_seconds)
            if news["state"] == "failed":
                raise interrupt or self._reload_failure(endpoint, deployment, log_offset, given_up="given_up" in news)
            if news.get("busy"):
                emit(Note("an old worker is still answering its last request"))
        if interrupt is not None:
            raise interrupt
        return endpoint

    def _reload_failure(
        self, endpoint: Endpoint, deployment: Deployment, log_offset: int, *, given_up: bool
    ) -> AzmlError:
        if given_up:
            return ServiceError(
                f"service {endpoint.service!r} did not finish reloading within {deployment.wait_seconds:g} s "
                "and keeps serving the former script",
                remedy=f"azml logs {endpoint.service} shows what init() is doing; a deployment may give it more time "
                "(--wait-seconds)",
                code="reload-timeout",
            )
        with endpoint.log_path.open("rb") as log:
            log.seek(log_offset)
            lines = log.read().decode(errors="replace").splitlines()
        outcome = f"service {endpoint.service!r} was not reloaded and keeps serving the former script"
        return explain_script_failure(deployment, lines, str(endpoint.directory / "app"), outcome) or ServiceError(
            outcome,
            remedy=f"azml logs {endpoint.service} shows why",
            details=lines[-LOG_TAIL_LINES:],
            code="reload-failed",
        )

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


ENGINE = ProcessEngine()


def _lives(endpoint: Endpoint) -> bool:
    return endpoint.pid is not None and is_alive(endpoint.pid, endpoint.process_created)


def _serving_directory() -> Path:
    return Path(__file__).parent.parent / "serving"


def _settings(deployment: Deployment, artifact: Artifact, place: ServicePlace) -> dict[str, str]:
    """What the engine itself tells the start script; see ``serving/__init__.py``."""
    settings = {
        "AZML_CONTROL_DIRECTORY": str(place.directory),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(artifact.python.parent), os.environ.get("PATH", os.defpath)]),
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


def _kept(variables: dict[str, str]) -> dict[str, str]:
    """Settings a user's variable of the same name must not replace: the ones the engine finds the service by."""
    return {
        name: value for name, value in variables.items() if name in ("AML_APP_ROOT", "PATH") or name.startswith("AZML_")
    }


def _wait_for_reload(
    endpoint: Endpoint, notifications: Notifications, timeout_seconds: float
) -> tuple[dict[str, object], KeyboardInterrupt | None]:
    """How the reload ended, for certain: files are put back by that, so an interrupt first gives it up."""
    deadline = time.monotonic() + timeout_seconds
    interrupt = None
    try:
        while (left := deadline - time.monotonic()) > 0:
            news = notifications.wait(min(left, LOOK_AFTER_SECONDS))
            if news is not None:
                return news, None
            if not _lives(endpoint):
                raise _ended(endpoint)
    except KeyboardInterrupt as caught:
        interrupt = caught
    if not _lives(endpoint):
        raise _ended(endpoint)
    assert endpoint.pid is not None
    os.kill(endpoint.pid, signal.SIGUSR2)
    return notifications.wait(GIVE_UP_SECONDS) or {"state": "failed", "given_up": True}, interrupt


def _ended(endpoint: Endpoint) -> ServiceError:
    return ServiceError(
        f"service {endpoint.service!r} ended while it was reloading",
        remedy=f"azml logs {endpoint.service} shows why; deploy it again",
        code="service-ended",
    )


def _wait_until_ready(
    deployment: Deployment, notifications: Notifications, log_path: Path, app: Path, *, cancel: Cancel
) -> None:
    remove_hook = cancel.add_hook(lambda: notifications.post(state="cancelled"))
    try:
        deadline = time.monotonic() + deployment.wait_seconds
        news = notifications.wait(deadline - time.monotonic())
    finally:
        remove_hook()
    cancel.check(f"deploying {deployment.name!r}")
    if news is None:
        raise StartError(
            f"service {deployment.name!r} was not ready within {deployment.wait_seconds:g} s",
            remedy="give it more time with --wait-seconds, or see what init() is doing in the log below",
            code="start-timeout",
            log_tail=list(read_lines(log_path, tail=LOG_TAIL_LINES)),
        )
    if news["state"] == "exited":
        raise explain_exit(deployment, int(str(news["code"])), list(read_lines(log_path)), str(app))
