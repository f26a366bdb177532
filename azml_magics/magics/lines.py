"""``%azml VERB``: parsed arguments into a result a notebook displays; what a verb does is left to ``show.commands``."""

from __future__ import annotations

import sys
from collections.abc import Callable

from azml_magics.cells.arguments import Arguments
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.magics import job_verbs, panel_verbs
from azml_magics.magics.display import ShownWork
from azml_magics.magics.long_verbs import LONG_VERBS, refuse_stdin, run_long_verb
from azml_magics.magics.results import give
from azml_magics.magics.sdk_names import SDK_VERBS
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE
from azml_magics.magics.waiting import service_ready
from azml_magics.show.call import Call
from azml_magics.show.commands import log_lines, perform
from azml_magics.show.frontend import Frontend
from azml_magics.show.results import Explanation
from azml_magics.show.text import view_lines
from azml_magics.show.view import View


def run_verb(
    arguments: Arguments, settings: Settings, body: str | None = None, script: EntryScript | None = None
) -> object:
    """Do what a line says; gives what the cell shows. Raises the errors of the session."""
    arguments = arguments.filled(settings.defaults)
    own = OWN_VERBS.get(arguments.verb.name)
    if own is not None:
        return give(own(arguments, settings), arguments, settings)
    if panel_verbs.shows_log(arguments, settings):
        panel_verbs.show_log(arguments, settings)
        return None
    if arguments.verb.name in ("logs", "run logs") and arguments.flag("follow") and not arguments.flag("json"):
        follow_log(arguments, settings)
        return None
    if arguments.verb.name in LONG_VERBS:
        with service_ready(arguments, settings):
            value = run_long_verb(arguments, settings, body, script)
        # IPython shows only the value of a cell's last line; what goes on behind the cell is shown wherever it began.
        return value.show() if isinstance(value, ShownWork) else value
    call = Call(
        STATE.session(settings.workspace),
        arguments,
        body,
        read_stdin=lambda: refuse_stdin(arguments),
        ask=_ask if _can_ask(settings.frontend, arguments) else None,
    )
    with service_ready(arguments, settings):
        value = perform(call)
    if isinstance(value, ScoringResponse) and not value.ok:
        STATE.last_failure = value
    return give(value, arguments, settings)


def follow_log(arguments: Arguments, settings: Settings) -> None:
    """Print the log as it grows, until the service ends or the cell is interrupted."""
    with service_ready(arguments, settings):
        try:
            for line in log_lines(Call(STATE.session(settings.workspace), arguments)):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
        except KeyboardInterrupt:
            return


def _can_ask(frontend: Frontend, arguments: Arguments) -> bool:
    reads_keyboard = frontend.name != "terminal" or sys.stdin.isatty()
    return frontend.asks and reads_keyboard and not arguments.flag("json")


def _ask(view: View, question: str) -> bool:
    sys.stdout.write("\n".join(view_lines(view)) + "\n")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


# Verbs that belong to the kernel ----------------------------------------------------------------------------------


def _why(_: Arguments, __: Settings) -> Explanation:
    from azml_magics.show.text import why_lines

    return Explanation(() if STATE.last_failure is None else tuple(why_lines(STATE.last_failure)))


OWN_VERBS: dict[str, Callable[[Arguments, Settings], object]] = {
    "why": _why,
    "jobs": job_verbs.list_jobs,
    "wait": job_verbs.wait,
    "cancel": job_verbs.cancel,
    "panel": panel_verbs.show_panel,
    **SDK_VERBS,
}
