"""One value of each kind that can be shown; ``variant`` changes nothing but what differs from run to run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from azml_magics.assets.copies import CopiedOut
from azml_magics.assets.environment_files import SavedEnvironment
from azml_magics.assets.locking import LockReport
from azml_magics.assets.outdated import OutdatedPackage, OutdatedReport
from azml_magics.assets.v2_export import Exported
from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.declarations import Change
from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment, EnvironmentDraft, NewestEnvironment, conda_environment
from azml_magics.definitions.environment_diff import EnvironmentDiff, compare_environments
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.model import Model
from azml_magics.definitions.private_wheel import PrivateWheel
from azml_magics.definitions.requirements import RequirementLine, Requirements
from azml_magics.definitions.run import Metric, MetricValue, RunDetails, RunRecord, RunRequest
from azml_magics.definitions.scoring import Invocation, ScoringResponse
from azml_magics.errors import Finding, Frame, Place
from azml_magics.images.bases import BaseBuild, BaseEntry, BaseList, BaseReport
from azml_magics.images.package import BuiltPackage, DockerfileReport, WrittenPackage
from azml_magics.images.strategies import StrategyComparison, StrategyRow
from azml_magics.plan.actions import Action, ImagePlan, PackagesPlan, Plan
from azml_magics.plan.base_images import BaseImage
from azml_magics.plan.curated import curated_environments
from azml_magics.prune.unused import Pruning, Unused
from azml_magics.show.describe import describe
from azml_magics.show.environment_results import Archiving, RegisteredEnvironment
from azml_magics.show.html import view_html
from azml_magics.show.results import (
    CheckReport,
    CopiedFiles,
    DemoReport,
    Explanation,
    JobReport,
    Listing,
    LogText,
    WithFindings,
)
from azml_magics.workspace.requests import RequestRecord

TIME = datetime(2026, 1, 1, tzinfo=timezone.utc)
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


FRAMED_MODEL = Model("net", 2, "net", True, "cd" * 32, 9, framework="sklearn", framework_version="1.5")
COPIED_OUT = CopiedOut("model digits:1", Path("/here/out/model.pkl"), "out/model.pkl", 1234)
EXPORTED = Exported("digits", Path("/here/out"), ("endpoint.yml", "deployment.yml"), 1234)
WITH_FINDINGS = WithFindings(FRAMED_MODEL, (Finding("version-differs", "it is version 2", "nothing", None, "warning"),))


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
CATALOGUED = BaseImage("minimal-py312-inference", "minimal", "3.12", "Ubuntu 22.04", "2025-09")
RETIRED = BaseImage(
    "pytorch-1.6-ubuntu18.04-py37-cuda11.0.3-gpu-inference",
    "PyTorch",
    "3.7",
    "Ubuntu 18.04",
    "2021-05",
    framework_version="1.6",
    cuda="11.0.3",
    retired_since="2022-07",
    successor="minimal-py312-inference",
)
WITHOUT_SERVER = BaseImage("openmpi5.0-ubuntu24.04", "Open MPI", None, "Ubuntu 24.04", "2026-03", serves=False)


def image(variant: int = 0) -> ImageFacts:
    return ImageFacts(
        "local/base:1",
        f"sha256:{variant}" + 63 * "a",
        digest=f"sha256:{variant}" + 63 * "b",
        size_bytes=150_000_000 + variant,
        user="dockeruser",
        uid=1000,
        gid=1000,
        command=("runsvdir", "/var/runit"),
        exposed_ports=("5001/tcp",),
        operating_system="Debian 12",
        python="/usr/bin/python3",
        python_version="3.11.2",
        libc="glibc 2.36",
        externally_managed=True,
        packages=(("azureml-inference-server-http", "1.5.1"), ("gunicorn", "23.0.0")),
        has_runit=True,
    )


def image_plan(variant: int = 0) -> Plan:
    plan = ImagePlan("local/base:1", "bake", "apt packages are asked for", image(), tag=f"azureml/azureml_{variant}")
    return Plan("digits", plan, (Action("image", "reuse", "it is on this engine"), Action("build", "run", "new")))


def strategies(variant: int = 0) -> StrategyComparison:
    rows = (
        StrategyRow("dynamic", False, needs_network=True, is_consistent=False),
        StrategyRow(
            "mount", True, is_built=True, build_seconds=4.2 + variant, start_seconds=0.8, size_bytes=30_000_000
        ),
        StrategyRow("bake", False, problem="there is no wheel", needs_image_build=True),
    )
    return StrategyComparison("digits", "local/base:1", "mount", "needs no image build", rows)


def pruning(variant: int = 0) -> Pruning:
    unused = Unused("site-packages", f"{variant}abc", 12_300_000, "nothing uses it", Path("/x"))
    return Pruning((unused, Unused("image", f"azureml/azureml_{variant}", 2_000_000_000, "nothing uses it")))


def images(variant: int = 0) -> list[object]:
    """What the verbs about images give."""
    listed = (
        BaseEntry("local/base:1", None, ("local/base:1",), "sha256:a", 150_000_000, "python:3.11-slim"),
        *((BaseEntry("local/other:1", None, ("local/other:1",)),) if variant else ()),
        BaseEntry(CATALOGUED.reference, CATALOGUED, (CATALOGUED.reference,) if variant else ()),
        BaseEntry(RETIRED.reference, RETIRED, ()),
        BaseEntry(WITHOUT_SERVER.reference, WITHOUT_SERVER, ()),
    )
    unread = Finding("base-unknown", "it was not looked into", "pull it", severity="warning")
    pruned = pruning(variant)
    return [
        BaseList(listed),
        BaseList((BaseEntry(CATALOGUED.reference, CATALOGUED),), problem=f"no engine answers ({variant})"),
        BaseReport(CATALOGUED.reference, CATALOGUED),
        BaseReport("local/base:1", None, image(variant)),
        BaseReport("local/base:1", RETIRED, image(variant), FINDINGS, problem="it cannot be run"),
        BaseBuild("local/base:1", image(variant), "python:3.11-slim", bool(variant), f"key {variant}"),
        strategies(variant),
        DockerfileReport(
            "digits", "FROM local/base:1\n", f"azureml/{variant}", "local/base:1", False, ("r.txt",), (unread,)
        ),
        WrittenPackage(Path(f"/{variant}/out"), 7, 1234 + variant, "local/base:1", (unread,)),
        BuiltPackage("local/digits:1", image(variant), bool(variant), f"key {variant}", (unread,)),
        pruned,
        Pruning(removed=pruned.unused[:1], kept=(replace(pruned.unused[1], name="azureml/kept", reason="in use"),)),
        Pruning(problem="no engine answers"),
        image_plan(variant),
        replace(report(variant), engine="docker", pid=None, container=f"{variant}f00", environment=None),
    ]


FINDINGS = (
    Finding("one", "first <thing>", "do it", Place("cell", 2, 1, "text", 4)),
    Finding("two", "second thing", "leave it", None, "warning"),
)


def diff() -> EnvironmentDiff:
    """Something changed, something added, something gone."""
    lines = Requirements("digits", (RequirementLine("pandas", 1, "pandas"),))
    return compare_environments(ENVIRONMENT, replace(ENVIRONMENT, version=2, python="3.12", requirements=lines))


def environments(variant: int = 0) -> list[object]:
    """What the verbs about environments give."""
    conda = CondaDependencies(("python=3.11", "cmake=3.31"), ("conda-forge",))
    told = replace(conda_environment("told", conda), version=2, description="what for", tags=(("a", "b"),))
    doubt = Finding("left-out", "something is left out", "leave it", None, "warning")
    wheel = f"house @ file:///{variant}/house-1.0-py3-none-any.whl#sha256={64 * 'a'}"
    return [
        told,
        replace(told, archived=True),
        *curated_environments()[:1],
        RegisteredEnvironment(told, (doubt,)),
        SavedEnvironment(told, Path(f"/{variant}/out"), ("azureml_environment.json",), (doubt,)),
        Archiving((told, replace(told, version=3)), archived=True),
        Archiving((told,), archived=False),
        diff(),
        compare_environments(ENVIRONMENT, told),
        compare_environments(IMAGE, replace(IMAGE, description="new")),
        compare_environments(ENVIRONMENT, IMAGE),
        PrivateWheel("house", "1.0", "house-1.0-py3-none-any.whl", wheel),
        Listing("environment", (DRAFT, NewestEnvironment(told, 2), *curated_environments())),
    ]


def invocation(variant: int = 0) -> Invocation:
    return Invocation(**vars(response(variant, status=500)), printed=("loading", "<b>two"))


def locks(variant: int = 0) -> list[object]:
    lines = tuple(f"package-{n}==1.{variant} --hash=sha256:{'a' * 64}" for n in range(2 + variant))
    former = Lock("0" * 64, "3.11", "x86_64-manylinux_2_31", ("package-0==0.9 --hash=sha256:" + "b" * 64, *lines[1:]))
    lock = Lock("0" * 64, "3.11", f"x86_64-manylinux_2_3{variant}", lines)
    locked = replace(ENVIRONMENT, lock=lock)
    newer = OutdatedPackage("package-0", f"1.{variant}", "1.5", "2.0")
    return [
        LockReport(locked),
        LockReport(locked, lock),
        LockReport(locked, former),
        OutdatedReport(locked, True, 2, (newer,)),
        OutdatedReport(ENVIRONMENT, False, 2 + variant, ()),
    ]


def run(variant: int = 0) -> RunRecord:
    return RunRecord(
        f"train_{variant}_0000abcd",
        "train",
        "Failed",
        RunRequest("train.py", ("--alpha", "0.5")),
        "train.py",
        Path(f"/runs/{variant}"),
        Path(f"/runs/{variant}/work"),
        TIME + timedelta(seconds=variant),
        definition=ENVIRONMENT,
        origin=Origin("cell %%run_script train.py", 1),
        started=TIME,
        ended=TIME + timedelta(seconds=1, milliseconds=500 * variant),
        exit_code=1,
        error="ValueError: no data",
        tags=(("kind", "ridge"),),
    )


def runs(variant: int = 0) -> list[object]:
    """What the verbs about runs give."""
    values = tuple(MetricValue(value, step, TIME) for step, value in enumerate((0.5, 0.25)))
    row = MetricValue({"low": 1, "high": float("inf")})
    metrics = (Metric("mse", values), Metric("limits", (row,)), Metric("word", (MetricValue("x"),)))
    files = tuple(f"outputs/{number}" for number in range(30))
    return [
        RunDetails(run(variant), metrics, (("alpha", "0.5"),), (("kind", "ridge"),), files, ("digits:1",), 2),
        RunDetails(replace(run(variant), state="Running", request=RunRequest("", engine="docker"), ended=None)),
        RunDetails(replace(run(variant), interactive=True, definition=None, started=None)),
        Listing("run", (run(variant), replace(run(variant), definition=None)), rest="1 older run"),
        CopiedFiles("outputs", (Path("/here/outputs/model.pkl"),)),
    ]


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
        FRAMED_MODEL,
        COPIED_OUT,
        EXPORTED,
        WITH_FINDINGS,
        report(variant),
        response(variant),
        response(variant, status=500),
        invocation(variant),
        *locks(variant),
        CheckReport("digits", FINDINGS),
        CheckReport("digits", ()),
        PLAN,
        LogText("digits", ("one", "two")),
        *runs(variant),
        JobReport("digits", "running", "packages"),
        JobReport("digits", "failed", None, "no wheel"),
        Explanation(()),
        Explanation(("ToolError (tool)", "uv is missing")),
        DemoReport(report(variant), "[1]", response(variant), ("azml services",)),
        *images(variant),
        *environments(variant),
        Listing("service", (report(variant),)),
        Listing("model", (model(variant),)),
        Listing("environment", (DRAFT, ENVIRONMENT, IMAGE, IMAGE_DRAFT)),
        Listing("request", (request(variant),)),
        Listing("plan", (PLAN, PLAN)),
        Listing("job", (JobReport("digits", "running"),)),
        Listing("service", (), none="no service is running"),
    ]


def html_of(value: object, *, figures: bool) -> str:
    """``value`` as a notebook shows it."""
    return view_html(describe(value, figures=figures))
