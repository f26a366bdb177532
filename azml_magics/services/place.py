"""Where a service lives: its directory, and what of the workspace and of the disk it is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.deployment import Deployment

if TYPE_CHECKING:
    from azml_magics.definitions.endpoint import Endpoint
    from azml_magics.engines import ServicePlace
    from azml_magics.workspace.workspace import Workspace


def service_place(
    deployment: Deployment,
    workspace: Workspace,
    directory: Path | None = None,
    *,
    former: Endpoint | None = None,
    lifeline: int | None = None,
) -> ServicePlace:
    """Where the service lives: ``directory``, else a new one of its own; ``former`` runs and will be replaced."""
    from azml_magics.engines import ServicePlace
    from azml_magics.system.sources import list_source_files

    return ServicePlace(
        directory=directory or workspace.service_directory(deployment.name),
        model_paths={model.label: workspace.model_path(model) for model in deployment.models},
        source_files=list_source_files(deployment.source_directory) if deployment.source_directory else {},
        workspace=str(workspace.root),
        former=former,
        lifeline=lifeline,
    )
