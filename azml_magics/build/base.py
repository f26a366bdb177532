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
from azml_magics.definitions import labels
from azml_magics.definitions.digest import digest_of
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_layout import USER_ID
from azml_magics.definitions.requirements import Requirements
from azml_magics.events import Emit
from azml_magics.plan.base_dockerfile import (
    REQUIREMENTS,
    SERVING_FOLDER,
    SETUP_SCRIPT,
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
        former = (found.get("Config") or {}).get("Labels") or {}
        if former.get(labels.BASE_KEY) == self.key:
            return None
        if labels.BASE not in former:
            return f"the image {self.name} was made by somebody else and is replaced"
        if former.get(labels.BASE_FROM_ID) != self.base.image_id:
            return f"{former.get(labels.BASE_FROM)}, which it is made from, is another one now"
        return "its definition has changed"


def build_base_image(connection: Connection, recipe: BaseRecipe, *, emit: Emit, cancel: Cancel) -> str:
    """Build the base and give it its name; returns the image id. Raises ``BuildError`` and ``CancelledError``."""
    written = {
        labels.BASE: recipe.name,
        labels.BASE_FROM: recipe.base.reference,
        labels.BASE_FROM_ID: recipe.base.image_id,
        labels.BASE_KEY: recipe.key,
    }
    return build_image(
        recipe.dockerfile,
        recipe.name,
        recipe.files,
        connection=connection,
        labels=written,
        emit=emit,
        cancel=cancel,
        pip=collect_pip_files(),
        base=recipe.base,
        user_ids={USER: (USER_ID, USER_ID)},
    )
