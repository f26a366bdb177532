"""What a worker is asked to do: a verb's line with everything the kernel knows that the line means, as JSON.

It goes through a pipe and is never written down: it holds the environment variables of whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from azml_magics.errors import Place


@dataclass(frozen=True)
class DeclaredCell:
    """A cell that declared something, as ``cells.interpret`` takes it; ``files`` are the texts it read meanwhile."""

    kind: str
    line: str
    body: str | None
    label: str
    first_line: int
    magic_line: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkRequest:
    """``line`` stands at ``place`` of a cell; ``defaults`` are values for what it does not give, by dest.

    ``job_id``, ``verb``, ``name`` and ``doing`` are for the record; ``workspace`` is its directory.
    """

    job_id: str
    verb: str
    name: str
    doing: str
    line: str
    place: Place
    defaults: Mapping[str, object]
    workspace: str
    working_directory: str
    environment: Mapping[str, str]
    cells: tuple[DeclaredCell, ...] = ()

    def encode(self) -> bytes:
        """One line with its end; text of the system that is no UTF-8 comes back as it was."""
        return json.dumps(asdict(self)).encode("ascii") + b"\n"


def decode_request(line: bytes) -> WorkRequest:
    """The request of :meth:`WorkRequest.encode`."""
    content = json.loads(line)
    content["place"] = Place(**content["place"])
    content["cells"] = tuple(DeclaredCell(**cell) for cell in content["cells"])
    return WorkRequest(**content)
