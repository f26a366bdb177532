"""Verbs that look at services which were deployed, and change or end them."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.service_checks import check_name_or_all
from azml_magics.cells.verb import Option, Positional, Verb

SERVICE = Positional("name", "NAME", "Name of the service.", completes="service")
ANY_SERVICE = Positional("name", "NAME", "Name of the service; all of them without it.", True, "service")

SERVICE_VERBS = (
    Verb(
        ("services",),
        "List the services but those that were stopped; --json always gives all.",
        (),
        (Option(("--all",), "all", "Also those that were stopped.", takes_value=False, default=False),),
        reports=True,
    ),
    Verb(
        ("logs",),
        "Show the log of a service.",
        (SERVICE,),
        (
            Option(("--tail",), "tail", "Only the last lines.", "N", convert=values.count),
            Option(("--follow",), "follow", "Go on until the service ends.", takes_value=False, default=False),
        ),
    ),
    Verb(
        ("requests",),
        "List the requests that were scored, newest first.",
        (ANY_SERVICE,),
        (Option(("--limit",), "limit", "At most so many.", "N", default=20, convert=values.positive_count),),
        reports=True,
    ),
    Verb(("reload",), "Put a changed script in place without a restart.", (SERVICE,), reports=True),
    Verb(
        ("stop",),
        "Stop a service.",
        (Positional("name", "NAME", "Name of the service.", True, "service"),),
        (Option(("--all",), "all", "Stop every service.", takes_value=False, default=False),),
        reports=True,
        check=check_name_or_all,
    ),
)
