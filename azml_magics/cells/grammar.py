"""ONE table of kinds and verbs: feeds the magics, the ``azml`` command and completion; ``arguments`` parses by it.

A new verb is one entry of :data:`GRAMMAR`; a new option one ``Option``.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from azml_magics.cells import values
from azml_magics.cells.requests import check_deploy, check_register, check_score, check_stop
from azml_magics.definitions.deployment import DEFAULT_WAIT_SECONDS
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import DeclarationError, Finding, Place

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments

#: ``cell``: ``%%name`` with a body; ``line``: ``%azml name``; ``cli``: ``azml name``.
Door = Literal["cell", "line", "cli"]
Completes = Literal["environment", "requirements", "entry_script", "model", "service", "path"]
_PROMPTS: dict[Door, str] = {"cell": "%%", "line": "%azml ", "cli": "azml "}


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

    @property
    def name(self) -> str:
        """The words of ``path`` with spaces between."""
        return " ".join(self.path)

    def options_for(self, door: Door) -> tuple[Option, ...]:
        """The options that exist at ``door``, ``--json`` included."""
        return tuple(option for option in (*self.options, *([JSON] if self.reports else [])) if door in option.doors)

    def spelled(self, door: Door) -> str:
        """How a user writes it there: ``azml deploy``, ``%azml deploy``, ``%%environment``."""
        return _PROMPTS[door] + self.name

    def usage(self, door: Door) -> str:
        """One line: the words, the positionals, the options."""
        return " ".join((*self._positional_words(door), *(option.usage for option in self.options_for(door))))

    def synopsis(self, door: Door) -> str:
        """As :meth:`usage`, the options only hinted at."""
        return " ".join((*self._positional_words(door), *(["[options]"] if self.options_for(door) else [])))

    def _positional_words(self, door: Door) -> list[str]:
        positionals = (f"[{word.metavar}]" if word.optional else word.metavar for word in self.positionals)
        return [self.spelled(door), *positionals]


JSON = Option(("--json",), "json", "Print the result as JSON.", takes_value=False, default=False)

_SERVICE = Positional("name", "NAME", "Name of the service.", completes="service")
_ANY_SERVICE = Positional("name", "NAME", "Name of the service; all of them without it.", True, "service")
_TARGET = Positional("name", "NAME|NOTEBOOK.ipynb", "Name of the service, or a notebook that declares it.")
_HEADER = Option(
    ("--header",), "headers", "HTTP header of the request.", "K:V", repeatable=True, default=(), convert=values.header
)
_TIMEOUT = Option(
    ("--timeout-seconds",),
    "timeout_seconds",
    "How long to wait for the answer.",
    "N",
    default=ScoringRequest.timeout_seconds,
    convert=values.seconds,
)
_TAG = Option(("--tag",), "tags", "Tag of the model.", "K=V", repeatable=True, default=(), convert=values.key_value)
_MODEL_NAME = Option(("--name",), "model_name", "Name of the model.", "NAME", completes="model")

_DEPLOYMENT = (
    Option(("--environment",), "environment", "Environment to run in.", "NAME[:VERSION]", completes="environment"),
    Option(("--requirements",), "requirements_file", "pip requirements file to run with.", "FILE", completes="path"),
    Option(
        ("--python",),
        "python",
        "Run with the Python that runs this command; nothing is installed.",
        "current",
        choices=("current",),
    ),
    Option(("--entry-script",), "entry_script", "Script with init() and run().", "FILE", completes="entry_script"),
    Option(("--source-dir",), "source_directory", "Folder to deploy beside the script.", "DIR", completes="path"),
    Option(
        ("--model",),
        "models",
        "Registered model.",
        "NAME[:VERSION]",
        repeatable=True,
        default=(),
        completes="model",
    ),
    Option(
        ("--env",),
        "environment_variables",
        "Environment variable of the service.",
        "K=V",
        repeatable=True,
        default=(),
        convert=values.key_value,
    ),
    Option(("--engine",), "engine", "How the service runs.", "ENGINE", choices=("process",), default="process"),
    Option(("--port",), "port", "Port to listen on; the next free one without it.", "N", convert=values.whole_number),
    Option(("--workers",), "workers", "Worker processes.", "N", convert=values.positive_count),
    Option(
        ("--wait-seconds",),
        "wait_seconds",
        "How long the service may take to become ready.",
        "N",
        default=DEFAULT_WAIT_SECONDS,
        convert=values.seconds,
    ),
)
_SKIP_CHECKS = Option(
    ("--skip-checks",), "skip_checks", "Deploy although checks failed.", takes_value=False, default=False
)
_WAIT = Option(
    ("--wait",),
    "wait",
    "Stay in this cell until the service is ready.",
    takes_value=False,
    default=False,
    doors=("line",),
)

GRAMMAR: tuple[Verb, ...] = (
    Verb(
        ("requirements",),
        "Declare a list of pip requirements; without a body, show it.",
        (Positional("name", "NAME", "Name of the list.", completes="requirements"),),
        (Option(("--file",), "file", "Read the list from this file.", "FILE", completes="path"),),
        body="required",
        doors=("cell", "line"),
    ),
    Verb(
        ("environment",),
        "Declare an environment as YAML; without a body, show it.",
        (Positional("name", "NAME", "Name of the environment.", completes="environment"),),
        body="required",
        doors=("cell", "line"),
    ),
    Verb(
        ("entry_script",),
        "Declare the script with init() and run(); without a body, show it.",
        (Positional("path", "PATH", "File name of the script.", completes="entry_script"),),
        (Option(("--write",), "write", "Also save it to PATH.", takes_value=False, default=False, doors=("cell",)),),
        body="required",
        doors=("cell", "line"),
    ),
    Verb(
        ("score",),
        "Send one request to a service.",
        (_SERVICE,),
        (Option(("--data",), "data", "Body of the request.", "JSON|@FILE|-", completes="path"), _HEADER, _TIMEOUT),
        reports=True,
        body="optional",
        check=check_score,
        doors=("cell", "line", "cli"),
    ),
    Verb(
        ("deploy",),
        "Build, start and wait until the service is ready.",
        (_TARGET,),
        (*_DEPLOYMENT, _SKIP_CHECKS, _WAIT),
        reports=True,
        check=check_deploy,
    ),
    Verb(("check",), "Check a deployment without building.", (_TARGET,), _DEPLOYMENT, reports=True, check=check_deploy),
    Verb(("plan",), "Show what deploy would do.", (_TARGET,), _DEPLOYMENT, reports=True, check=check_deploy),
    Verb(("services",), "List the services.", reports=True),
    Verb(
        ("logs",),
        "Show the log of a service.",
        (_SERVICE,),
        (
            Option(("--tail",), "tail", "Only the last lines.", "N", convert=values.count),
            Option(("--follow",), "follow", "Go on until the service ends.", takes_value=False, default=False),
        ),
    ),
    Verb(
        ("requests",),
        "List the requests that were scored, newest first.",
        (_ANY_SERVICE,),
        (Option(("--limit",), "limit", "At most so many.", "N", default=20, convert=values.positive_count),),
        reports=True,
    ),
    Verb(("reload",), "Put a changed script in place without a restart.", (_SERVICE,), reports=True),
    Verb(
        ("stop",),
        "Stop a service.",
        (Positional("name", "NAME", "Name of the service.", True, "service"),),
        (Option(("--all",), "all", "Stop every service.", takes_value=False, default=False),),
        reports=True,
        check=check_stop,
    ),
    Verb(
        ("model", "register"),
        "Copy a file or folder into the workspace as the next version of a model.",
        (Positional("path", "PATH", "File or folder.", completes="path"),),
        (
            Option(("--name",), "model_name", "Name of the model.", "NAME", required=True, completes="model"),
            _TAG,
            Option(
                ("--property",),
                "properties",
                "Property of the model.",
                "K=V",
                repeatable=True,
                default=(),
                convert=values.key_value,
            ),
            Option(("--description",), "description", "What it is.", "TEXT", default=""),
        ),
        reports=True,
        check=check_register,
    ),
    Verb(("model", "list"), "List the models.", (), (_MODEL_NAME, _TAG), reports=True),
    Verb(
        ("model", "show"),
        "Show a model.",
        (Positional("name", "NAME[:VERSION]", "Name of the model.", completes="model"),),
        reports=True,
    ),
    Verb(("environment", "list"), "List the environments.", reports=True),
    Verb(
        ("environment", "show"),
        "Show an environment.",
        (Positional("name", "NAME[:VERSION]", "Name of the environment.", completes="environment"),),
        reports=True,
    ),
    Verb(("demo",), "Deploy, score and stop a tiny built-in service, as proof that this machine works.", reports=True),
    Verb(("why",), "Show everything about the last error.", doors=("line",)),
    Verb(("jobs",), "List what runs in the background.", reports=True, doors=("line",)),
    Verb(("wait",), "Wait for a background job.", (_ANY_SERVICE,), reports=True, doors=("line",)),
    Verb(("cancel",), "Cancel a background job.", (_ANY_SERVICE,), doors=("line",)),
)

#: The cell magics by name.
KINDS: dict[str, Verb] = {verb.name: verb for verb in GRAMMAR if "cell" in verb.doors}


def verbs_for(door: Door) -> tuple[Verb, ...]:
    """Everything that can be said at ``door``, in the order of the table."""
    return tuple(verb for verb in GRAMMAR if door in verb.doors)


def get_verb(name: str) -> Verb:
    """The verb of that full name (``model register``); ``KeyError`` when the table has none."""
    for verb in GRAMMAR:
        if verb.name == name:
            return verb
    raise KeyError(name)


def find_verb(words: Sequence[str], door: Door) -> Verb | None:
    """The verb whose path ``words`` begin with, the longest path first."""
    matches = [verb for verb in verbs_for(door) if tuple(words[: len(verb.path)]) == verb.path]
    return max(matches, key=lambda verb: len(verb.path), default=None)


def unknown_verb(words: Sequence[str], door: Door, place: Place | None = None) -> DeclarationError:
    """The error for ``words`` that :func:`find_verb` does not know, with the nearest names."""
    known = [verb.name for verb in verbs_for(door)]
    prompt = _PROMPTS[door].strip()
    belonging = {name.split()[1]: name for name in known if words and name.startswith(f"{words[0]} ")}
    written = " ".join(words[: 2 if belonging else 1])
    if belonging:
        near = difflib.get_close_matches((*words, "")[1], belonging, n=1)
        near = [belonging[word] for word in near or belonging]
    else:
        near = difflib.get_close_matches(written, known, n=2)
    message = f"{written!r} is no verb" if written else "a verb is missing"
    remedy = "did you mean " + " or ".join(near) + "?" if near else "verbs: " + ", ".join(known)
    return DeclarationError(f"{prompt} cannot be understood", [Finding("unknown-verb", message, remedy, place)])
