"""``Model``: a registered file or folder with a name and an integer version; its bytes are kept by ``workspace``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from azml_magics.errors import Finding, Place

#: Azure's model names (AZUREML.md 3.9).
NAME_PATTERN = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")
#: Property that says which run a model came from.
RUN_PROPERTY = "azml.run_id"
#: Azure's constants (AZUREML.md 3.9).
FRAMEWORKS = ("Custom", "Multi", "Onnx", "PyTorch", "ScikitLearn", "TensorFlow", "TfKeras")
#: Of a file or folder that is deployed without being registered: its version, and how much of its name counts
#: (AZUREML.md 3.8).
UNREGISTERED_VERSION = 0
UNREGISTERED_NAME_LENGTH = 30


@dataclass(frozen=True)
class Model:
    """One version of a model.

    ``basename`` is the name of the registered file or folder: it is kept below the model directory
    (AZUREML.md 3.9). ``digest`` is over content, kind and basename (SHA-256, 64 hex digits), ``size_bytes`` its total
    size. ``created`` is an aware UTC time. ``framework`` is one of :data:`FRAMEWORKS` or the user's own word.
    ``local_path`` is where one is that was never registered: nothing of it is in the workspace.
    """

    name: str
    version: int
    basename: str
    is_folder: bool
    digest: str
    size_bytes: int
    tags: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    description: str = ""
    created: datetime | None = None
    framework: str | None = None
    framework_version: str | None = None
    local_path: Path | None = None

    @property
    def label(self) -> str:
        """``name:version``."""
        return f"{self.name}:{self.version}"


def check_framework(framework: str | None, version: str | None, place: Place | None = None) -> list[Finding]:
    """A version belongs to a framework; Azure refuses it alone (AZUREML.md 3.9)."""
    if version is None or framework is not None:
        return []
    message = f"framework version {version[:60]!r} is given without a framework"
    return [Finding("missing-argument", message, "name the framework too: " + ", ".join(FRAMEWORKS), place)]


def fitting_name(name: str) -> str:
    """``name``, or one like it that a registered model may have."""
    if NAME_PATTERN.fullmatch(name):
        return name
    return re.sub(r"[^a-zA-Z0-9\-._]+", "-", name).strip("-._")[:255] or "model"


def is_model_path(text: str) -> bool:
    """Whether ``text`` names a file or folder: ``./model.pkl``, ``models/net``, ``/data/net``; no name has a slash."""
    return "/" in text or text in (".", "..")


@dataclass(frozen=True)
class ModelReference:
    """How a deployment names a model: ``name`` or ``name:version``; without version the newest is meant."""

    name: str
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> ModelReference:
        """``digits`` or ``digits:3``.

        Raises ``ValueError`` when the name is not one (AZUREML.md 3.9) or the version is no positive integer.
        """
        name, colon, version = text.partition(":")
        if not NAME_PATTERN.fullmatch(name):
            raise ValueError(f"{name!r} is no model name: letters, digits, '-', '.' and '_' only, at most 255")
        if not colon:
            return cls(name)
        if not version.isdecimal() or int(version) < 1:
            raise ValueError(f"{version!r} is no model version: a whole number from 1")
        return cls(name, int(version))
