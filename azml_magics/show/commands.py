"""One function a verb: parsed arguments and a session in, a result value out; showing it is left to the doors.

A new verb is one function and one line in :data:`COMMANDS`; those about images, models and environments stand in
modules of their own. Verbs that only make sense in a notebook (``why``, ``panel``) and following a
log belong to the doors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from azml_magics.cells.requests import deploy_changes, deploy_request
from azml_magics.cells.service_checks import asks_again
from azml_magics.cells.values import is_notebook
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.show.call import Call
from azml_magics.show.deployment_files import check_file, deploy_file, is_from_file, plan_file
from azml_magics.show.environment_commands import ENVIRONMENT_COMMANDS
from azml_magics.show.image_commands import IMAGE_COMMANDS
from azml_magics.show.invoke_commands import invoke
from azml_magics.show.job_commands import JOB_COMMANDS
from azml_magics.show.load_test_command import load_test
from azml_magics.show.lock_commands import LOCK_COMMANDS
from azml_magics.show.model_commands import MODEL_COMMANDS
from azml_magics.show.request_body import request_body
from azml_magics.show.results import CheckReport, Listing, LogText
from azml_magics.show.run_commands import RUN_COMMANDS, run_log_lines
from azml_magics.show.words import count
from azml_magics.system.refusals import disks_explained

if TYPE_CHECKING:
    from azml_magics.assets.v2_export import Exported
    from azml_magics.definitions.deployment import Deployment, ServiceReport
    from azml_magics.definitions.scoring import ScoringResponse
    from azml_magics.plan.actions import Plan
    from azml_magics.show.results import DemoReport


def perform(call: Call) -> object:
    """Do what ``call`` asks for. Raises the errors of :class:`~azml_magics.session.Session`.

    A disk may be full wherever something is written: that is told in one place.
    """
    verb = call.arguments.verb.name
    with disks_explained(verb):
        return COMMANDS[verb](call)


def log_lines(call: Call) -> Iterator[str]:
    """Lines of a log as they come: for ``--follow``, until the service ends."""
    arguments = call.arguments
    if arguments.verb.name == "run logs":
        return run_log_lines(call)
    return call.session.logs(
        arguments.require_text("name"), tail=arguments.whole("tail"), follow=arguments.flag("follow")
    )


def _update(call: Call) -> ServiceReport:
    name = call.arguments.require_text("name")
    former = call.session.workspace.get_service(name).deployment.request
    changes = deploy_changes(call.arguments, former) if former else {}
    return call.session.update(name, changes, emit=call.emit, cancel=call.cancel)


def _deploy(call: Call) -> ServiceReport | Listing:
    if is_from_file(call.arguments):
        return deploy_file(call.session, call.arguments, emit=call.emit, cancel=call.cancel)
    if is_notebook(call.arguments.require_text("name")):
        from azml_magics.show.notebooks import deploy_notebook

        return deploy_notebook(call.session, call.arguments, emit=call.emit, cancel=call.cancel)
    return call.session.deploy(deploy_request(call.arguments), emit=call.emit, cancel=call.cancel)


def _check(call: Call) -> CheckReport | Listing:
    if is_from_file(call.arguments):
        return check_file(call.session, call.arguments)
    if is_notebook(call.arguments.require_text("name")):
        from azml_magics.show.notebooks import check_notebook

        return check_notebook(call.session, call.arguments)
    deployment = _deployment_meant(call)
    return CheckReport(deployment.name, call.session.check(deployment))


def _plan(call: Call) -> Plan | Listing:
    if is_from_file(call.arguments):
        return plan_file(call.session, call.arguments)
    if is_notebook(call.arguments.require_text("name")):
        from azml_magics.show.notebooks import plan_notebook

        return plan_notebook(call.session, call.arguments)
    return call.session.plan(_deployment_meant(call))


def _deployment_meant(call: Call) -> Deployment:
    """What the line describes, or the service of that name as it was asked for."""
    if not asks_again(call.arguments):
        return call.session.define(deploy_request(call.arguments))
    name = call.arguments.require_text("name")
    former = call.session.workspace.get_service(name).deployment.request
    return call.session.define_again(name, deploy_changes(call.arguments, former) if former else {})


def _export(call: Call) -> Exported:
    from azml_magics.assets.v2_export import export_service

    arguments, session = call.arguments, call.session
    deployment = session.workspace.get_service(arguments.require_text("name")).deployment
    directory = session.working_directory / arguments.require_text("directory")
    base, overwrite = arguments.text("base"), arguments.flag("overwrite")
    return export_service(session.workspace, deployment, directory, base_image=base, overwrite=overwrite)


def _services(call: Call) -> Listing:
    reports = call.session.services()
    if call.arguments.flag("all") or call.arguments.flag("json"):
        return Listing("service", tuple(reports))
    shown = tuple(report for report in reports if report.state != "stopped")
    stopped = len(reports) - len(shown)
    none = "no service runs" if stopped else ""
    return Listing("service", shown, none, f"{count(stopped, 'stopped service')}: services --all" if stopped else "")


def _logs(call: Call) -> LogText:
    return LogText(call.arguments.require_text("name"), tuple(log_lines(call)))


def _requests(call: Call) -> Listing:
    name = call.arguments.text("name")
    if name is not None:
        call.session.service(name)  # an unknown one is an error, not an empty list
    limit = call.arguments.whole("limit")
    assert limit is not None
    return Listing("request", tuple(call.session.workspace.list_requests(name, limit)))


def _reload(call: Call) -> ServiceReport:
    return call.session.reload(call.arguments.require_text("name"), emit=call.emit)


def _stop(call: Call) -> ServiceReport | Listing:
    stop = partial(call.session.stop, emit=call.emit)
    name = call.arguments.text("name")
    if name is not None:
        return stop(name)
    running = [report.name for report in call.session.services() if report.state == "running"]
    return Listing("service", tuple(stop(each) for each in running), none="no service is running")


def _score(call: Call) -> ScoringResponse:
    from azml_magics.scoring.body import check_text

    arguments = call.arguments
    body = request_body(call)
    headers = arguments.pairs("headers")
    request = ScoringRequest(body, headers, arguments.seconds("timeout_seconds"))
    check_text(body, request.header("content-type"), source=arguments.place.source)
    return call.session.score(arguments.require_text("name"), request)


def _demo(call: Call) -> DemoReport:
    from azml_magics.show.demo import run_demo

    return run_demo(call.session, emit=call.emit, cancel=call.cancel)


COMMANDS: dict[str, Callable[[Call], object]] = {
    "deploy": _deploy,
    "check": _check,
    "plan": _plan,
    "update": _update,
    "export": _export,
    "services": _services,
    "logs": _logs,
    "requests": _requests,
    "reload": _reload,
    "stop": _stop,
    "score": _score,
    "load-test": load_test,
    "invoke": invoke,
    "demo": _demo,
    **MODEL_COMMANDS,
    **ENVIRONMENT_COMMANDS,
    **LOCK_COMMANDS,
    **IMAGE_COMMANDS,
    **RUN_COMMANDS,
    **JOB_COMMANDS,
}
