"""``BuildJob``: what every builder is told; and how a builder says that it gave up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from azml_magics.build.tar_stream import Entry
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.system.container_pip import PipFiles


@dataclass(frozen=True)
class BuildJob:
    """One image to be made of ``dockerfile`` and ``entries`` (path in the context -> entry).

    ``base`` is what it is made from, as far as that is known; ``user_ids`` are the numbers of users that the Dockerfile
    adds.
    """

    connection: Connection
    dockerfile: str
    tag: str
    entries: Mapping[str, Entry]
    labels: Mapping[str, str]
    cancel: Cancel
    pip: PipFiles = field(default_factory=PipFiles)
    base: ImageFacts | None = None
    user_ids: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def mask(self, text: str) -> str:
        """``text`` fit to be shown."""
        for secret in self.pip.secrets:
            text = text.replace(secret, "***")
        return mask_credentials(text)


class BuilderGaveUp(Exception):  # noqa: N818  # no error of ours: whoever catches it knows what was printed
    """The builder failed; ``remarks`` are its own words, as they came."""

    def __init__(self, remarks: Sequence[str]) -> None:
        super().__init__(*remarks)
        self.remarks = tuple(remarks)
