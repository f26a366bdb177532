"""The model that ``--model`` names: a registered one, or a file or folder as it is now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.model import (
    UNREGISTERED_NAME_LENGTH,
    UNREGISTERED_VERSION,
    Model,
    ModelReference,
    is_model_path,
)
from azml_magics.errors import DeclarationError, Finding, NotFoundError

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace


def resolve_model(text: str, workspace: Workspace, working_directory: Path) -> Model:
    """``text`` is ``NAME``, ``NAME:VERSION`` or a path. Raises ``NotFoundError``, ``DeclarationError``."""
    if is_model_path(text):
        # Without following links: what a link is called is what its owner calls the model.
        return _unregistered_model(Path(os.path.abspath(working_directory / text)))  # noqa: PTH100
    try:
        reference = ModelReference.parse(text)
    except ValueError as error:
        finding = Finding("invalid-model", str(error), "write --model NAME or --model NAME:VERSION")
        raise DeclarationError(f"model {text!r} cannot be looked up", [finding]) from error
    try:
        return workspace.get_model(reference.name, reference.version)
    except NotFoundError as error:
        if (working_directory / text).exists():
            remedy = f"to deploy the file or folder of that name as it is, write --model ./{text}"
            raise NotFoundError(error.brief, remedy=remedy, code=error.code) from error
        raise


def _unregistered_model(path: Path) -> Model:
    """A file or folder as it is now; reading it is what tells whether it has changed since it was deployed."""
    from azml_magics.system.files import missing
    from azml_magics.workspace.content import measure

    if not path.exists():
        raise missing(path, what="model", code="model-path")
    measured = measure(path)
    return Model(
        path.name[:UNREGISTERED_NAME_LENGTH],
        UNREGISTERED_VERSION,
        path.name,
        path.is_dir(),
        measured.digest,
        measured.size_bytes,
        local_path=path,
    )
