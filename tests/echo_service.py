"""A real service on this machine that answers with what it was sent, for tests of whatever sends requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.session import Session
from tests.services import session_with_services

NAME = "echo"
#: Answers with the body (base64) and the headers it got; some bodies ask for something else.
SCRIPT = """\
import base64
import pathlib

from azureml_inference_server_http.api.aml_request import rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse


def init(): ...


@rawhttp
def run(request):
    body = request.get_data()
    if body == b"fail":
        return parse(body)
    if body.startswith(b"pipe:"):  # a named pipe: whoever opens it for writing knows that run() runs, and ends it
        pathlib.Path(body.decode()[5:]).read_bytes()
    if body == b"bytes":
        return AMLResponse(bytes(range(256)), 200)
    if body == b"teapot":
        return AMLResponse("short and stout", 418)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return AMLResponse({"body": base64.b64encode(body).decode(), "headers": headers}, 200, json_str=True)


def parse(body):
    raise ValueError(f"cannot read {body!r}")
"""


@contextmanager
def running_echo(folder: Path) -> Iterator[Session]:
    """A session in ``folder`` in which the service runs until the block ends."""
    with session_with_services(folder) as session:
        session.declare(EnvironmentDraft(NAME))
        session.declare(EntryScript("echo.py", SCRIPT))
        session.deploy(DeployRequest(NAME, "echo.py", environment=NAME))
        yield session
