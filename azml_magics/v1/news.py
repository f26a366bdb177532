"""Running long work in the foreground, with its news printed as plain lines; what is done is left to the caller."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.events import BuildStep, Emit, Event, Found, LogLine, Note, StateChanged, StepFinished
from azml_magics.jobs import T, run_in_foreground
from azml_magics.show.recorded_work import recorded_work
from azml_magics.show.words import finding_lines

if TYPE_CHECKING:
    from azml_magics.session import Session


def say(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def perform_recorded(
    title: str,
    work: Callable[[Emit, Cancel], T],
    session: Session,
    *,
    verb: str,
    name: str,
    show_output: bool = True,
) -> T:
    """As :func:`perform`, with a record in the workspace of ``session``, as the same work done by ``verb`` leaves."""
    work = recorded_work(work, session, verb=verb, name=name, doing=title)
    return perform(title, work, show_output=show_output)


def perform(title: str, work: Callable[[Emit, Cancel], T], *, show_output: bool = True) -> T:
    """Do ``work`` on a thread of its own, so that an interrupt cancels it tidily; gives or raises what it does."""
    return run_in_foreground(title, work, listeners=[print_event] if show_output else []).result()


def print_event(event: Event) -> None:
    """What a user wants to see of it."""
    if isinstance(event, LogLine):
        # What a script says while it is loaded; the server's own lines are in get_logs(), as the SDK's are.
        if event.source != "server":
            say(event.text)
    elif isinstance(event, Note):
        say(event.text)
    elif isinstance(event, Found):
        say("\n".join(finding_lines([event.finding])))
    elif isinstance(event, BuildStep) and event.outcome in ("cached", "done", "failed"):
        say(f"step {event.number}/{event.total} {event.outcome}: {event.text}")
    elif isinstance(event, StepFinished):
        reason = f" ({event.reason})" if event.reason else ""
        say(f"{event.step}: {event.outcome}{reason}")
    elif isinstance(event, StateChanged):
        say(f"service {event.service} is {event.state}")
