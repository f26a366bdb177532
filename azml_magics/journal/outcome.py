"""How recorded work ended, as the file ``outcome.json`` of its record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from azml_magics.errors import AzmlError, CancelledError
from azml_magics.journal.error_codec import decode_error, encode_error
from azml_magics.system.files import write_atomically

OutcomeState = Literal["done", "failed", "cancelled"]


class HasOutcome(Protocol):
    """A record, as far as its outcome goes."""

    @property
    def outcome_path(self) -> Path:
        """Where the outcome is written."""


@dataclass(frozen=True)
class JobOutcome:
    """``ended`` counts seconds since the epoch; ``error`` says why it did not get done."""

    state: OutcomeState
    ended: float
    error: AzmlError | None = None


def outcome_of(error: BaseException | None, ended: float) -> JobOutcome:
    """The outcome of work that raised ``error``, or nothing."""
    if error is None:
        return JobOutcome("done", ended)
    state: OutcomeState = "cancelled" if isinstance(error, CancelledError) else "failed"
    return JobOutcome(state, ended, decode_error(encode_error(error)))


def read_outcome(record: HasOutcome) -> JobOutcome | None:
    """How the work of ``record`` ended; ``None`` while nobody has said."""
    try:
        content = json.loads(record.outcome_path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    error = content["error"]
    return JobOutcome(content["state"], content["ended"], None if error is None else decode_error(error))


def write_outcome(record: HasOutcome, outcome: JobOutcome) -> None:
    """Say how it ended, in one step."""
    error = None if outcome.error is None else encode_error(outcome.error)
    content = {"state": outcome.state, "ended": outcome.ended, "error": error}
    write_atomically(record.outcome_path, json.dumps(content, ensure_ascii=False).encode(errors="replace"))
