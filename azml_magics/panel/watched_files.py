"""``WatchedFiles``: the files of a workspace that tell a panel of news; what the news is, is left to ``contents``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from azml_magics.journal.records import jobs_directory
from azml_magics.system.watching import watch_directories


class WatchedFiles:
    """Those of the workspace ``root``: its database, its jobs, and directories of services while they are asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: object = None
        self._watched: tuple[Path, ...] = ()
        self._stop: Callable[[], None] | None = None

    def have_changed(self) -> bool:
        """Whether the database has changed, or a job begun, since this was asked last."""
        paths = (self._root / "workspace.db", self._root / "workspace.db-wal", jobs_directory(self._root))
        now = tuple(_changed(path) for path in paths)
        seen, self._seen = self._seen, now
        return now != seen

    def forget(self) -> None:
        """From now on they count as changed, once."""
        self._seen = None

    def watch(self, others: Iterable[Path], wake: Callable[[], object]) -> None:
        """Call ``wake`` after changes of the workspace, its jobs or in ``others``, and no more for what was before."""
        wanted = (self._root, jobs_directory(self._root), *others)
        present = tuple(dict.fromkeys(path for path in wanted if path.is_dir()))
        if present == self._watched:
            return
        self._watched = present
        former, self._stop = self._stop, watch_directories(present, wake)
        if former is not None:
            former()

    def close(self) -> None:
        """Watch nothing any more."""
        if self._stop is not None:
            self._stop()
            self._stop = None


def _changed(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
