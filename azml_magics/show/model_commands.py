"""The verbs about models: see ``commands``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from azml_magics.cells.model_requests import model_reference
from azml_magics.show.call import Call
from azml_magics.show.results import Listing, WithFindings

if TYPE_CHECKING:
    from azml_magics.assets.copies import CopiedOut
    from azml_magics.cells.arguments import Arguments
    from azml_magics.definitions.model import Model
    from azml_magics.session import Session


def register_model(session: Session, line: Arguments) -> Model | WithFindings:
    """The model that a line of ``model register`` asks for."""
    given: dict[str, Any] = {
        "name": line.text("model_name"),
        "tags": dict(line.pairs("tags")),
        "properties": dict(line.pairs("properties")),
        "description": line.require_text("description"),
        "framework": line.text("framework"),
        "framework_version": line.text("framework_version"),
    }
    file = line.text("file")
    if file is None:
        return session.models.register(Path(line.require_text("path")), **given)
    model, findings = session.models.register_file(Path(file), **given)
    return WithFindings(model, findings) if findings else model


def model_meant(session: Session, line: Arguments) -> tuple[Path, str]:
    """Path and name of the model that a line of ``model register`` asks for."""
    file = line.text("file")
    if file is None:
        return session.working_directory / line.require_text("path"), line.require_text("model_name")
    from azml_magics.assets.v2_models import load_model_file

    read = load_model_file(session.working_directory / file)
    return Path(read.path or file), line.text("model_name") or read.name or ""


def _register_model(call: Call) -> Model | WithFindings:
    return register_model(call.session, call.arguments)


def _list_models(call: Call) -> Listing:
    arguments = call.arguments
    tags = dict(cast("tuple[tuple[str, str | None], ...]", arguments["tags"]))
    found = call.session.models.list_all(arguments.text("model_name"), tags)
    return Listing("model", tuple(found), "no model has these tags" if tags else "")


def _show_model(call: Call) -> Model:
    reference = model_reference(call.arguments)
    return call.session.models.get(reference.name, reference.version)


def _download_model(call: Call) -> CopiedOut:
    reference = model_reference(call.arguments)
    directory = Path(call.arguments.require_text("directory"))
    overwrite = call.arguments.flag("overwrite")
    models = call.session.models
    copy = models.save_file if call.arguments.text("format") == "v2" else models.download
    return copy(reference.name, reference.version, directory=directory, overwrite=overwrite)


MODEL_COMMANDS: dict[str, Callable[[Call], object]] = {
    "model register": _register_model,
    "model list": _list_models,
    "model show": _show_model,
    "model download": _download_model,
}
