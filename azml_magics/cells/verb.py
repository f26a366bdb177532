"""``Verb``, ``Option`` and ``Positional``: what an entry of the grammar table says; the entries stand in ``verbs``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from azml_magics.errors import Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments

#: ``cell``: ``%%name`` with a body; ``line``: ``%azml name``; ``cli``: ``azml name``.
Door = Literal["cell", "line", "cli"]
Completes = Literal[
    "environment", "requirements", "dockerfile", "entry_script", "model", "service", "image", "run", "path"
]
PROMPTS: dict[Door, str] = {"cell": "%%", "line": "%azml ", "cli": "azml "}


@dataclass(frozen=True)
class Option:
    """One option. ``convert`` turns its text into a value or raises ``ValueError`` with what it must be.

    A ``repeatable`` option is written once for each value and gives a tuple; one that does not take a value gives a
    bool. ``completes`` says which names complete the value.
    """

    flags: tuple[str, ...]
    dest: str
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    repeatable: bool = False
    takes_value: bool = True
    required: bool = False
    default: object = None
    convert: Callable[[str], object] = str
    completes: Completes | None = None
    doors: tuple[Door, ...] = ("cell", "line", "cli")

    @property
    def usage(self) -> str:
        """``[--port N]``, ``[--model NAME]...``."""
        text = f"{self.flags[-1]} {self.metavar}".rstrip()
        return (text if self.required else f"[{text}]") + ("..." if self.repeatable else "")


@dataclass(frozen=True)
class Positional:
    """One word given by its position."""

    dest: str
    metavar: str
    help: str
    optional: bool = False
    completes: Completes | None = None


@dataclass(frozen=True)
class Verb:
    """A kind (``%%environment``) or a verb (``azml model register``).

    ``path`` are its words. ``reports`` adds ``--json``. ``body`` says whether its cell form has a text below the line.
    ``rest`` takes the words behind ``--`` as they are, for somebody else's program.
    ``check`` looks at everything that was typed at once and gives findings.
    """

    path: tuple[str, ...]
    help: str
    positionals: tuple[Positional, ...] = ()
    options: tuple[Option, ...] = ()
    reports: bool = False
    body: Literal["required", "optional"] | None = None
    doors: tuple[Door, ...] = ("line", "cli")
    check: Callable[[Arguments], Iterable[Finding]] | None = None
    rest: Positional | None = None

    @property
    def name(self) -> str:
        """The words of ``path`` with spaces between."""
        return " ".join(self.path)

    def options_for(self, door: Door) -> tuple[Option, ...]:
        """The options that exist at ``door``, ``--json`` included."""
        return tuple(option for option in (*self.options, *([JSON] if self.reports else [])) if door in option.doors)

    def spelled(self, door: Door) -> str:
        """How a user writes it there: ``azml deploy``, ``%azml deploy``, ``%%environment``."""
        return PROMPTS[door] + self.name

    def usage(self, door: Door) -> str:
        """One line: the words, the positionals, the options."""
        options = (option.usage for option in self.options_for(door))
        return " ".join((*self._positional_words(door), *options, *self._rest_words()))

    def synopsis(self, door: Door) -> str:
        """As :meth:`usage`, the options only hinted at."""
        options = ["[options]"] if self.options_for(door) else []
        return " ".join((*self._positional_words(door), *options, *self._rest_words()))

    def _rest_words(self) -> list[str]:
        return [f"[-- {self.rest.metavar}...]"] if self.rest else []

    def _positional_words(self, door: Door) -> list[str]:
        positionals = (f"[{word.metavar}]" if word.optional else word.metavar for word in self.positionals)
        return [self.spelled(door), *positionals]


#: Of verbs that a live notebook does behind the cell.
WAIT = Option(
    ("--wait",), "wait", "Stay in this cell until it is done.", takes_value=False, default=False, doors=("line",)
)
JSON = Option(("--json",), "json", "Print the result as JSON.", takes_value=False, default=False)
