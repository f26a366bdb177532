"""The same service on every Python an environment may name: older server and gunicorn releases included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import ScriptError
from azml_magics.session import Session
from azml_magics.system.process import run
from azml_magics.system.uv import uv_binary, uv_environment
from tests.contracts.conftest import SUITE_OF_PYTHON, VariantSession
from tests.require import require

#: Python -> beginning of the server release the resolver takes for it (AZUREML.md 1.1).
SERVERS = {"3.8": "1.3.", "3.9": "1.5.", "3.10": "1.5.", "3.11": "1.5.", "3.12": "1.5.", "3.13": "1.5."}

SCRIPT = """\
import platform
REVISION = {revision}
def init(): pass
def run(d): return [platform.python_version(), REVISION]
"""


@pytest.mark.parametrize("python", SERVERS)
def test_deploy_edit_break_and_score(
    session: Session, engine: str, contract_folder: Path, python: str, request: pytest.FixtureRequest
) -> None:
    image = None
    if isinstance(session, VariantSession):
        # Those that have none are left out in conftest.py.
        image = request.getfixturevalue("inference_base_of")(SUITE_OF_PYTHON[python])
    elif not has_python(python):
        require(f"python{python}")
    script = contract_folder / f"on_{python.replace('.', '_')}.py"
    script.write_text(SCRIPT.format(revision=0))
    session.declarations = Declarations()
    session.declare(EnvironmentDraft("plain", python))
    name = f"on-{python.replace('.', '-')}"
    report = session.deploy(DeployRequest(name, str(script), environment="plain", engine=engine, image=image))
    assert report.environment is not None
    version, revision = answer(session, name)
    assert version.startswith(python + ".")
    assert revision == 0
    if engine == "process":
        assert session.invoke(session.define_again(name, {}), ScoringRequest(b"{}")).json() == [version, revision]
    script.write_text("def init(): raise ValueError('half done')\ndef run(d): return 1\n")
    with pytest.raises(ScriptError, match="keeps serving"):
        session.reload(name)
    assert answer(session, name)[1] == 0
    script.write_text(SCRIPT.format(revision=1))
    session.reload(name)
    assert answer(session, name)[1] == 1
    headers = session.score(name, ScoringRequest(b"{}")).headers
    assert dict(headers)["x-ms-server-version"].startswith("azmlinfsrv/" + SERVERS[python])
    session.stop(name)


def has_python(python: str) -> bool:
    command = [uv_binary(), "python", "find", "--no-project", "--no-python-downloads", python]
    return run(command, env=uv_environment()).returncode == 0


def answer(session: Session, name: str) -> Any:
    return session.score(name, ScoringRequest(b"{}")).json()
