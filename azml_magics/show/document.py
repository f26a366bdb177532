"""Results and errors as JSON-ready documents: what ``--json`` prints, with a fixed order of keys."""

from __future__ import annotations

import json
from functools import singledispatch
from typing import Any, NoReturn, TypeAlias

from azml_magics.assets.building import EnvironmentBuild
from azml_magics.assets.copies import CopiedOut
from azml_magics.assets.environment_files import SavedEnvironment
from azml_magics.assets.locking import LockReport
from azml_magics.assets.outdated import OutdatedReport
from azml_magics.assets.v2_export import Exported
from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.environment import Environment, EnvironmentDraft, NewestEnvironment
from azml_magics.definitions.environment_diff import EnvironmentDiff
from azml_magics.definitions.load_test import LoadReport
from azml_magics.definitions.model import Model
from azml_magics.definitions.private_wheel import PrivateWheel
from azml_magics.definitions.requirements import Requirements, mask_credentials
from azml_magics.definitions.run import RunDetails, RunRecord
from azml_magics.definitions.scoring import Invocation, ScoringResponse
from azml_magics.errors import AzmlError, FindingsError, Frame, ScriptError, StartError
from azml_magics.images.bases import BaseBuild, BaseList, BaseReport
from azml_magics.images.package import BuiltPackage, DockerfileReport, WrittenPackage
from azml_magics.images.strategies import StrategyComparison
from azml_magics.plan.actions import ImagePlan, PackagesPlan, Plan
from azml_magics.prune.unused import Pruning
from azml_magics.show import (
    document_builds,
    document_environments,
    document_images,
    document_locks,
    document_models,
    document_runs,
)
from azml_magics.show.document_builds import conda_plan_part
from azml_magics.show.environment_results import Archiving, RegisteredEnvironment
from azml_magics.show.findings import finding_document, place_document
from azml_magics.show.load_test_command import load_report_document
from azml_magics.show.results import (
    CheckReport,
    CopiedFiles,
    DemoReport,
    JobReport,
    Listing,
    LogText,
    NamesStatus,
    WithFindings,
)

Document: TypeAlias = object


def render_json(document: Document) -> str:
    """Two spaces of indent; ASCII only, so that it can be printed with any encoding."""
    return json.dumps(document, indent=2, allow_nan=False)


@singledispatch
def document_of(value: object) -> Document:
    """``value`` as mappings, lists, texts and numbers."""
    raise TypeError(f"no JSON form for {type(value).__name__}")


def error_document(error: AzmlError) -> Document:
    """``{"error": {code, message, place, remedy, findings, ...}}``; also what ``%azml why`` knows beyond that."""
    findings = error.findings if isinstance(error, FindingsError) else ()
    content: dict[str, object] = {
        "code": error.code,
        "message": error.brief,
        "place": place_document(error.place),
        "remedy": error.remedy,
        "findings": [finding_document(finding) for finding in findings],
    }
    if error.details:
        content["details"] = list(error.details)
    if isinstance(error, StartError):
        content["log_tail"] = list(error.log_tail)
        content["process_exit_code"] = error.process_exit_code
    if isinstance(error, ScriptError):
        content["exception"] = error.exception
        content["frames"] = [_frame(frame) for frame in error.frames]
    return {"error": content}


@document_of.register
def _(value: ServiceReport) -> Document:
    return value.as_dict()


@document_of.register
def _(value: Listing) -> Document:
    return [document_of(item) if value.kind != "request" else _request(item) for item in value.items]


@document_of.register
def _(value: WithFindings) -> Document:
    document = document_of(value.value)
    assert isinstance(document, dict)
    return {**document, "findings": [finding_document(finding) for finding in value.findings]}


@document_of.register
def _(value: NewestEnvironment) -> Document:
    document = document_of(value.environment)
    assert isinstance(document, dict)
    return {**document, "versions": value.versions}


@document_of.register(Environment)
@document_of.register(EnvironmentDraft)
def _(value: Environment | EnvironmentDraft) -> Document:
    requirements = value.requirements
    return {
        "name": value.name,
        "version": value.version if isinstance(value, Environment) else None,
        "python": value.python,
        "requirements": requirements if isinstance(requirements, str) else _requirement_lines(requirements),
        "environment_variables": document_environments.masked(dict(value.environment_variables)),
        "dockerfile": value.dockerfile if isinstance(value, EnvironmentDraft) else None,
        "image_source": {key: _masked(item) for key, item in value.image_source.definition().items()},
        "lock": document_locks.lock_part(value.lock) if isinstance(value, Environment) else None,
        **(document_environments.registry_part(value) if isinstance(value, Environment) else {}),
    }


@document_of.register
def _(value: ScoringResponse) -> Document:
    return _response(value)


