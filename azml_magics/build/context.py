"""What a build sends to the engine: listed, hashed once, streamed as a tar; the names in it are ``plan.context``'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from azml_magics.definitions.environment import Environment


@dataclass(frozen=True)
class BuildContext:
    """``files`` (path in the context -> content) and the user's own ``directory``; ``digest`` is of what is copied.

    The requirements file is among ``files`` but not in ``digest``: its lines are part of an image's name themselves.
    """

    files: Mapping[str, bytes | Path] = field(default_factory=dict)
    directory: Path | None = None
    digest: str = ""


def environment_context(
    environment: Environment, requirement_lines: Sequence[str], *, memory: Path | None = None
) -> BuildContext:
    """The context of an environment's image: requirements, local wheels, the user's files that ``COPY`` names.

    ``memory`` is a file that remembers the digests of large files. Raises ``BuildError`` (``location-missing``,
    ``not-in-context``) for what is not there.
    """
    raise NotImplementedError
