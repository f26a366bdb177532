"""``%azml VERB``: parsed arguments into a result a notebook displays; what a verb does is left to ``show.commands``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from azml_magics.cancel import Cancel
from azml_magics.cells.arguments import Arguments
from azml_magics.definitions.declarations import near_names
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.errors import CancelledError, DeclarationError, Finding, NotFoundError
from azml_magics.events import Emit, Event, Found, Note
from azml_magics.jobs import Job, Work, run_in_foreground
from azml_magics.journal.recording import recorded
from azml_magics.journal.records import new_job_id
from azml_magics.magics.display import ShownWork, run_displayed
from azml_magics.magics.panels import JobPanels
from azml_magics.magics.results import shown
from azml_magics.magics.sdk_names import SDK_VERBS
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE
from azml_magics.magics.waiting import service_ready, wait_for
from azml_magics.show.call import Call
from azml_magics.show.commands import log_lines, perform
from azml_magics.show.deployment_files import service_named
from azml_magics.show.document import document_of, render_json
from azml_magics.show.frontend import Frontend
from azml_magics.show.progress import current_step
from azml_magics.show.results import Explanation, JobReport, Listing
from azml_magics.show.run_output import RunOutput
from azml_magics.show.text import view_lines
from azml_magics.show.view import View
from azml_magics.show.words import finding_lines

#: Verbs that take long, with what they do in words; ``{}`` is the name they were given.
LONG_VERBS = {
    "deploy": "deploying {}",
    "update": "updating {}",
    "demo": "running the demo",
    "run_script": "running {}",
    "run submit": "running {}",
    "run cancel": "cancelling {}",
    "base check": "looking into {}",
    "base build": "making {}",
    "package": "packaging {}",
    "invoke": "invoking {}",
    "environment build": "building {}",
    "environment lock": "locking {}",
    "environment outdated": "looking for newer packages of {}",
}
#: Of these the ones that may go on behind the cell: later cells wait for a service, but for nothing else.
BACKGROUND_VERBS = frozenset({"deploy", "update", "demo"})


def run_verb(
    arguments: Arguments, settings: Settings, body: str | None = None, script: EntryScript | None = None
) -> object:
    """Do what a line says; gives what the cell shows. Raises the errors of the session."""
    arguments = with_settings(arguments, settings)
    own = OWN_VERBS.get(arguments.verb.name)
    if own is not None:
        return _given(own(arguments), arguments, settings)
    if arguments.verb.name in ("logs", "run logs") and arguments.flag("follow") and not arguments.flag("json"):
        follow_log(arguments, settings)
        return None
    if arguments.verb.name in LONG_VERBS:
        with service_ready(arguments):
            return run_long_verb(arguments, settings, body, script)
    call = Call(
        STATE.session(settings.workspace),
        arguments,
        body,
        read_stdin=lambda: _refuse_stdin(arguments),
        ask=_ask if _can_ask(settings.frontend, arguments) else None,
    )
    with service_ready(arguments):
        value = perform(call)
    if isinstance(value, ScoringResponse) and not value.ok:
        STATE.last_failure = value
    return _given(value, arguments, settings)


def run_long_verb(
    arguments: Arguments, settings: Settings, body: str | None = None, script: EntryScript | None = None
) -> object:
    """A job that has just begun where its display can be updated later, else the result."""
    session = STATE.session(settings.workspace)
    name = service_named(session, arguments) or arguments.text("script") or arguments.verb.name
    doing = LONG_VERBS[arguments.verb.name].format(name)
    frontend = settings.frontend
    # Whoever debugs has to be told where to attach while the cell still runs.
    told = [_print_note] if arguments.flag("debug") and not frontend.progress else []

    def do(emit: Emit, cancel: Cancel) -> object:
        read_stdin = partial(_refuse_stdin, arguments)
        return perform(Call(session, arguments, body, emit, cancel, read_stdin, script=script))

    job_id = new_job_id()
    panels = JobPanels(session, job_id, settings)
    work = recorded(do, session.workspace.root, verb=arguments.verb.name, name=name, doing=doing, job_id=job_id)
    as_json = arguments.flag("json")
    may_go_on = arguments.verb.name in BACKGROUND_VERBS and not arguments.flag("wait")
    if frontend.background and not as_json and may_go_on:
        job = ShownWork(name, work, doing=doing, panels=panels)
        job.add_end_listener(lambda: _remember_failure(job))
        STATE.remember_job(job)
        return job.start_checked()
    try:
        ended = run_in_foreground(name, work) if as_json else _run_here(name, work, doing, panels, told)
    except KeyboardInterrupt as interrupt:
        raise CancelledError(f"{doing} was cancelled") from interrupt
    # Where steps were shown, the notes were among them.
    notes = () if frontend.progress else _findings(ended.events)
    value = ended.result()
    if isinstance(value, ScoringResponse) and not value.ok:
        STATE.last_failure = value
    return _given(value, arguments, settings, notes=notes)


def _print_note(event: Event) -> None:
    if isinstance(event, Note):
        sys.stdout.write(f"{event.text}\n")
        sys.stdout.flush()


def _run_here(name: str, work: Work[object], doing: str, panels: JobPanels, told: Sequence[Emit] = ()) -> Job[object]:
    """Run ``work`` to its end in this cell, with the progress that the front end can show."""
    frontend = panels.settings.frontend
    output = RunOutput(sys.stdout)
    if not frontend.progress:
        return run_in_foreground(name, work, listeners=[output, *told])
    if frontend.name != "terminal":
        return run_displayed(name, work, doing=doing, listeners=[output], panels=panels)
    from azml_magics.show.terminal import Terminal

    with Terminal(sys.stdout).progress(doing) as show:
        return run_in_foreground(name, work, listeners=[show, output])


def follow_log(arguments: Arguments, settings: Settings) -> None:
    """Print the log as it grows, until the service ends or the cell is interrupted."""
    with service_ready(arguments):
        try:
            for line in log_lines(Call(STATE.session(settings.workspace), arguments)):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
        except KeyboardInterrupt:
            return


def with_settings(arguments: Arguments, settings: Settings) -> Arguments:
    """Settings in the place of the grammar's defaults; what the line says wins."""
    changed = {
        dest: value
        for dest, value in settings.defaults.items()
        if dest in arguments.by_dest and dest not in arguments.given
    }
    return replace(arguments, by_dest=MappingProxyType({**arguments.by_dest, **changed})) if changed else arguments


