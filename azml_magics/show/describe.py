"""``describe``: any result as a ``View``; a new kind of result is one registered function."""

# ruff: noqa: ARG001  # every describer takes the same arguments, also those that know no figures

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from azml_magics.assets.building import EnvironmentBuild
from azml_magics.assets.copies import CopiedOut
from azml_magics.assets.environment_files import SavedEnvironment
from azml_magics.assets.locking import LockReport
from azml_magics.assets.outdated import OutdatedReport
from azml_magics.assets.v2_export import Exported
from azml_magics.definitions.declarations import Change
from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.environment_diff import EnvironmentDiff
from azml_magics.definitions.load_test import LoadReport
from azml_magics.definitions.model import Model
from azml_magics.definitions.private_wheel import PrivateWheel
from azml_magics.definitions.requirements import Requirements, mask_credentials
from azml_magics.definitions.run import RunDetails
from azml_magics.definitions.scoring import Invocation, ScoringResponse, reason_phrase
from azml_magics.images.bases import BaseBuild, BaseList, BaseReport
from azml_magics.images.package import BuiltPackage, DockerfileReport, WrittenPackage
from azml_magics.images.strategies import StrategyComparison
from azml_magics.plan.actions import Plan
from azml_magics.prune.unused import Pruning
from azml_magics.show import (
    describe_builds,
    describe_environments,
    describe_images,
    describe_locks,
    describe_models,
    describe_runs,
)
from azml_magics.show.doing import DEPLOYING_VERBS
from azml_magics.show.environment_results import Archiving, RegisteredEnvironment
from azml_magics.show.load_test_command import load_report_view
from azml_magics.show.results import (
    CheckReport,
    CopiedFiles,
    DemoReport,
    Explanation,
    JobReport,
    Listing,
    LogText,
    NamesStatus,
    WithFindings,
)
from azml_magics.show.rows import ROWS
from azml_magics.show.view import Table, Tone, View
from azml_magics.show.words import (
    count,
    environment_facts,
    environment_text,
    filled,
    finding_lines,
    requirement_lines,
    seconds_figure,
)

#: Of an answer at most this much is shown; the whole of it is in ``.body``.
SHOWN_CHARACTERS = 4000
_TONES: dict[str, Tone] = {"running": "good", "done": "good", "failed": "bad", "cancelled": "bad"}


@singledispatch
def describe(value: object, *, figures: bool) -> View:
    """``value`` as it is shown; ``figures`` allows numbers that differ from run to run."""
    raise TypeError(f"no view for {type(value).__name__}")


@describe.register
def _(value: Change, *, figures: bool) -> View:
    return View(f"{value.kind} {value.name}: {value.summary}")


@describe.register
def _(value: Requirements, *, figures: bool) -> View:
    return View(f"requirements {value.name}".rstrip(), lines=requirement_lines(value))


@describe.register
def _(value: EnvironmentDraft, *, figures: bool) -> View:
    return View(f"environment {value.name} (declared)", facts=environment_facts(value))


@describe.register
def _(value: EntryScript, *, figures: bool) -> View:
    return View(
        f"entry script {value.path}",
        facts=(("from", value.origin.label if value.origin else str(value.file or "a former session")),),
        lines=tuple(value.source.splitlines()),
    )


@describe.register
def _(value: DockerfileText, *, figures: bool) -> View:
    source = value.place.source if value.place else ""
    lines = tuple(mask_credentials(line) for line in value.text.splitlines())
    return View(f"dockerfile {value.name}", facts=filled([("from", source)]), lines=lines)


@describe.register
def _(value: WithFindings, *, figures: bool) -> View:
    shown = describe(value.value, figures=figures)
    return replace(shown, lines=(*shown.lines, *finding_lines(value.findings)))


@describe.register
def _(value: ServiceReport, *, figures: bool) -> View:
    facts = [
        ("scoring URI", value.scoring_uri or "" if figures else ""),
        ("engine", f"{value.engine} (pid {value.pid})" if figures and value.pid else value.engine),
        ("container", (value.container or "")[:12] if figures else ""),
        ("environment", environment_text(value)),
        ("models", ", ".join(value.models)),
        ("workers", str(value.workers or "")),
        ("log", str(value.log_path or "") if figures else ""),
        ("error", value.error or ""),
    ]
    if figures:
        steps = {**value.stages, **value.reasons}
        facts += [(step, _step_text(value, step)) for step in steps]
    return View(f"service {value.name} is {value.state}", _TONES.get(value.state, "plain"), filled(facts))


@describe.register
def _(value: ScoringResponse, *, figures: bool) -> View:
    inside = "" if value.run_ms is None else f", run() {value.run_ms:.0f} ms"
    latency = f"({value.latency_ms:.0f} ms{inside})" if figures else ""
    facts = [] if value.ok else [("request id", value.request_id if figures else ""), ("why", _cause(value))]
    title = " ".join(part for part in (str(value.status), reason_phrase(value.status), latency) if part)
    return View(title, "good" if value.ok else "bad", filled(facts), lines=(*_body_lines(value), *_frame_lines(value)))


@describe.register
def _(value: Invocation, *, figures: bool) -> View:
    answer = describe.dispatch(ScoringResponse)(value, figures=figures)
    printed = ("printed:", *(f"  {line}" for line in value.printed)) if value.printed else ()
    return replace(answer, lines=(*answer.lines, *printed))


