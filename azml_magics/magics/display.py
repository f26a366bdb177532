"""Displays of running work, live panels where the front end shows them, that settle to the result.

What stays in the notebook is static text and HTML: a widget would reopen as an error without its kernel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from azml_magics.errors import CancelledError
from azml_magics.events import BuildStep, Emit, Event, Found, Note, Progress, StepFinished, StepStarted, remember
from azml_magics.jobs import Job, Work, run_in_foreground
from azml_magics.show.cell_request import read_cell_request
from azml_magics.show.describe import describe
from azml_magics.show.html import view_html
from azml_magics.show.progress import failure_view, note_lines, progress_view
from azml_magics.show.text import view_lines
from azml_magics.show.view import View

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from azml_magics.magics.panels import JobPanels
    from azml_magics.panel.widget import Panel

T = TypeVar("T")
#: Events that change a display; builder lines come by the thousand and would only slow the page down.
VISIBLE = (StepStarted, StepFinished, BuildStep, Progress, Found, Note)


class LiveDisplay:
    """Displays in the notebook that always show what ``view`` gives, from whichever thread they are redrawn.

    With ``panels`` they are live panels where the front end can show them, until :meth:`settle`.
    """

    def __init__(self, view: Callable[[], View], panels: JobPanels | None = None) -> None:
        self._view = view
        self._source = panels
        self._panels: list[Panel] = []
        self._handles: list[DisplayHandle] = []
        self._obstacle = ""
        self._is_settled = False
        # Nothing may be sent between reading the view and sending it: the page would keep the older one.
        self._lock = threading.RLock()

    def show(self) -> None:
        """Put one below the cell that is running."""
        with self._lock:
            panel = self._open_panel()
            if panel is None:
                self._show_static()
            else:
                self._panels.append(panel)
                panel.on_dismissed = partial(self._go_static, panel)
                panel.show()

    def redraw(self) -> None:
        """Show the view as it is now, everywhere; nothing happens before :meth:`show`. Panels know their news."""
        with self._lock:
            for handle in self._handles:
                handle.update(self._bundle(), raw=True)  # type: ignore[no-untyped-call]  # IPython is not annotated

    def pulse(self) -> None:
        """Have panels send from this thread, where only the cell's own thread reaches the page."""
        if self._source is not None and self._source.pulsed:
            for panel in self._panels:
                panel.pump.pulse()

    def settle(self) -> None:
        """The work has ended: from now on everything shown is static."""
        with self._lock:
            self._is_settled, self._obstacle = True, ""
            if self._source is None or not self._source.keep:
                for panel in self._panels:
                    panel.settle(self._view())
            self.redraw()

    def _open_panel(self) -> Panel | None:
        source = self._source
        if source is None or (self._is_settled and not source.keep):
            return None
        obstacle = source.find_obstacle()
        if obstacle is not None:
            self._obstacle = obstacle
            return None
        panel = source.open()
        if panel is not None:
            from azml_magics.panel.availability import NOT_IN_PAGE

            source.expect_answer(panel, partial(self._go_static, panel, NOT_IN_PAGE))
        return panel

    def _go_static(self, panel: Panel, obstacle: str = "") -> None:
        """Put static displays in the place of ``panel``: nobody shows it, which ``obstacle`` says, or it has to go."""
        with self._lock:
            if panel in self._panels:
                self._panels.remove(panel)
                if self._is_settled:
                    panel.settle(self._view())
                    return
                self._obstacle = obstacle or self._obstacle
                self._handles += panel.take_handles()
                panel.close()
            self.redraw()

    def _show_static(self) -> None:
        from IPython.display import display

        handle = display(  # type: ignore[no-untyped-call]  # IPython is not annotated
            self._bundle(), raw=True, display_id=True
        )
        self._handles.append(handle)

    def _bundle(self) -> dict[str, str]:
        view = self._view()
        if self._obstacle:
            view = replace(view, lines=(*view.lines, self._obstacle))
        return {"text/plain": "\n".join(view_lines(view)), "text/html": view_html(view)}


def is_checking(event: Event) -> bool:
    """Whether work that tells ``event`` may still find that it cannot be done; a step that failed ends it at once."""
    if isinstance(event, StepStarted):
        return event.step == "check"
    if isinstance(event, StepFinished):
        return event.outcome == "failed"
    return isinstance(event, Found | Note)


class ShownWork(Job[object]):
    """A job in the background that a notebook displays; ``doing`` says what it does (``deploying digits``)."""

    #: The run of a cell that :meth:`show` was called in.
    _shown_in: str | None = None

    def __init__(self, name: str, work: Work[object], *, doing: str, panels: JobPanels | None = None) -> None:
        super().__init__(name, work, listeners=[self._refresh])
        self._doing = doing
        self._display = LiveDisplay(self.view, panels)
        self._under_way = threading.Event()
        self.add_end_listener(self._display.settle)
        self.add_end_listener(self._under_way.set)

    def start_checked(self) -> ShownWork:
        """As :meth:`start`, but stay until the checks are done: what they find wrong is raised here, in the cell."""
        self.start()
        self._under_way.wait()
        if self.error is not None:
            self.result()
        return self

    def show(self) -> ShownWork:
        """Display it below the running cell, wherever in it that is said; as the cell's value it is not shown again."""
        self._shown_in = _running_cell()
        self._display.show()
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
            return failure_view(_failed(self._doing, self.error), events, self.error, figures=True)
        view = describe(self._value, figures=True)
        return View(view.title, view.tone, view.facts, view.table, (*view.lines, *note_lines(events)))

    def _refresh(self, event: Event) -> None:
        if not is_checking(event):
            self._under_way.set()
        if isinstance(event, VISIBLE):
            self._display.redraw()

    def _ipython_display_(self) -> None:
        if self._shown_in != _running_cell():
            self._display.show()

    def __repr__(self) -> str:
        return "\n".join(view_lines(self.view()))

    def _repr_html_(self) -> str:
        return view_html(self.view())


def _running_cell() -> str:
    """Names this run of the running cell; empty where no front end asked for it."""
    from IPython import get_ipython

    return str(read_cell_request(get_ipython())["header"].get("msg_id", ""))


def _failed(doing: str, error: BaseException) -> str:
    """``deploying digits failed``."""
    return f"{doing} {'was cancelled' if isinstance(error, CancelledError) else 'failed'}"


def run_displayed(
    name: str, work: Work[T], *, doing: str, listeners: Sequence[Emit] = (), panels: JobPanels | None = None
) -> Job[T]:
    """Run ``work`` in the foreground with a live display of its steps, which stays above the cell's result."""
    events: list[Event] = []
    errors: list[BaseException] = []

    def view() -> View:
        error = errors[0] if errors else None
        return progress_view(doing if error is None else _failed(doing, error), events, figures=True, error=error)

    display = LiveDisplay(view, panels)

    def listen(event: Event) -> None:
        if isinstance(event, VISIBLE):
            if not events:
                display.show()  # there is nothing to show a panel of before
            remember(events, event)
            display.redraw()
        display.pulse()

    try:
        return run_in_foreground(name, work, listeners=[listen, *listeners])
    except BaseException as error:
        # The cell shows it below; an interrupt is the user's own way to cancel.
        errors.append(CancelledError(doing) if isinstance(error, KeyboardInterrupt) else error)
        raise
    finally:
        display.settle()