def _given(value: object, arguments: Arguments, settings: Settings, notes: tuple[str, ...] = ()) -> object:
    """The value to show; with ``--json`` it is printed instead."""
    if value is None:
        return None
    if arguments.flag("json"):
        sys.stdout.write(render_json(document_of(value)) + "\n")
        return None
    return shown(value, figures=settings.frontend.figures, notes=notes)


def _findings(events: tuple[Event, ...]) -> tuple[str, ...]:
    """What depends on the definition alone, other than notes: what the checks found."""
    return tuple(finding_lines([event.finding for event in events if isinstance(event, Found)]))


def _can_ask(frontend: Frontend, arguments: Arguments) -> bool:
    reads_keyboard = frontend.name != "terminal" or sys.stdin.isatty()
    return frontend.asks and reads_keyboard and not arguments.flag("json")


def _ask(view: View, question: str) -> bool:
    sys.stdout.write("\n".join(view_lines(view)) + "\n")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _refuse_stdin(arguments: Arguments) -> bytes:
    remedy = f"write the request below %%{arguments.verb.name} NAME, or give --data @FILE"
    finding = Finding("no-stdin", "a cell has no standard input to read", remedy, arguments.place_of("data"))
    raise DeclarationError(f"{arguments.place.source} cannot be done", [finding])


def _remember_failure(job: Job[object]) -> None:
    if job.error is not None:
        STATE.last_failure = job.error


# Verbs that belong to the kernel ----------------------------------------------------------------------------------


def _why(_: Arguments) -> Explanation:
    from azml_magics.show.text import why_lines

    return Explanation(() if STATE.last_failure is None else tuple(why_lines(STATE.last_failure)))


def _jobs(_: Arguments) -> Listing:
    return Listing("job", tuple(_report(job) for job in STATE.jobs.values()), none="nothing runs in the background")


def _wait(arguments: Arguments) -> object:
    name = arguments.text("name")
    if name is None:
        for job in STATE.jobs.values():
            wait_for(job)
        return _jobs(arguments)
    job = _get_job(name)
    wait_for(job)
    return job.result()


def _cancel(arguments: Arguments) -> object:
    name = arguments.text("name")
    jobs = [_get_job(name)] if name is not None else list(STATE.jobs.values())
    for job in jobs:
        job.cancel()
    for job in jobs:
        job.wait()
    return _report(jobs[0]) if name is not None else _jobs(arguments)


def _get_job(name: str) -> Job[object]:
    job = STATE.jobs.get(name)
    if job is None:
        remedy = near_names(name, STATE.jobs) if STATE.jobs else "nothing was started in the background"
        raise NotFoundError(f"there is no job {name!r}", remedy=remedy, code="unknown-job")
    return job


def _report(job: Job[object]) -> JobReport:
    step = current_step(job.events) if job.state == "running" else None
    return JobReport(job.name, job.state, step, None if job.error is None else str(job.error))


OWN_VERBS: dict[str, Callable[[Arguments], object]] = {
    "why": _why,
    "jobs": _jobs,
    "wait": _wait,
    "cancel": _cancel,
    **SDK_VERBS,
}
