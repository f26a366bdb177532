"""A run without a script: what a notebook trains itself is logged to it, and its ``outputs`` are kept with it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from azml_magics.v1.exceptions import MissingPathException, UserErrorException
from azml_magics.v1.run import Run

if TYPE_CHECKING:
    from azml_magics.v1.experiment import Experiment

#: Folders whose new files are kept with the run when it ends.
KEPT = ("outputs", "logs")


class NotebookRun(Run):
    """What ``start_logging`` gives: it ends with :meth:`complete`, :meth:`fail`, or the ``with`` block."""

    def __init__(self, experiment: Experiment, run_id: str) -> None:
        super().__init__(experiment, run_id)
        self._began = time.time()
        self._folder = Path.cwd()
        (self._folder / KEPT[0]).mkdir(exist_ok=True)  # notebooks write there without asking

    def complete(self) -> None:
        """End it well; what was written below ``outputs`` since it began is kept."""
        self._keep()
        super().complete()

    def fail(self, error_details: str | None = None, **_: object) -> None:
        """End it badly; what was written is kept all the same."""
        self._keep()
        super().fail(error_details)

    def take_snapshot(self, file_or_folder_path: str) -> str:
        """Nothing: the notebook is its own source."""
        return file_or_folder_path

    def upload_file(self, name: str, path_or_stream: str | IO[bytes], datastore_name: str | None = None) -> None:
        """Keep a file as ``name`` (``outputs/model.pkl``) with the run.

        Raises ``MissingPathException`` (a ``FileNotFoundError``) when it is not there.
        """
        _ = datastore_name
        target = self._target(name)
        if isinstance(path_or_stream, str | os.PathLike):
            if not Path(path_or_stream).is_file():
                raise MissingPathException(
                    f"there is no file {path_or_stream}, to be kept as {name}", remedy="paths start at the notebook"
                )
            shutil.copyfile(path_or_stream, target)
            return
        with target.open("wb") as file:
            shutil.copyfileobj(path_or_stream, file)

    def upload_files(self, names: Sequence[str], paths: Sequence[str], *_: object, **__: object) -> None:
        """Keep several files."""
        for name, path in zip(names, paths, strict=True):
            self.upload_file(name, path)

    def upload_folder(self, name: str, path: str, datastore_name: str | None = None) -> None:
        """Keep a folder with everything in it."""
        for file in _files(Path(path)):
            self.upload_file(f"{name}/{file.relative_to(path).as_posix()}", str(file), datastore_name)

    def log_image(self, name: str, path: str | None = None, plot: object = None, description: str = "") -> None:
        """Keep a picture: a file, or a plot of matplotlib."""
        _ = {"description": description}
        if (path is None) == (plot is None):
            raise UserErrorException("log_image takes a path or a plot", remedy="give one of them")
        if path is not None:
            self.upload_file(f"outputs/{name}{Path(path).suffix}", path)
        else:
            plot.savefig(self._target(f"outputs/{name}.png"))  # type: ignore[attr-defined]  # matplotlib's

    def _keep(self) -> None:
        for top in KEPT:
            for file in _files(self._folder / top):
                if file.stat().st_mtime >= self._began - 1:
                    self.upload_file(file.relative_to(self._folder).as_posix(), str(file))

    def _target(self, name: str) -> Path:
        path = PurePosixPath(os.path.normpath(name))
        if path.is_absolute() or ".." in path.parts:
            raise UserErrorException(f"{name!r} is no name below the run's folder", remedy="for instance outputs/m.pkl")
        target = self._record.directory / (path if path.parts[0] in KEPT else PurePosixPath(KEPT[0]) / path)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
