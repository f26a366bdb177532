"""``azml demo``: a tiny built-in service is deployed, asked once and stopped, as proof that this machine can do it."""

from __future__ import annotations

from dataclasses import replace

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import ScoringError
from azml_magics.events import Emit
from azml_magics.events.stages import running_step
from azml_magics.session import Session
from azml_magics.show.results import DemoReport

SERVICE = "azml-demo"
SCRIPT = '''\
import json


def init():
    """Load what every request needs: here nothing."""


def run(raw_data):
    numbers = json.loads(raw_data)["data"]
    return {"count": len(numbers), "sum": sum(numbers)}
'''
REQUEST = '{"data": [1, 2, 3, 4]}'
ANSWER = {"count": 4, "sum": 10}
NEXT_COMMANDS = (
    "azml deploy my-service --requirements requirements.txt --entry-script score.py",
    "azml services",
    f"azml logs {SERVICE}",
    "azml --help",
    "in a notebook: %load_ext azml_magics",
)


def run_demo(session: Session, *, emit: Emit, cancel: Cancel) -> DemoReport:
    """Deploy, score and stop in the workspace of ``session``, whose declarations are left alone.

    Raises what those raise, and ``ScoringError`` (``demo-answer``) when the answer is not the expected one.
    """
    inner = Session(session.workspace.root, working_directory=session.working_directory)
    inner.declare(EnvironmentDraft(SERVICE))
    inner.declare(EntryScript("demo_score.py", SCRIPT))
    report = inner.deploy(DeployRequest(SERVICE, "demo_score.py", environment=SERVICE), emit=emit, cancel=cancel)
    try:
        with running_step(emit, "score"):
            response = inner.score(SERVICE, ScoringRequest(REQUEST.encode()))
            if not response.ok or response.json() != ANSWER:
                raise ScoringError(
                    f"the demo service answered {response.status} {response.text.strip()} instead of 200 {ANSWER}",
                    remedy=f"azml logs {SERVICE} shows what it did",
                    code="demo-answer",
                    details=response.traceback,
                )
    finally:
        with running_step(emit, "stop"):
            inner.stop(SERVICE)
    stopped = replace(report, state="stopped", port=None, pid=None, started=None)
    return DemoReport(stopped, REQUEST, response, NEXT_COMMANDS)
