"""The cell magics: what declares things below a line, and ``score``."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.service_checks import check_score
from azml_magics.cells.verb import Option, Positional, Verb
from azml_magics.cells.verbs.services import SERVICE
from azml_magics.definitions.scoring import ScoringRequest

_HEADER = Option(
    ("--header",), "headers", "HTTP header of the request.", "K:V", repeatable=True, default=(), convert=values.header
)
#: What a request is made of.
BODY_OPTIONS = (Option(("--data",), "data", "Body of the request.", "JSON|@FILE|-", completes="path"), _HEADER)
TIMEOUT = Option(
    ("--timeout-seconds",),
    "timeout_seconds",
    "How long to wait for the answer.",
    "N",
    default=ScoringRequest.timeout_seconds,
    convert=values.seconds,
)

DECLARING_KINDS = (
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
        ("dockerfile",),
        "Declare a Dockerfile for environments; without a body, show it.",
        (Positional("name", "NAME", "Name of the Dockerfile.", completes="dockerfile"),),
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
        (SERVICE,),
        (*BODY_OPTIONS, TIMEOUT),
        reports=True,
        body="optional",
        check=check_score,
        doors=("cell", "line", "cli"),
    ),
)
