"""What the engine's containers and images use of each other and of this machine, and removing an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explained
from azml_magics.containers.listing import list_images
from azml_magics.definitions import labels


@dataclass(frozen=True)
class OwnImage:
    """An image that was built for an environment; ``own_bytes`` without the layers it shares with others."""

    name: str
    image_id: str
    own_bytes: int
    workspace: str | None


@dataclass(frozen=True)
class EngineUse:
    """``image_ids`` are those of every container, running or not; ``mounted`` what they see of this machine's disk.

    ``present`` are the ids of all images, also of those without a name.
    """

    image_ids: frozenset[str]
    mounted: tuple[Path, ...]
    present: frozenset[str]

    def mounts(self, directory: Path) -> bool:
        """Whether a container sees ``directory``, or something in it."""
        return any(path.is_relative_to(directory) for path in self.mounted)


def read_engine_use(connection: Connection) -> EngineUse:
    """As it is now."""
    with explained("listing containers"):
        containers = connection.client.api.containers(all=True)
        images = connection.client.api.images(all=True)
    sources = [mount.get("Source") for item in containers for mount in item.get("Mounts") or ()]
    return EngineUse(
        frozenset(item["ImageID"] for item in containers),
        tuple(Path(source) for source in sources if source),
        frozenset(image["Id"] for image in images),
    )


def list_own_images(connection: Connection, prefix: str) -> list[OwnImage]:
    """The images whose name starts with ``prefix``."""
    from docker.errors import ImageNotFound

    layers: dict[str, list[str]] = {}
    images = []
    with explained("looking at images"):
        for image in list_images(connection):
            try:
                inspected = connection.client.api.inspect_image(image.image_id)  # type: ignore[no-untyped-call]  # stub
            except ImageNotFound:  # somebody has removed it since it was listed
                continue
            images.append(image)
            layers[image.image_id] = (inspected.get("RootFS") or {}).get("Layers") or []
    found = []
    for image in images:
        own = layers[image.image_id]
        below = [
            other.size_bytes
            for other in images
            if other.image_id != image.image_id and layers[other.image_id] == own[: len(layers[other.image_id])]
        ]
        size = max(0, image.size_bytes - max(below, default=0))
        workspace = image.labels.get(labels.WORKSPACE)
        found += [OwnImage(tag, image.image_id, size, workspace) for tag in image.tags if tag.startswith(prefix)]
    return found


def remove_image(connection: Connection, name: str) -> None:
    """Remove an image by its name; one that is gone already is no error. Raises ``ToolError`` for one in use."""
    from docker.errors import ImageNotFound

    with explained(f"removing image {name}", subject=name):
        try:
            connection.client.api.remove_image(name)
        except ImageNotFound:
            return
