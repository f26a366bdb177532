"""What the checks must know, collected once; what they must know of images is left to ``container_facts``."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import Deployment
from azml_magics.resolve.container_facts import with_container_facts
from azml_magics.resolve.environment import find_lapsed_lock

if TYPE_CHECKING:
    from azml_magics.preflight import DeploymentFacts
    from azml_magics.workspace.workspace import Workspace


def deployment_facts(deployment: Deployment, workspace: Workspace, declarations: Declarations) -> DeploymentFacts:
    """What the checks must know of the disk, of the caller's interpreter, of earlier locks, of cells and of images.

    Raises ``ToolError`` where a container is meant and no engine answers, ``NotFoundError`` as ``container_facts``.
    """
    from azml_magics.definitions.declared_places import declared_places
    from azml_magics.preflight import DeploymentFacts
    from azml_magics.system.host import collect_host_facts, installed_packages
    from azml_magics.system.sources import importable_modules, list_source_files

    script, source = deployment.entry_script, deployment.source_directory
    beside = script.file.parent if script.file else (source or Path.cwd()) / PurePosixPath(script.path).parent
    lapsed = find_lapsed_lock(deployment.environment, workspace)
    # Both the app root and the source directory in it are on the server's path (AZUREML.md 1.4).
    source_modules = importable_modules(source) | {source.name} if source else frozenset()
    # Another folder of it may be named instead, as deployments of Azure's v2 do.
    named = PurePosixPath(deployment.variables().get("AZUREML_SOURCE_DIRECTORY", ""))
    if source and named.parts[:1] == (source.name,):
        source_modules |= importable_modules(source.joinpath(*named.parts[1:]))
    facts = DeploymentFacts(
        sibling_modules=importable_modules(beside),
        source_modules=source_modules,
        source_files=list_source_files(source) if source else {},
        current_packages=dict(installed_packages()) if deployment.use_current_python else {},
        host=collect_host_facts(),
        lapsed_lock=lapsed.label if lapsed else None,
        declared=declared_places(deployment, declarations),
    )
    return with_container_facts(facts, deployment, workspace.images_directory)
