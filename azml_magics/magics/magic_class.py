"""``AzmlMagics``: the names a notebook uses and their settings; what stands behind them is imported on first use."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from IPython.core import magic_arguments as ipython_arguments
from IPython.core.magic import Magics, cell_magic, line_cell_magic, magics_class
from traitlets import Bool, Enum, Float, Unicode

from azml_magics.cells.grammar import KINDS, verbs_for
from azml_magics.cells.verb import Verb
from azml_magics.definitions.choices import DEFAULT_WAIT_SECONDS
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.magics.state import STATE
from azml_magics.show.frontend import PANELS, detect_frontend

if TYPE_CHECKING:
    from azml_magics.magics.settings import Settings

F = TypeVar("F", bound=Callable[..., object])


def documented(verb: Verb) -> Callable[[F], F]:
    """Give a magic the help of its verb, so that ``%environment?`` shows it; parsing goes by the grammar itself."""

    def decorate(function: F) -> F:
        function.__doc__ = f"{verb.help}\n\n{_forms(verb)}"
        arguments: Any = ipython_arguments  # not annotated
        for option in reversed(verb.options_for("cell")):
            keywords = {"metavar": option.metavar} if option.takes_value else {"action": "store_true"}
            arguments.argument(*option.flags, help=_escaped(option.help), dest=option.dest, **keywords)(function)
        for word in reversed(verb.positionals):
            arguments.argument(word.dest, metavar=word.metavar, help=_escaped(word.help))(function)
        arguments.magic_arguments()(function)
        return function

    return decorate


def _forms(verb: Verb) -> str:
    if verb.doors == ("cell",):
        return f"%%{verb.name} takes the body below the line; %%azml {verb.name} is the same in full."
    below = "the body below the line" if verb.body == "required" else "the body below the line, or --data"
    return f"%%{verb.name} takes {below}; %{verb.name} is its line form; %%azml {verb.name} is the same in full."


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _unless_silenced(line: str, value: object) -> object:
    """``value``, or nothing to show when the magic's line ends with ``;``.

    IPython's own ``output_can_be_silenced`` reads the body as Python and fails for what is none (JSON, YAML).
    """
    return None if line.rstrip().endswith(";") else value


def _listing() -> str:
    """The help of ``%azml``: every verb, from the table."""
    verbs = verbs_for("line")
    width = max(len(verb.name) for verb in verbs)
    lines = [f"    %azml {verb.name:<{width}}  {verb.help}" for verb in verbs]
    cells = [f"    %%azml {name:<{width - 1}}  {verb.help}" for name, verb in KINDS.items()]
    return "\n".join(["Deploy and score a service on this machine.", "", *lines, "", "With a body below:", "", *cells])


@magics_class
class AzmlMagics(Magics):
    """Settings of azml_magics; change one with %config AzmlMagics.<name> = <value>."""

    panel = Enum(
        PANELS,
        "auto",
        help="How progress is shown: auto finds out, widget keeps jobs in the background with a live panel, "
        "text and none wait and show one result without figures. AZML_PANEL wins.",
    ).tag(config=True)
    keep_panel = Bool(
        False, help="Leave a live panel in the notebook when its work has ended, instead of static text."
    ).tag(config=True)
    workspace = Unicode("", help="Workspace directory; empty: the one the current directory belongs to.").tag(
        config=True
    )
    wait_seconds = Float(DEFAULT_WAIT_SECONDS, min=0.001, help="How long a service may take to become ready.").tag(
        config=True
    )
    timeout_seconds = Float(
        ScoringRequest.timeout_seconds, min=0.001, help="How long %%score waits for the answer."
    ).tag(config=True)

    @documented(KINDS["requirements"])
    @line_cell_magic
    def requirements(self, line: str, cell: str | None = None) -> object:
        """Declare or show a list of pip requirements."""
        return self._run_kind("requirements", line, cell)

    @documented(KINDS["environment"])
    @line_cell_magic
    def environment(self, line: str, cell: str | None = None) -> object:
        """Declare or show an environment."""
        return self._run_kind("environment", line, cell)

    @documented(KINDS["dockerfile"])
    @line_cell_magic
    def dockerfile(self, line: str, cell: str | None = None) -> object:
        """Declare or show a Dockerfile."""
        return self._run_kind("dockerfile", line, cell)

    @documented(KINDS["entry_script"])
    @line_cell_magic
    def entry_script(self, line: str, cell: str | None = None) -> object:
        """Declare or show the script with init() and run()."""
        return self._run_kind("entry_script", line, cell)

    @documented(KINDS["score"])
    @line_cell_magic
    def score(self, line: str, cell: str | None = None) -> object:
        """Send one request to a service."""
        return self._run_kind("score", line, cell)

    @documented(KINDS["run_script"])
    @cell_magic
    def run_script(self, line: str, cell: str) -> object:
        """Run the script below."""
        return self._run_kind("run_script", line, cell)

    @documented(KINDS["invoke"])
    @line_cell_magic
    def invoke(self, line: str, cell: str | None = None) -> object:
        """Run a script once with no server."""
        return self._run_kind("invoke", line, cell)

    @line_cell_magic
    def azml(self, line: str, cell: str | None = None) -> object:
        """Every verb."""
        from azml_magics.magics.azml import run_azml_cell, run_azml_line

        with self._boundary():
            if cell is None:
                return _unless_silenced(line, run_azml_line(line, self._settings()))
            return _unless_silenced(line, run_azml_cell(line, cell, self._shell(), self._settings()))

    azml.__doc__ = _listing()

    def _run_kind(self, kind: str, line: str, cell: str | None) -> object:
        from azml_magics.magics.cell_source import read_cell_source
        from azml_magics.magics.cells import run_cell, run_line

        with self._boundary():
            if cell is None:
                return _unless_silenced(line, run_line(kind, line, self._settings()))
            settings = self._settings()
            source = read_cell_source(self._shell(), f"%%{kind} {line}", numbered=settings.frontend.figures)
            return _unless_silenced(line, run_cell(kind, line, cell, source, settings))

    @contextmanager
    def _boundary(self) -> Iterator[None]:
        """Keep what leaves a magic as an error, for ``%azml why``; the last one that asks is no error of its own."""
        try:
            yield
        except Exception as error:
            STATE.last_failure = error
            raise

    def _settings(self) -> Settings:
        from azml_magics.magics.settings import Settings

        frontend = detect_frontend(
            self.shell, panel=self.panel, environment=os.environ, in_colab="google.colab" in sys.modules
        )
        defaults = {"wait_seconds": self.wait_seconds, "timeout_seconds": self.timeout_seconds}
        return Settings(self.workspace, frontend, defaults, self.keep_panel)

    def _shell(self) -> Any:
        return self.shell
