"""``Terminal``: progress, notes and errors on a terminal or in a plain log; results go through ``text``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TextIO, TypeGuard

from azml_magics.errors import AzmlError
from azml_magics.events import BuildStep, Emit, Event, Found, LogLine, Note, Progress, StepFinished, StepStarted
from azml_magics.show.text import event_line, view_lines, why_lines
from azml_magics.show.view import View
from azml_magics.show.words import finding_lines, progress_figure

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

#: What stands in front of a builder's line about a step, which is shown anyway.
_NUMBERED = re.compile(r"^\[\d+/\d+\] ")
#: A script may print anything; the redrawn line is no place for it to act.
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_DIFF_STYLES = {"+": "green", "-": "red", "~": "yellow"}
_NO_STYLES: Mapping[str, str] = {}
_STYLES = {"good": "bold green", "bad": "bold red", "plain": "bold"}


class Terminal:
    """Writes to one stream. On a terminal a single line is redrawn while work goes on; elsewhere each step is a line.

    Colours follow the terminal and ``NO_COLOR``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @cached_property
    def _console(self) -> Console:
        from rich.console import Console

        return Console(file=self._stream, highlight=False, markup=False, emoji=False, soft_wrap=True)

    @contextmanager
    def progress(self, title: str, *, verbose: bool = False) -> Iterator[Emit]:
        """An ``Emit`` that shows what comes through it, until the block ends.

        ``verbose`` shows also what a service logs while it starts.
        """
        if not self._stream.isatty():
            yield self._print_everything if verbose else self._print_event
            return
        from rich.text import Text

        with self._console.status(Text(title)) as status:
            yield _StatusLine(self._console, status, title, verbose=verbose)

    def show_view(self, view: View) -> None:
        """A view, its title in the colour of its tone."""
        self._print_titled(view_lines(view), _STYLES[view.tone], _DIFF_STYLES if view.is_diff else {})

    def show_error(self, error: AzmlError, *, verbose: bool) -> None:
        """An error in a few lines, or with everything known about it."""
        head, *rest = why_lines(error) if verbose else error._render_traceback_()
        self._print_titled([head, *rest], _STYLES["bad"])

    def show_line(self, line: str) -> None:
        """One plain line."""
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def _print_titled(self, lines: Sequence[str], style: str, by_mark: Mapping[str, str] = _NO_STYLES) -> None:
        """``by_mark`` are the styles of lines by their first character."""
        if not self._stream.isatty():
            for line in lines:
                self.show_line(line)
            return
        from rich.text import Text

        head, *rest = lines
        self._console.print(Text(head, style=style))
        for line in rest:
            self._console.print(Text(line, style=by_mark.get(line[:1], "")))

    def _print_everything(self, event: Event) -> None:
        self._print_event(event)
        if is_server_line(event):
            self.show_line(event.text)

    def _print_event(self, event: Event) -> None:
        line = event_line(event, figures=True)
        if line is not None:
            self.show_line(line)


def is_server_line(event: Event) -> TypeGuard[LogLine]:
    """Whether ``event`` is a line that a service logged while it started."""
    return isinstance(event, LogLine) and event.source in ("server", "init")


class _StatusLine:
    """The redrawn line: title, running step, the newest line of what is being built or loaded."""

    def __init__(self, console: Console, status: Status, title: str, *, verbose: bool = False) -> None:
        self._console = console
        self._verbose = verbose
        self._status = status
        self._title = title
        self._step = ""
        self._build = ""

    def __call__(self, event: Event) -> None:
        from rich.text import Text

        if self._verbose and is_server_line(event):
            self._console.print(Text(event.text))
        elif isinstance(event, StepStarted):
            self._step, self._build = event.step, ""
            self._say(event.reason)
        elif isinstance(event, StepFinished):
            self._step, self._build = "", ""
            self._say("")
        elif isinstance(event, BuildStep):
            self._build = f"step {event.number} of {event.total}"
            self._say(event.text)
        elif isinstance(event, Progress):
            self._say(progress_figure(event))
        elif isinstance(event, LogLine) and event.source == "builder":
            self._say(_NUMBERED.sub("", event.text))
        elif isinstance(event, LogLine) and event.source == "init":
            self._say(event.text)
        elif isinstance(event, LogLine) and event.source == "run":
            self._status.stop()  # from now on the script's own lines say what happens
        elif isinstance(event, Note):
            self._console.print(Text(event.text))
        elif isinstance(event, Found):
            self._console.print(Text("\n".join(finding_lines([event.finding]))))

    def _say(self, detail: str) -> None:
        from rich.text import Text

        shown = " ".join(_CONTROL.sub("", detail).split())
        text = Text("  ".join(part for part in (self._title, self._step, self._build, shown) if part))
        text.truncate(max(20, self._console.width - 4), overflow="ellipsis")
        self._status.update(text)
