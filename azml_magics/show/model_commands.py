"""The verbs about models: see ``commands``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.definitions.model import ModelReference
from azml_magics.errors import DeclarationError, Finding
from azml_magics.show.call import Call
from azml_magics.show.results import Listing

if TYPE_CHECKING:
    from azml_magics.definitions.model import Model


def _register_model(call: Call) -> Model:
    arguments = call.arguments
    return call.session.models.register(
        Path(arguments.require_text("path")),
        name=arguments.require_text("model_name"),
        tags=dict(arguments.pairs("tags")),
        properties=dict(arguments.pairs("properties")),
        description=arguments.require_text("description"),
    )


def _list_models(call: Call) -> Listing:
    arguments = call.arguments
    models = call.session.models.list_all(arguments.text("model_name"), dict(arguments.pairs("tags")))
    return Listing("model", tuple(models))


def _show_model(call: Call) -> Model:
    name = call.arguments.require_text("name")
    try:
        reference = ModelReference.parse(name)
    except ValueError as error:
        finding = Finding("invalid-model", str(error), "write NAME or NAME:VERSION", call.arguments.place_of("name"))
        raise DeclarationError(f"model {name!r} cannot be looked up", [finding]) from error
    return call.session.models.get(reference.name, reference.version)


MODEL_COMMANDS: dict[str, Callable[[Call], object]] = {
    "model register": _register_model,
    "model list": _list_models,
    "model show": _show_model,
}
