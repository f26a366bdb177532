"""``Lock``: exact versions with hashes, resolved for one Python and platform; resolving is left to ``build``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from azml_magics.definitions.digest import Canonical


@dataclass(frozen=True)
class Lock:
    """What an environment's packages were resolved to.

    ``definition`` is the digest of the environment without its lock: of another one, the lock does not hold. ``python``
    is the version resolved for, ``platform`` uv's name of the platform. ``requirement_lines`` are lines of a
    requirements text, ``NAME==VERSION --hash=sha256:...``; the scoring server is among them, so that one lock serves
    runs and services. ``conda_packages`` are the packages of a conda environment, each with its file name, channel and
    SHA-256 as ``CHANNEL/SUBDIR/FILE#sha256=HEX``; empty where conda is not needed.
    """

    definition: str
    python: str
    platform: str
    requirement_lines: tuple[str, ...] = ()
    conda_packages: tuple[str, ...] = ()

    def document(self) -> dict[str, Canonical]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Lock:
        """The inverse of :meth:`document`."""
        return cls(
            document["definition"],
            document["python"],
            document["platform"],
            tuple(document["requirement_lines"]),
            tuple(document["conda_packages"]),
        )
