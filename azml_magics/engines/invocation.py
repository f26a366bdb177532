"""A script run once for one request, in a process of its own and as a service would run it, but with no server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment
from azml_magics.engines import ServicePlace, app_root
from azml_magics.engines.failure import LOG_TAIL_LINES, Words, explain_exit
from azml_magics.engines.process import kept_settings, service_settings, serving_directory
from azml_magics.engines.told_log import ServerNews
from azml_magics.errors import ScoringError
from azml_magics.events import Emit
from azml_magics.system.child_environment import service_environment
from azml_magics.system.files import write_atomically
from azml_magics.system.lifeline import Lifeline
from azml_magics.system.logs import clip_line
from azml_magics.system.process import end_by_variable, run

#: As ``serving/invoke.py`` calls them.
REQUEST, RESPONSE = "request.http", "response.http"
LISTENING = "azml-debug listening on "
#: Azure's port of a local service; nobody listens on it here, but the server's settings name one.
NOMINAL_PORT = 5001
#: The server's own words when ``init()`` is over.
READY = "ready for serving traffic"


@dataclass(frozen=True)
class DebugSettings:
    """Where debugpy is installed, the port to listen on (0: any), and who is told the one that it became."""

    directory: Path
    port: int
    listens: Callable[[int], None]


@dataclass(frozen=True)
class Answered:
    """What a script answered, as HTTP; ``log`` is everything that was printed, ``app`` where its files were."""

    message: bytes
    log: tuple[str, ...]
    app: str


def answer_once(
    deployment: Deployment,
    artifact: Artifact,
    place: ServicePlace,
    message: bytes,
    *,
    debug: DebugSettings | None = None,
    emit: Emit,
    cancel: Cancel,
) -> Answered:
    """Lay out the service in ``place`` (a new directory), load the script, and answer the HTTP request ``message``.

    Raises ``ScriptError`` and ``StartError`` as a start of the service would, and ``ScoringError`` (``worker-ended``)
    when the process ends while it answers. Cancelling ends it with everything it started; what the
    script leaves behind ends with it.
    """
    app = app_root.lay_out(deployment, place, emit=emit, cancel=cancel)
    write_atomically(place.directory / REQUEST, message)
    variables = {
        **app_root.contract_variables(deployment, app),
        **service_settings(deployment, artifact, place),
        "AZML_INVOKE_DIRECTORY": str(place.directory),
    }
    if debug is not None:
        variables |= {"AZML_DEBUG_PATH": str(debug.directory), "AZML_DEBUG_PORT": str(debug.port)}

    news = ServerNews(emit)

    def tell(line: str) -> None:
        if debug is not None and line.startswith(LISTENING):
            debug.listens(int(line.rpartition(":")[2]))
        news.tell(clip_line(line))

    with Lifeline() as lifeline:  # whoever is killed while a script loads, or waits for a debugger, leaves nothing
        variables["AZML_LIFELINE_FD"] = str(lifeline.descriptor)
        completed = run(
            [str(artifact.python), str(serving_directory() / "start.py"), str(NOMINAL_PORT)],
            env=service_environment({**variables, **deployment.variables(), **kept_settings(variables)}),
            cwd=app,
            on_line=tell,
            cancel=cancel,
            pass_fds=(lifeline.descriptor,),
            on_exit=lambda: end_by_variable("AML_APP_ROOT", str(app)),
        )
        lifeline.let_go()  # it has ended: its number may be another one's
    cancel.check(f"invoking {deployment.name}")
    response = place.directory / RESPONSE
    if not response.exists():
        raise _failure(deployment, completed.returncode, [clip_line(line) for line in completed.lines], str(app))
    return Answered(response.read_bytes(), completed.lines, str(app))


def _failure(deployment: Deployment, exit_code: int, log: Sequence[str], app: str) -> Exception:
    if any(READY in line for line in log):
        ended = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
        return ScoringError(
            f"{deployment.entry_script.path} ended its process while it answered ({ended})",
            remedy="%azml why and azml --verbose show what it printed last",
            details=log[-LOG_TAIL_LINES:],
            code="worker-ended",
        )
    words = Words(f"{deployment.name} was not invoked", "%azml why, azml --verbose")
    return explain_exit(deployment, exit_code, log, app, words=words)
