"""Views of what the verbs about models and Azure's v2 files give; ``describe`` registers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.model import FRAMEWORKS, RUN_PROPERTY, Model
from azml_magics.show.view import View
from azml_magics.show.words import filled, finding_lines, pairs, size_figure

if TYPE_CHECKING:
    from azml_magics.assets.copies import CopiedOut
    from azml_magics.assets.v2_export import Exported


def model_view(value: Model, *, figures: bool) -> View:
    """What is known of it; of a framework Azure has no word for, which ones it has."""
    shown = [pair for pair in value.properties if figures or pair[0] != RUN_PROPERTY]
    facts = [
        ("folder" if value.is_folder else "file", value.basename),
        ("size", f"{value.size_bytes:,} byte{'' if value.size_bytes == 1 else 's'}"),
        ("framework", _framework(value)),
        ("tags", pairs(value.tags)),
        ("properties", pairs(shown)),
        ("description", value.description),
        ("digest", f"sha256:{value.digest[:12]}" if figures else ""),
        ("created", f"{value.created:%Y-%m-%d %H:%M:%S} UTC" if figures and value.created else ""),
    ]
    return View(f"model {value.label}", facts=filled(facts))


def copied_out_view(value: CopiedOut, *, figures: bool) -> View:  # noqa: ARG001  # as every describer
    """Where it is."""
    return View(f"{value.label} is in {value.shown}", "good", (("size", size_figure(value.size_bytes)),))


def exported_view(value: Exported, *, figures: bool) -> View:
    """What was written where, and what Azure is told to take it."""
    facts = (("files", ", ".join(value.files)), ("size", size_figure(value.size_bytes)))
    commands = (
        "az ml online-endpoint create --file endpoint.yml",
        "az ml online-deployment create --file deployment.yml --all-traffic",
    )
    where = str(value.directory) if figures else value.directory.name
    title = f"service {value.service} was written to {where}"
    return View(title, "good", facts, lines=(*commands, *finding_lines(value.findings)))


def _framework(model: Model) -> str:
    if model.framework is None:
        return ""
    text = f"{model.framework} {model.framework_version or ''}".rstrip()
    return text if model.framework in FRAMEWORKS else f"{text} (Azure's words: {', '.join(FRAMEWORKS)})"
