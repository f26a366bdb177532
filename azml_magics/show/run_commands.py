"""The verbs about runs: see ``commands``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cells.run_requests import run_request
from azml_magics.show.call import Call
from azml_magics.show.results import CopiedFiles, Listing, LogText
from azml_magics.show.words import count

if TYPE_CHECKING:
    from azml_magics.definitions.model import Model
    from azml_magics.definitions.run import RunDetails

#: How many runs are listed unless all are asked for.
LISTED_RUNS = 20


def run_log_lines(call: Call) -> Iterator[str]:
    """What a run printed; for ``--follow`` until it ends."""
    arguments = call.arguments
    return call.session.runs.logs(
        arguments.require_text("name"), tail=arguments.whole("tail"), follow=arguments.flag("follow")
    )


def _submit(call: Call) -> RunDetails:
    wait = not call.arguments.flag("no_wait")
    record = call.session.runs.submit(
        run_request(call.arguments), script=call.script, wait=wait, emit=call.emit, cancel=call.cancel
    )
    return call.session.runs.details(record.id)


def _list_runs(call: Call) -> Listing:
    experiment = call.arguments.text("experiment")
    records = call.session.runs.list_all(experiment)
    shown = records if call.arguments.flag("all") else records[:LISTED_RUNS]
    rest = f"{count(len(records) - len(shown), 'older run')}: azml run list --all" if len(shown) < len(records) else ""
    none = "" if experiment is None else f"no runs of experiment {experiment!r}"
    return Listing("run", tuple(shown), none, rest)


def _show_run(call: Call) -> RunDetails:
    return call.session.runs.details(call.arguments.require_text("name"))


def _run_logs(call: Call) -> LogText:
    return LogText(call.arguments.require_text("name"), tuple(run_log_lines(call)))


def _cancel_run(call: Call) -> RunDetails:
    record = call.session.runs.cancel(call.arguments.require_text("name"))
    return call.session.runs.details(record.id)


def _download(call: Call) -> CopiedFiles:
    arguments = call.arguments
    name, path = arguments.require_text("name"), arguments.require_text("path")
    copies = call.session.runs.download(name, path, Path(arguments.require_text("directory")))
    return CopiedFiles(path, tuple(copies))


def _register_model(call: Call) -> Model:
    arguments = call.arguments
    return call.session.runs.register_model(
        arguments.require_text("name"),
        arguments.require_text("model_name"),
        arguments.text("path"),
        tags=dict(arguments.pairs("tags")),
        properties=dict(arguments.pairs("properties")),
        description=arguments.require_text("description"),
    )


RUN_COMMANDS: dict[str, Callable[[Call], object]] = {
    "run_script": _submit,
    "run submit": _submit,
    "run list": _list_runs,
    "run show": _show_run,
    "run logs": _run_logs,
    "run cancel": _cancel_run,
    "run download": _download,
    "run register-model": _register_model,
}
