"""Which services ``Webservice.list`` gives: a filter that nothing here can match leaves nothing, never everything."""

from __future__ import annotations

from azml_magics.v1.filters import Filter, has_pairs, wanted_pairs
from azml_magics.v1.workspace import Workspace, session_of

LOCAL_TYPES = (None, "Local", "local")


def list_names(
    workspace: Workspace,
    compute_type: str | None,
    model_name: str | None,
    model_id: str | None,
    said: tuple[Filter | None, ...],
    images: tuple[str | None, ...],
) -> list[str]:
    """Names of the services that were deployed and not deleted, with that model.

    ``said`` are tags and properties, which only the object that a deployment gave knows; there are no ``images``.
    """
    if compute_type not in LOCAL_TYPES or any(images) or not all(has_pairs({}, wanted_pairs(each)) for each in said):
        return []
    wanted = {model for model in (model_id, model_name) if model is not None}
    return [
        report.name
        for report in session_of(workspace).services()
        if report.state != "stopped"
        and wanted <= {*report.models, *(label.partition(":")[0] for label in report.models)}
    ]
