"""The verb ``invoke``: see ``commands``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.cells.requests import deploy_changes, invoke_request
from azml_magics.cells.service_checks import asks_again
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.show.call import Call
from azml_magics.show.request_body import request_body

if TYPE_CHECKING:
    from azml_magics.definitions.deployment import Deployment
    from azml_magics.definitions.scoring import Invocation


def invoke(call: Call) -> Invocation:
    """What the line describes, else the service of that name as it was asked for, with its script as it is now."""
    from azml_magics.scoring.body import check_text
    from azml_magics.services.invocations import Debug

    arguments = call.arguments
    request = ScoringRequest(request_body(call), arguments.pairs("headers"))
    check_text(request.body, request.header("content-type"), source=arguments.place.source)
    port = arguments.whole("debug_port")
    debug = Debug(port) if arguments.flag("debug") or port is not None else None
    return call.session.invoke(_deployment(call), request, debug=debug, emit=call.emit, cancel=call.cancel)


def _deployment(call: Call) -> Deployment:
    session, arguments = call.session, call.arguments
    if not asks_again(arguments):
        return session.define(invoke_request(arguments))
    name = arguments.require_text("name")
    former = session.workspace.get_service(name).deployment.request
    return session.define_again(name, deploy_changes(arguments, former) if former else {})
