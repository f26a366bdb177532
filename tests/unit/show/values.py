"""One value of each kind that can be shown; ``variant`` changes nothing but what differs from run to run."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from azml_magics.definitions.declarations import Change
from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.model import Model
from azml_magics.definitions.requirements import RequirementLine, Requirements
from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.errors import Finding, Frame, Place
from azml_magics.plan.actions import Action, PackagesPlan, Plan
from azml_magics.show.results import (
    CheckReport,
    DemoReport,
    Explanation,
    JobReport,
    Listing,
    LogText,
)
from azml_magics.workspace.requests import RequestRecord

REQUIREMENTS = Requirements("digits", (RequirementLine("numpy==2.2.6", 1, "numpy"),))
SECRET = Requirements("private", (RequirementLine("--index-url https://user:hunter2@example.org/simple", 1),))


def report(variant: int = 0) -> ServiceReport:
    return ServiceReport(
        "digits",
        "running",
        "process",
        port=5001 + variant,
        pid=4001 + variant,
        log_path=Path(f"/log/{variant}"),
        environment="digits:1",
        models=("digits:1", "other:2"),
        workers=2,
        started=datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=variant),
        stages={"check": 0.12 + variant, "start": 1.26},
        reasons={"start": "a new process"},
    )


def response(variant: int = 0, *, status: int = 200, body: bytes = b'{"answer": [2]}') -> ScoringResponse:
    return ScoringResponse(
        "digits",
        status,
        body,
        (("content-type", "application/json"),),
        latency_ms=12.3 + variant,
        request_id=f"id-{variant}",
        run_ms=1.0 + variant,
        traceback=("Traceback (most recent call last):", "ValueError: <no> model") if status >= 500 else (),
        frames=(Frame("score.py", 3, "run", "raise ValueError", Place("cell In [3]", 4)),) if status >= 500 else (),
    )


def model(variant: int = 0) -> Model:
    return Model(
        "digits",
        1,
        "model.pkl",
        False,
        "ab" * 32,
        1234,
        (("area", "vision"),),
        created=datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=variant),
    )


def request(variant: int = 0) -> RequestRecord:
    return RequestRecord(
        1,
        "digits",
        datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=variant),
        f"id-{variant}",
        (),
        b"[1]",
        3,
        200,
        (),
        b"\xff",
        1,
        12.3 + variant,
        None,
    )


ENVIRONMENT = Environment("digits", "3.11", REQUIREMENTS, (("OMP_NUM_THREADS", "1"),), 1)
DRAFT = EnvironmentDraft("digits", None, "digits")
DOCKERFILE = DockerfileText("digits", "FROM python:3.11-slim\n", Place("cell In [2]", 1))
IMAGE = Environment(
    "image",
    image_source=ImageSource(
        dockerfile="FROM a:1\nRUN pip install -i https://user:hunter2@example.org/simple\n",
        context="/srv/code",
        apt=("git", "curl"),
        steps_after=("ENV A=1", "ENV B=2"),
        user_managed=True,
        packages="bake",
    ),
)
IMAGE_DRAFT = EnvironmentDraft("image", dockerfile="digits", image_source=ImageSource(site_packages="venv"))
SCRIPT = EntryScript("score.py", "def init(): ...\n", Origin("cell In [3]", 1))
PLAN = Plan("digits", PackagesPlan("key", ("numpy",), "3.11"), (Action("check", "run", "always"),))
FINDINGS = (
    Finding("one", "first <thing>", "do it", Place("cell", 2, 1, "text", 4)),
    Finding("two", "second thing", "leave it", None, "warning"),
)


def everything(variant: int = 0) -> list[object]:
    return [
        Change("environment", "digits", "changed: python 3.11 -> 3.12"),
        REQUIREMENTS,
        DRAFT,
        ENVIRONMENT,
        IMAGE,
        IMAGE_DRAFT,
        DOCKERFILE,
        SCRIPT,
        model(variant),
        report(variant),
        response(variant),
        response(variant, status=500),
        CheckReport("digits", FINDINGS),
        CheckReport("digits", ()),
        PLAN,
        LogText("digits", ("one", "two")),
        JobReport("digits", "running", "packages"),
        JobReport("digits", "failed", None, "no wheel"),
        Explanation(()),
        Explanation(("ToolError (tool)", "uv is missing")),
        DemoReport(report(variant), "[1]", response(variant), ("azml services",)),
        Listing("service", (report(variant),)),
        Listing("model", (model(variant),)),
        Listing("environment", (DRAFT, ENVIRONMENT, IMAGE, IMAGE_DRAFT)),
        Listing("request", (request(variant),)),
        Listing("plan", (PLAN, PLAN)),
        Listing("job", (JobReport("digits", "running"),)),
        Listing("service", (), none="no service is running"),
    ]
