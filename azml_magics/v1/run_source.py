"""The source of a run, and what it printed: which files it ran with, to look at or to run again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.runs.snapshot import SNAPSHOT
from azml_magics.v1.exceptions import ExistingPathException, SnapshotException

if TYPE_CHECKING:
    from azml_magics.definitions.run import RunRecord


class RunSource:
    """The part of :class:`~azml_magics.v1.run.Run` about its source."""

    id: str

    if TYPE_CHECKING:

        @property
        def _record(self) -> RunRecord: ...

    def get_snapshot_id(self) -> str:
        """The run's own id: every run has a copy of its source."""
        return self.id

    def restore_snapshot(self, snapshot_id: str | None = None, path: str | None = None) -> str:
        """Copy its source to ``path``, a new folder named after the run without one; gives its path.

        Where something is in that folder, a folder in it that has the run's name is taken: notebooks are run again.
        Raises ``SnapshotException`` for a run that ran without a copy, ``ExistingPathException``.
        """
        record = self._record
        if snapshot_id not in (None, self.id):
            raise SnapshotException(f"{snapshot_id} is not the source of {self.id}", remedy="leave snapshot_id out")
        if record.interactive or record.is_in_place:
            raise SnapshotException(
                f"run {self.id} has no copy of its source", remedy="a notebook or the folder itself was its source"
            )
        target = Path(path or f"snapshot_{self.id}")
        if target.is_dir() and any(target.iterdir()):
            target /= self.id
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ExistingPathException(f"{target} is there already", remedy="name a new folder")
        source = record.directory / SNAPSHOT
        for file in (path for path in sorted(source.rglob("*")) if not path.is_dir() or path.is_symlink()):
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy, follow_symlinks=False)  # not its mode: what is kept cannot be written
        return str(target)

    def get_all_logs(self, destination: str | None = None) -> list[str]:
        """Copy what it printed into the folder ``destination``, named after the run without one; gives the paths."""
        folder = Path(destination or self.id)
        folder.mkdir(parents=True, exist_ok=True)
        log = self._record.log_path
        return [str(shutil.copyfile(log, folder / log.name))] if log.exists() else []
