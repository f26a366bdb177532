"""``invoke``: a script run once in its environment, with no server; its options are those of a deployment."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.service_checks import check_invoke
from azml_magics.cells.verb import Option, Positional, Verb
from azml_magics.cells.verbs.declaring import BODY_OPTIONS
from azml_magics.cells.verbs.deploying import DEFINITION, FROZEN

INVOKING_VERBS = (
    Verb(
        ("invoke",),
        "Run init() and run() of a script once, with no server; a name alone means the service as it was deployed.",
        (Positional("name", "NAME", "Name of the service, or a new one.", completes="service"),),
        (
            *BODY_OPTIONS,
            *DEFINITION,
            Option(
                ("--engine",),
                "engine",
                "process, also for a service that was deployed into a container.",
                "ENGINE",
                choices=("process", "docker"),
                default="process",
            ),
            FROZEN,
            Option(
                ("--debug",),
                "debug",
                "Wait for a debugger before the script is loaded, and say how to attach one.",
                takes_value=False,
                default=False,
            ),
            Option(
                ("--debug-port",),
                "debug_port",
                "Port to wait for it on, on this machine only.",
                "N",
                convert=values.whole_number,
            ),
        ),
        reports=True,
        body="optional",
        check=check_invoke,
        doors=("cell", "line", "cli"),
    ),
)
