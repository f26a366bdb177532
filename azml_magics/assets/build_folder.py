"""What ``docker build`` needs for the image of an environment: its Dockerfile, with packages, and what that copies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.assets.directories import Content
from azml_magics.definitions.codecs.azure_v2_environment import DEFAULT_DOCKERFILE
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.images.recipe import PackageRecipe

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


def build_folder(environment: Environment, workspace: Workspace) -> dict[str, Content]:
    """Path in the folder -> content. Raises ``BuildError`` for files to copy that are not there."""
    from azml_magics.build.context import list_context

    recipe = PackageRecipe(workspace, Deployment("x", EntryScript("score.py", ""), environment))
    context = recipe.environment_context
    entries = list_context(recipe.environment_text, context.files, context.directory)
    files: dict[str, Content] = {
        path: content
        for path, entry in entries.items()
        if path not in (".dockerignore", DEFAULT_DOCKERFILE)
        for content in [entry.content]
        if isinstance(content, bytes | Path)
    }
    return {**files, DEFAULT_DOCKERFILE: recipe.environment_text.encode()}
