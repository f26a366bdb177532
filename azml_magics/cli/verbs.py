"""Running a verb in a terminal: progress meanwhile, then the result; what a verb does is left to ``show.commands``."""

from __future__ import annotations

import sys

from azml_magics.cancel import Cancel
from azml_magics.cells.arguments import Arguments
from azml_magics.definitions.load_test import LoadReport
from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.errors import CancelledError
from azml_magics.events import Emit
from azml_magics.images.bases import BaseReport
from azml_magics.jobs import run_in_foreground
from azml_magics.session import Session
from azml_magics.show.call import Call
from azml_magics.show.commands import log_lines, perform
from azml_magics.show.deployment_files import service_named
from azml_magics.show.describe import describe
from azml_magics.show.document import document_of, render_json
from azml_magics.show.doing import DOING, doing_words
from azml_magics.show.recorded_work import recorded_work
from azml_magics.show.results import CheckReport
from azml_magics.show.run_output import RunOutput
from azml_magics.show.terminal import Terminal
from azml_magics.show.view import View


def run(arguments: Arguments, *, verbose: bool = False) -> int:
    """Do what ``arguments`` say in the workspace of the current directory; gives the exit code of a success."""
    session = Session()
    if arguments.verb.name in ("logs", "run logs") and not arguments.flag("json"):
        return _print_log(Call(session, arguments))
    result = _perform(session, arguments, verbose)
    if arguments.flag("json"):
        sys.stdout.write(render_json(document_of(result)) + "\n")
    else:
        Terminal(sys.stdout).show_view(describe(result, figures=True))
    return _exit_code(arguments, result)


def _perform(session: Session, arguments: Arguments, verbose: bool) -> object:
    verb = arguments.verb.name
    # What takes long runs on a thread of its own, so that an interrupt cancels it tidily.
    if verb not in DOING:
        return perform(Call(session, arguments, ask=_ask if _can_ask(arguments) else None))
    title = doing_words(verb, arguments.text("name") or arguments.text("script") or "")

    def work(emit: Emit, cancel: Cancel) -> object:
        return perform(Call(session, arguments, emit=emit, cancel=cancel))

    name = service_named(session, arguments) or arguments.text("script") or verb
    recorded = recorded_work(work, session, verb=verb, name=name, doing=title)
    try:
        if arguments.flag("json"):
            return run_in_foreground(title, recorded).result()
        with Terminal(sys.stderr).progress(title, verbose=verbose) as show:
            return run_in_foreground(title, recorded, listeners=[show, RunOutput(sys.stdout)]).result()
    except KeyboardInterrupt as interrupt:
        raise CancelledError(f"{title} was cancelled") from interrupt


def _can_ask(arguments: Arguments) -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and not arguments.flag("json")


def _ask(view: View, question: str) -> bool:
    Terminal(sys.stdout).show_view(view)
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _print_log(call: Call) -> int:
    for line in log_lines(call):
        sys.stdout.write(f"{line}\n")
        if call.arguments.flag("follow"):
            sys.stdout.flush()
    return 0


def _exit_code(arguments: Arguments, result: object) -> int:
    if isinstance(result, ScoringResponse):
        return 0 if result.ok else 1
    if isinstance(result, LoadReport):
        return 1 if result.errors else 0
    if isinstance(result, CheckReport):
        return 0 if result.ok else 2
    if isinstance(result, BaseReport) and arguments.verb.name == "base check":
        return 2 if any(finding.severity == "error" for finding in result.findings) else 0
    return 0
