"""Why a service did not come up, from its exit code and its log, in the user's terms."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.removed_names import find_replacement
from azml_magics.definitions.user_traceback import exception_line, extract_tracebacks, user_frames
from azml_magics.errors import ScriptError, StartError

LOG_TAIL_LINES = 40
SERVER_PACKAGE = "azureml_inference_server_http"
#: Class names the server wraps every failure of the script in.
SCRIPT_EXCEPTION = "azureml_inference_server_http.server.user_script.UserScript"

#: Exit code -> (code, what happened, remedy); from the images' start script (AZUREML.md 2.2) and the server (1.2, 1.4).
EXIT_CODES: dict[int, tuple[str, str, str]] = {
    1: ("server-exit", "the server refused its settings", "see the log: {log}"),
    3: ("server-exit", "the server could not load the app", "see the log: {log}"),
    95: (
        "extra-packages-failed",
        "packages for AZUREML_EXTRA_REQUIREMENTS_TXT or AZUREML_EXTRA_CONDA_YAML could not be installed",
        "the installer's own words are in the log: {log}",
    ),
    97: (
        "library-path-missing",
        "AZUREML_EXTRA_PYTHON_LIB_PATH names a directory that is not beside the entry script",
        "deploy it with the script (--source-dir) and give the path relative to the script's directory",
    ),
    98: (
        "conda-file-missing",
        "AZUREML_EXTRA_CONDA_YAML names a file that is not beside the entry script",
        "deploy it with the script (--source-dir) and give the path relative to the script's directory",
    ),
    99: (
        "extra-requirements-missing",
        "AZUREML_EXTRA_REQUIREMENTS_TXT names a file that is not beside the entry script",
        "deploy it with the script (--source-dir) and give the path relative to the script's directory",
    ),
    137: (
        "service-killed",
        "it was killed from outside (SIGKILL), which the system does when memory runs out",
        "give it more memory (--memory-gb), or see who ended it: {log}",
    ),
    100: (
        "server-missing",
        "azureml-inference-server-http is not installed in this environment",
        "add azureml-inference-server-http to the requirements",
    ),
}

#: gunicorn's words for a worker that the system ended; it starts the next one, which fares no better.
OUT_OF_MEMORY = "Perhaps out of memory?"
#: What the supervisor of a prebuilt image says when its start script has ended: exit code, signal (AZUREML.md 2.1).
SUPERVISED = re.compile(r"gunicorn/finish (-?\d+) (\d+)")

LOG_CODES = (
    ("Configuration Error", "server-configuration", "the server refused a setting"),
    ("Invalid config file!", "server-configuration", "the server cannot read config.json"),
    ("WORKER TIMEOUT", "init-timeout", "init() took longer than WORKER_TIMEOUT allows"),
    (OUT_OF_MEMORY, "out-of-memory", "a worker was killed, probably for lack of memory"),
)


@dataclass(frozen=True)
class Words:
    """What did not happen, in a few words, and what shows the log."""

    outcome: str
    log: str


def explain_exit(
    deployment: Deployment,
    exit_code: int,
    log: Sequence[str],
    app_root: str,
    *,
    out_of_memory: bool = False,
    words: Words | None = None,
) -> StartError:
    """The error for a service that ended with ``exit_code`` before it was ready; a negative one is a signal.

    ``out_of_memory`` says that the system ended it for its memory limit.
    """
    words = words or Words(f"service {deployment.name!r} did not start", f"azml logs {deployment.name}")
    if deployment.start == "image":
        exit_code = _supervised_exit_code(log, exit_code)
    error = _out_of_memory(deployment, log) if out_of_memory else _explain(deployment, exit_code, log, app_root, words)
    error.process_exit_code = exit_code
    return error


def _supervised_exit_code(log: Sequence[str], exit_code: int) -> int:
    """The exit code of the image's start script, where its supervisor tells it; else the container's own."""
    found = next(filter(None, map(SUPERVISED.search, log)), None)
    if found is None:
        return exit_code
    code, number = int(found[1]), int(found[2])
    return -number if code < 0 else code


def _out_of_memory(deployment: Deployment, log: Sequence[str]) -> StartError:
    limit = deployment.resources.memory_gb
    return StartError(
        f"service {deployment.name!r} did not start: it was ended because it needed more memory than "
        + (f"the {limit:g} GB it was given" if limit else "there was"),
        remedy="give it more with --memory-gb, or load less in init()",
        code="out-of-memory",
        log_tail=log[-LOG_TAIL_LINES:],
    )


def _explain(deployment: Deployment, exit_code: int, log: Sequence[str], app_root: str, words: Words) -> StartError:
    tail, outcome = log[-LOG_TAIL_LINES:], words.outcome
    script_error = explain_script_failure(deployment, log, app_root, outcome)
    if script_error is not None:
        return script_error
    server_error = _explain_server_import(outcome, log)
    if server_error is not None:
        return server_error
    for marker, code, what in LOG_CODES:
        shown = [line for line in log if marker in line]
        if shown:
            position = log.index(shown[0])
            return StartError(
                f"{outcome}: {what}",
                code=code,
                remedy=" ".join(line.strip() for line in log[position + 1 : position + 2])
                or f"see the log: {words.log}",
                details=log[position : position + 4],
                log_tail=tail,
            )
    code, what, remedy = EXIT_CODES.get(exit_code, ("server-exit", "the server ended", "see the log: {log}"))
    if exit_code == -signal.SIGKILL:
        what, remedy = (
            "it was killed",
            "the system does so when memory runs out; if that is not why, see the log: {log}",
        )
    return StartError(
        f"{outcome}: {what} ({_how(exit_code)})",
        code=code,
        remedy=remedy.format(log=words.log),
        log_tail=tail,
    )


def _how(exit_code: int) -> str:
    if exit_code >= 0 or -exit_code not in set(signal.Signals):
        return f"exit code {exit_code}"
    return signal.Signals(-exit_code).name


def explain_script_failure(
    deployment: Deployment, log: Sequence[str], app_root: str, outcome: str
) -> ScriptError | None:
    """The failure of the user's script found in ``log``, or ``None`` when the script is not to blame.

    ``outcome`` says what did not happen (``service 'digits' did not start``).
    """
    blamed = [block for block in extract_tracebacks(log) if any(SCRIPT_EXCEPTION in line for line in block)]
    if not blamed:
        return None
    block = blamed[-1]
    in_init = any("User's init function failed" in line for line in log)
    script = deployment.entry_script
    frames = user_frames(block, app_root, script)
    exception = exception_line(block).replace(app_root.rstrip("/") + "/", "")
    if frames:
        brief = f"{outcome}: {script.path} failed " + ("in init()" if in_init else "while it was imported")
    else:
        brief = f"{outcome}: the server refused {script.path}"
    return ScriptError(
        brief,
        frames=frames,
        exception=exception,
        code="init-failed" if in_init else "script-import-failed",
        remedy=_remedy(exception),
        details=block,
        log_tail=log[-LOG_TAIL_LINES:],
    )


def _explain_server_import(outcome: str, log: Sequence[str]) -> StartError | None:
    """The server itself cannot be imported: versions in the environment that do not go together."""
    for block in extract_tracebacks(log):
        exception = exception_line(block)
        if any(SERVER_PACKAGE in line for line in block) and exception.startswith(
            ("ImportError", "ModuleNotFoundError")
        ):
            return StartError(
                f"{outcome}: the server cannot be imported with the packages of this environment: {exception}",
                code="server-import-failed",
                remedy="a requirement holds back a package the server needs (Flask, Werkzeug, pydantic ...): loosen it",
                details=block,
                log_tail=log[-LOG_TAIL_LINES:],
            )
    return None


def _remedy(exception: str) -> str:
    replacement = find_replacement(exception)
    if replacement:
        return replacement
    if exception.startswith("ModuleNotFoundError: No module named "):
        module = exception.rsplit(" ", 1)[1].strip("'\"")
        return (
            f"add the package that brings {module!r} to the requirements; "
            "a file of your own beside the script needs --source-dir"
        )
    if "[Errno 30] Read-only file system" in exception:
        return "a container can be written to below /tmp only"
    if exception.startswith("FileNotFoundError") and "azureml-models" in exception:
        return "the model directory holds what was registered: AZUREML_MODEL_DIR/<registered file or folder name>"
    return ""
