"""The demo, and the verbs of a notebook's kernel: its last error, what it runs in the background, what it imports."""

from __future__ import annotations

from azml_magics.cells.service_checks import check_name_or_all
from azml_magics.cells.verb import WAIT, Option, Positional, Verb

_ANY_JOB = Positional("name", "NAME", "Name of the job; all that run without it.", True, "service")
KERNEL_VERBS = (
    Verb(
        ("demo",),
        "Deploy, score and stop a tiny built-in service, as proof that this machine works.",
        options=(WAIT,),
        reports=True,
    ),
    Verb(("why",), "Show everything about the last error.", doors=("line",)),
    Verb(
        ("panel",),
        "Show a live panel: a job with its log, the services, a playground for requests.",
        (Positional("name", "NAME", "Name of a job or service; the newest job without it.", True, "service"),),
        doors=("line",),
    ),
    Verb(("jobs",), "List what runs in the background or elsewhere in this workspace.", reports=True),
    Verb(("wait",), "Wait for a job, whoever runs it.", (_ANY_JOB,), reports=True),
    Verb(
        ("cancel",),
        "Cancel a job, whoever runs it.",
        (Positional("name", "NAME", "Name of the job.", True, "service"),),
        (
            Option(
                ("--all",), "all", "Cancel everything that runs in this workspace.", takes_value=False, default=False
            ),
        ),
        reports=True,
        check=check_name_or_all,
    ),
    Verb(("v1", "on"), "Let import azureml.core mean the names of Azure's SDK v1 here.", reports=True, doors=("line",)),
    Verb(("v1", "off"), "Let import azureml.core mean nothing again.", reports=True, doors=("line",)),
    Verb(("v1", "status"), "Show what import azureml.core means.", reports=True, doors=("line",)),
)