def _response(value: ScoringResponse) -> dict[str, object]:
    return {
        "service": value.service,
        "status": value.status,
        "ok": value.ok,
        "body": _body(value.body),
        "latency_ms": round(value.latency_ms, 3),
        "run_ms": value.run_ms,
        "request_id": value.request_id,
        "headers": dict(value.headers),
        "traceback": list(value.traceback),
        "frames": [_frame(frame) for frame in value.frames],
    }


@document_of.register
def _(value: Invocation) -> Document:
    return {**_response(value), "printed": list(value.printed)}


@document_of.register
def _(value: CheckReport) -> Document:
    return {
        "service": value.service,
        "ok": value.ok,
        "findings": [finding_document(finding) for finding in value.findings],
    }


@document_of.register
def _(value: Plan) -> Document:
    return {
        "service": value.service,
        "packages": _packages(value.packages),
        "actions": [{"step": action.step, "kind": action.kind, "reason": action.reason} for action in value.actions],
    }


def _packages(packages: PackagesPlan | ImagePlan) -> Document:
    shared: dict[str, object] = {
        "key": packages.key,
        "python": packages.python,
        "requirements": [mask_credentials(line) for line in packages.requirement_lines],
        "locked": packages.is_locked,
    }
    if isinstance(packages, PackagesPlan):
        conda = {} if packages.conda is None else {"conda": conda_plan_part(packages.conda)}
        return {**shared, **conda, "use_current_python": packages.use_current_python}
    return {
        **shared,
        "base_image": packages.base_reference,
        "strategy": packages.strategy,
        "reason": packages.reason,
        "image": packages.tag or packages.base_reference,
        "dockerfile": mask_credentials(packages.dockerfile) or None,
        "platform": packages.platform,
    }


@document_of.register
def _(value: JobReport) -> Document:
    return {"name": value.name, "state": value.state, "verb": value.verb, "step": value.step, "error": value.error}


@document_of.register
def _(value: NamesStatus) -> Document:
    return {"is_on": value.is_on, "reason": value.reason}


@document_of.register
def _(value: DemoReport) -> Document:
    return {
        "service": document_of(value.service),
        "request": value.request,
        "response": document_of(value.response),
        "next_commands": list(value.next_commands),
    }


document_of.register(LoadReport)(load_report_document)
document_of.register(Model)(document_models.model_document)
document_of.register(CopiedOut)(document_models.copied_out_document)
document_of.register(Exported)(document_models.exported_document)
document_of.register(RegisteredEnvironment)(document_environments.registered_document)
document_of.register(SavedEnvironment)(document_environments.saved_document)
document_of.register(Archiving)(document_environments.archiving_document)
document_of.register(EnvironmentDiff)(document_environments.diff_document)
document_of.register(PrivateWheel)(document_environments.wheel_document)
document_of.register(RunRecord)(document_runs.run_document)
document_of.register(RunDetails)(document_runs.run_details_document)
document_of.register(LogText)(document_runs.run_log_document)
document_of.register(CopiedFiles)(document_runs.copied_files_document)
document_of.register(EnvironmentBuild)(document_builds.build_document)
document_of.register(BaseList)(document_images.base_list_document)
document_of.register(LockReport)(document_locks.lock_document)
document_of.register(OutdatedReport)(document_locks.outdated_document)
document_of.register(BaseReport)(document_images.base_report_document)
document_of.register(BaseBuild)(document_images.base_build_document)
document_of.register(StrategyComparison)(document_images.strategies_document)
document_of.register(DockerfileReport)(document_images.dockerfile_document)
document_of.register(WrittenPackage)(document_images.written_package_document)
document_of.register(BuiltPackage)(document_images.built_package_document)
document_of.register(Pruning)(document_images.pruning_document)


def _request(record: Any) -> Document:
    """A ``workspace.requests.RequestRecord``, whose module is not imported for its type alone: it brings SQLAlchemy."""
    return {
        "id": record.id,
        "service": record.service,
        "time": record.time.isoformat(),
        "request_id": record.request_id,
        "request_headers": dict(record.request_headers),
        "request_body": _body(record.request_body),
        "request_bytes": record.request_bytes,
        "status": record.status,
        "response_headers": dict(record.response_headers),
        "response_body": _body(record.response_body),
        "response_bytes": record.response_bytes,
        "latency_ms": round(record.latency_ms, 3),
        "run_ms": record.run_ms,
    }


def _masked(value: object) -> object:
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return mask_credentials(value) if isinstance(value, str) else value


def _requirement_lines(requirements: Requirements) -> list[str]:
    return [mask_credentials(line) for line in requirements.canonical_lines()]


def _frame(frame: Frame) -> Document:
    return {
        "file": frame.file,
        "line": frame.line,
        "function": frame.function,
        "text": frame.text,
        "origin": place_document(frame.origin),
    }


def _body(body: bytes) -> Document:
    """The parsed JSON of a body, else its text; undecodable bytes are replaced."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON")

    try:
        return json.loads(body, parse_constant=refuse)
    except (ValueError, RecursionError):
        return body.decode("utf-8", errors="replace")