@describe.register
def _(value: CheckReport, *, figures: bool) -> View:
    errors = sum(finding.severity == "error" for finding in value.findings)
    warnings = len(value.findings) - errors
    counts = [count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    return View(
        f"{value.service}: " + (" and ".join(counts) or "nothing is wrong"),
        "good" if value.ok else "bad",
        lines=tuple(finding_lines(value.findings)),
    )


@describe.register
def _(value: LogText, *, figures: bool) -> View:
    return View(f"log of {value.service}: {count(len(value.lines), 'line')}", lines=value.lines)


@describe.register
def _(value: JobReport, *, figures: bool) -> View:
    what = "deployment" if value.verb in DEPLOYING_VERBS else value.verb
    step = f", at {value.step}" if value.step and value.state == "running" else ""
    return View(
        f"{what} of {value.name} is {value.state}{step}",
        _TONES.get(value.state, "plain") if value.state != "running" else "plain",
        filled([("error", value.error or "")]),
    )


@describe.register
def _(value: Explanation, *, figures: bool) -> View:
    if not value.lines:
        return View("nothing has failed in this session")
    return View(value.lines[0], "bad", lines=value.lines[1:])


@describe.register
def _(value: NamesStatus, *, figures: bool) -> View:
    return View(value.reason, "good" if value.is_on else "plain")


@describe.register
def _(value: DemoReport, *, figures: bool) -> View:
    answer = describe(value.response, figures=figures)
    return View(
        "the demo works: a service was deployed, scored and stopped",
        "good",
        (("asked", value.request), ("answered", f"{answer.title}: {value.response.text.strip()}")),
        lines=("what to try next:", *(f"  {command}" for command in value.next_commands)),
    )


@describe.register
def _(value: Listing, *, figures: bool) -> View:
    rest = (value.rest,) if value.rest else ()
    if not value.items:
        return View(value.none or f"no {value.kind}s yet", lines=rest)
    rows = [ROWS[value.kind](item, figures) for item in value.items]
    columns = dict.fromkeys(column for row in rows for column in row)
    filled = [column for column in columns if any(row.get(column) for row in rows)]
    table = Table(tuple(filled), tuple(tuple(row.get(column, "") for column in filled) for row in rows))
    return View(count(len(rows), value.kind), table=table, lines=rest)


describe.register(LoadReport)(load_report_view)
describe.register(Plan)(describe_images.plan_view)
describe.register(RunDetails)(describe_runs.run_details_view)
describe.register(CopiedFiles)(describe_runs.copied_files_view)
describe.register(Environment)(describe_environments.environment_view)
describe.register(RegisteredEnvironment)(describe_environments.registered_view)
describe.register(SavedEnvironment)(describe_environments.saved_view)
describe.register(Archiving)(describe_environments.archiving_view)
describe.register(EnvironmentDiff)(describe_environments.diff_view)
describe.register(PrivateWheel)(describe_environments.wheel_view)
describe.register(LockReport)(describe_locks.lock_view)
describe.register(OutdatedReport)(describe_locks.outdated_view)
describe.register(EnvironmentBuild)(describe_builds.build_view)
describe.register(BaseList)(describe_images.base_list_view)
describe.register(Model)(describe_models.model_view)
describe.register(CopiedOut)(describe_models.copied_out_view)
describe.register(Exported)(describe_models.exported_view)
describe.register(BaseReport)(describe_images.base_report_view)
describe.register(BaseBuild)(describe_images.base_build_view)
describe.register(StrategyComparison)(describe_images.strategies_view)
describe.register(DockerfileReport)(describe_images.dockerfile_view)
describe.register(WrittenPackage)(describe_images.written_package_view)
describe.register(BuiltPackage)(describe_images.built_package_view)
describe.register(Pruning)(describe_images.pruning_view)


def _step_text(report: ServiceReport, step: str) -> str:
    seconds = report.stages.get(step)
    parts = (seconds_figure(seconds) if seconds is not None else "", report.reasons.get(step, ""))
    return " ".join(part for part in parts if part)


def _body_lines(response: ScoringResponse) -> tuple[str, ...]:
    try:
        text = response.body.decode()
    except UnicodeDecodeError:
        kind = response.header("content-type") or "unknown type"
        return (f"{len(response.body):,} bytes of {kind}; .body holds them",)
    if len(text) > SHOWN_CHARACTERS:
        rest = len(text) - SHOWN_CHARACTERS
        return (*text[:SHOWN_CHARACTERS].splitlines(), f"... {rest:,} characters more; .text holds all of them")
    return tuple(text.splitlines())


def _frame_lines(response: ScoringResponse) -> tuple[str, ...]:
    """The user's own frames; the server's are in ``.traceback``."""
    shown = []
    for frame in response.frames:
        where = frame.origin or f"{frame.file}, line {frame.line}"
        shown.append(f"  {where}, in {frame.function}")
        if frame.text:
            shown.append(f"    {frame.text}")
    return tuple(shown)


def _cause(response: ScoringResponse) -> str:
    """The last line of the traceback in the service's log, or where to look."""
    from azml_magics.definitions.user_traceback import exception_line

    if response.traceback:
        return exception_line(list(response.traceback)) or response.traceback[-1]
    return f"azml logs {response.service}" if response.status >= 500 else ""
