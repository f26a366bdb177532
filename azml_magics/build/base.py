"""Making a local inference base: what goes into it, whether an equal one is there; its text is left to ``plan``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import azml_magics
from azml_magics.build.image import build_image
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.definitions.digest import digest_of
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.requirements import Requirements
from azml_magics.events import Emit
from azml_magics.plan.base_dockerfile import (
    BASE_LABEL,
    FROM_ID_LABEL,
    FROM_LABEL,
    KEY_LABEL,
    REQUIREMENTS,
    SERVING_FOLDER,
    SETUP_SCRIPT,
    UID,
    USER,
    base_requirement_lines,
    render_base_dockerfile,
)
from azml_magics.system.container_pip import collect_pip_files

PACKAGE = Path(azml_magics.__file__).parent


@dataclass(frozen=True)
class BaseRecipe:
    """A base to be made: its ``name``, the image it is made from, and what is added to the server."""

    name: str
    base: ImageFacts
    requirements: Requirements

    @cached_property
    def dockerfile(self) -> str:
        """What is built."""
        return render_base_dockerfile(self.base.reference, self.base)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The context: our start script, the set-up script and the requirements."""
        lines = base_requirement_lines(self.requirements)
        return {
            SETUP_SCRIPT: (PACKAGE / "containers" / "base_setup.py").read_bytes(),
            REQUIREMENTS: "".join(f"{line}\n" for line in lines).encode(),
            **{
                f"{SERVING_FOLDER}/{path.name}": path.read_bytes()
                for path in sorted((PACKAGE / "serving").glob("*.py"))
            },
        }

    @cached_property
    def key(self) -> str:
        """The content key: equal bases are built once."""
        files = {name: sha256(content).hexdigest() for name, content in self.files.items()}
        return digest_of({"from": self.base.image_id, "dockerfile": self.dockerfile, "files": files})

    def reason_to_build(self, found: Mapping[str, Any] | None) -> str | None:
        """Why it has to be built, given what the engine says of the image of its name; ``None``: it is the same."""
        if found is None:
            return f"there is no image {self.name} yet"
        labels = (found.get("Config") or {}).get("Labels") or {}
        if labels.get(KEY_LABEL) == self.key:
            return None
        if BASE_LABEL not in labels:
            return f"the image {self.name} was made by somebody else and is replaced"
        if labels.get(FROM_ID_LABEL) != self.base.image_id:
            return f"{labels.get(FROM_LABEL)}, which it is made from, is another one now"
        return "its definition has changed"


def build_base_image(connection: Connection, recipe: BaseRecipe, *, emit: Emit, cancel: Cancel) -> str:
    """Build the base and give it its name; returns the image id. Raises ``BuildError`` and ``CancelledError``."""
    labels = {
        BASE_LABEL: recipe.name,
        FROM_LABEL: recipe.base.reference,
        FROM_ID_LABEL: recipe.base.image_id,
        KEY_LABEL: recipe.key,
    }
    return build_image(
        recipe.dockerfile,
        recipe.name,
        recipe.files,
        connection=connection,
        labels=labels,
        emit=emit,
        cancel=cancel,
        pip=collect_pip_files(),
        base=recipe.base,
        user_ids={USER: (UID, UID)},
    )
