"""What lines about models ask for, and everything that is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.model import NAME_PATTERN, ModelReference, check_framework
from azml_magics.errors import DeclarationError, Finding

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments


def check_register(arguments: Arguments) -> list[Finding]:
    """Path and name, which a file may hold instead; the name by Azure's rule (AZUREML.md 3.9)."""
    findings = []
    if arguments.text("file") is not None:
        if arguments.text("path") is not None:
            message = "PATH and --file exclude each other: the file names the path"
            findings.append(Finding("exclusive-options", message, "keep one of them", arguments.place_of("file")))
    else:
        missing = {
            "path": ("PATH", "write the file or folder, or --file model.yml"),
            "model_name": ("--name", "add --name NAME"),
        }
        findings += [
            Finding("missing-argument", f"{written} is missing", remedy, arguments.place)
            for dest, (written, remedy) in missing.items()
            if arguments.text(dest) is None
        ]
    name = arguments.text("model_name")
    if name is not None and not NAME_PATTERN.fullmatch(name):
        findings.append(
            Finding(
                "invalid-model-name",
                f"model name {name[:60]!r} is not 1 to 255 letters, digits, '-', '.' and '_', "
                "the first a letter or digit",
                "for instance --name digits",
                arguments.place_of("model_name"),
            )
        )
    place = arguments.place_of("framework_version")
    return findings + check_framework(arguments.text("framework"), arguments.text("framework_version"), place)


def check_download(arguments: Arguments) -> list[Finding]:
    """The model is named once, in one of two ways; its version too."""
    name, option = arguments.text("name"), arguments.text("model_name")
    if (name is None) == (option is None):
        message = "NAME and --name exclude each other" if name else "it is not said which model"
        code = "exclusive-options" if name else "missing-argument"
        return [Finding(code, message, "write NAME:VERSION, or -n NAME -v VERSION", arguments.place_of("model_name"))]
    if name is not None and ":" in name and arguments.whole("version") is not None:
        message = f"{name} has a version, and --version is given too"
        return [Finding("exclusive-options", message, "keep one of them", arguments.place_of("version"))]
    return []


def model_reference(arguments: Arguments) -> ModelReference:
    """The model that ``NAME``, ``NAME:VERSION`` or ``-n NAME -v VERSION`` means. Raises ``DeclarationError``."""
    dest = "name" if arguments.text("name") is not None else "model_name"
    written = arguments.require_text(dest)
    try:
        reference = ModelReference.parse(written)
    except ValueError as error:
        finding = Finding("invalid-model", str(error), "write NAME or NAME:VERSION", arguments.place_of(dest))
        raise DeclarationError(f"model {written!r} cannot be looked up", [finding]) from error
    version = arguments.by_dest.get("version")
    return ModelReference(reference.name, version) if isinstance(version, int) else reference
