"""Displays of running work that are updated as steps finish and settle to the result.

What stays in the notebook is static text and HTML: a widget would reopen as an error without its kernel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from azml_magics.events import BuildStep, Emit, Event, Found, Note, Progress, StepFinished, StepStarted
from azml_magics.jobs import Job, Work, run_in_foreground
from azml_magics.show.describe import describe
from azml_magics.show.html import view_html
from azml_magics.show.progress import failure_view, note_lines, progress_view
from azml_magics.show.text import view_lines
from azml_magics.show.view import View

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

T = TypeVar("T")
#: Events that change a display; builder lines come by the thousand and would only slow the page down.
VISIBLE = (StepStarted, StepFinished, BuildStep, Progress, Found, Note)


class LiveDisplay:
    """Displays in the notebook that always show what ``view`` gives, from whichever thread they are redrawn."""

    def __init__(self, view: Callable[[], View]) -> None:
        self._view = view
        self._handles: list[DisplayHandle] = []
        # Nothing may be sent between reading the view and sending it: the page would keep the older one.
        self._lock = threading.Lock()

    def show(self) -> None:
        """Put one below the cell that is running."""
        from IPython.display import display

        with self._lock:
            handle = display(  # type: ignore[no-untyped-call]  # IPython is not annotated
                self._bundle(), raw=True, display_id=True
            )
            self._handles.append(handle)

    def redraw(self) -> None:
        """Show the view as it is now, everywhere; nothing happens before :meth:`show`."""
        with self._lock:
            for handle in self._handles:
                handle.update(self._bundle(), raw=True)  # type: ignore[no-untyped-call]  # IPython is not annotated

    def _bundle(self) -> dict[str, str]:
        view = self._view()
        return {"text/plain": "\n".join(view_lines(view)), "text/html": view_html(view)}


class ShownWork(Job[object]):
    """A job in the background that a notebook displays; ``doing`` says what it does (``deploying digits``)."""

    def __init__(self, name: str, work: Work[object], *, doing: str) -> None:
        super().__init__(name, work, listeners=[self._refresh])
        self._doing = doing
        self._display = LiveDisplay(self.view)
        self._under_way = threading.Event()
        self.add_end_listener(self._display.redraw)
        self.add_end_listener(self._under_way.set)

    def start_checked(self) -> ShownWork:
        """As :meth:`start`, but stay until the checks are done: what they find wrong is raised here, in the cell."""
        self.start()
        self._under_way.wait()
        if self.error is not None:
            self.result()
        return self

    def result(self) -> object:
        """As :meth:`Job.result`, in a form that a notebook displays."""
        from azml_magics.magics.results import shown

        return shown(super().result(), figures=True, notes=tuple(note_lines(self.events)))

    def view(self) -> View:
        """What can be seen of it now: the steps so far, then the result or the error."""
        events = self.events
        if self.state == "running":
            return progress_view(f"{self._doing} ...", events, figures=True)
        if self.error is not None:
            ending = "was cancelled" if self.state == "cancelled" else "failed"
            return failure_view(f"{self._doing} {ending}", events, self.error, figures=True)
        view = describe(self._value, figures=True)
        return View(view.title, view.tone, view.facts, view.table, (*view.lines, *note_lines(events)))

    def _refresh(self, event: Event) -> None:
        if isinstance(event, StepFinished) and event.outcome != "failed":
            self._under_way.set()  # a failure is waited for: it ends the work
        if isinstance(event, VISIBLE):
            self._display.redraw()

    def _ipython_display_(self) -> None:
        self._display.show()

    def __repr__(self) -> str:
        return "\n".join(view_lines(self.view()))

    def _repr_html_(self) -> str:
        return view_html(self.view())


def run_displayed(name: str, work: Work[T], *, doing: str, listeners: Sequence[Emit] = ()) -> Job[T]:
    """Run ``work`` in the foreground with a live display of its steps, which stays above the cell's result."""
    events: list[Event] = []
    display = LiveDisplay(lambda: progress_view(doing, events, figures=True))

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, VISIBLE):
            display.redraw()

    display.show()
    return run_in_foreground(name, work, listeners=[listen, *listeners])
