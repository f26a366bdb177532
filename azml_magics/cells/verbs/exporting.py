"""``export``: a service as files of Azure's v2."""

from __future__ import annotations

from azml_magics.cells.container_options import check_base_option
from azml_magics.cells.verb import Option, Verb
from azml_magics.cells.verbs.services import SERVICE

EXPORTING_VERBS = (
    Verb(
        ("export",),
        "Write a service as files of Azure's v2: endpoint.yml, deployment.yml, environment, model and code.",
        (SERVICE,),
        (
            Option(("-d", "--directory"), "directory", "Directory to make.", "DIR", required=True, completes="path"),
            Option(("--base",), "base", "Image of an environment that names none.", "REF", completes="image"),
            Option(("--overwrite",), "overwrite", "Replace an export that is there.", takes_value=False, default=False),
        ),
        reports=True,
        check=check_base_option,
    ),
)
