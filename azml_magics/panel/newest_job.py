"""Which job a panel of a name is about: what runs now, else what the service of that name came from."""

from __future__ import annotations

from pathlib import Path

from azml_magics.journal.records import JobRecord, list_records, state_of
from azml_magics.show.doing import SERVICE_VERBS

#: Recorded jobs that only use what is there: their panel is the cell that they were begun in.
LOOKING_VERBS = ("invoke",)


def find_newest_job(root: Path, name: str | None) -> JobRecord | None:
    """The job of the workspace ``root`` that a panel of ``name`` shows, without a name of everything."""
    records = [record for record in list_records(root) if record.verb not in LOOKING_VERBS]
    if name is None:
        return next(iter(records), None)
    own = [record for record in records if record.name == name]
    if own and own[0].verb not in SERVICE_VERBS and state_of(own[0]) != "running":
        return next((record for record in own if record.verb in SERVICE_VERBS), own[0])
    return next(iter(own), None)
