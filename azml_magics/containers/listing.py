"""What images are on the engine, from its own list; what is in one is left to ``images``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explained
from azml_magics.definitions import labels


@dataclass(frozen=True)
class LocalImage:
    """An image on the engine as its list has it; ``tags`` are its names."""

    image_id: str
    tags: tuple[str, ...]
    size_bytes: int
    labels: Mapping[str, str]

    @property
    def base_names(self) -> tuple[str, ...]:
        """Its names as a base made here; what is built from a base has that base's labels too, but not its name."""
        name = self.labels.get(labels.BASE)
        return tuple(tag for tag in self.tags if name in (tag, tag.removesuffix(":latest")))

    @property
    def is_output(self) -> bool:
        """Whether it was built for an environment or a package, so nobody starts from it."""
        return not self.base_names and (labels.WORKSPACE in self.labels or labels.PACKAGE in self.labels)


def list_images(connection: Connection) -> list[LocalImage]:
    """Every image with a name, newest first; one call, nothing is looked into."""
    with explained("listing images"):
        images = connection.client.api.images()
    return [
        LocalImage(image["Id"], tags, image["Size"], image.get("Labels") or {})
        for image in sorted(images, key=lambda image: -image["Created"])
        if (tags := tuple(tag for tag in image.get("RepoTags") or () if tag != "<none>:<none>"))
    ]


def list_tags(connection: Connection) -> list[str]:
    """The names of every image on the engine, newest first."""
    return [tag for image in list_images(connection) for tag in image.tags]
