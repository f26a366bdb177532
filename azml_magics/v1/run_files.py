"""What a run left, by the names that it has in the cloud: listed and copied out."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.v1.exceptions import UserErrorException, raising

if TYPE_CHECKING:
    from azml_magics.runs.runs import Runs


class RunFiles:
    """The part of :class:`~azml_magics.v1.run.Run` about its files."""

    id: str

    if TYPE_CHECKING:

        @property
        def _runs(self) -> Runs: ...

    def get_file_names(self) -> Sequence[str]:
        """Files that it left: ``outputs/model.pkl``, ``user_logs/std_log.txt``."""
        return [*self._runs.files(self.id)]

    def download_file(self, name: str, output_file_path: str | None = None, **_: object) -> None:
        """Copy one of its files, below its own name or to ``output_file_path`` (a file, or a folder).

        A file that is there is replaced, as the SDK does: notebooks are run more than once.
        """
        target = Path(output_file_path) if output_file_path else Path(Path(name).name)
        if target.is_dir():
            target /= Path(name).name
        with raising(UserErrorException):
            self._runs.download(self.id, posixpath.normpath(name), target, overwrite=True)

    def download_files(
        self,
        prefix: str | None = None,
        output_directory: str | None = None,
        output_paths: Sequence[str] | None = None,
        batch_size: int = 100,
        append_prefix: bool | None = True,
        **_: object,
    ) -> None:
        """Copy every file whose name begins with ``prefix``; ``append_prefix=False`` leaves that out of the copy's.

        ``output_paths`` names each copy. Raises ``UserErrorException`` when they are not as many as the files.
        """
        _ = {"batch_size": batch_size}
        start = prefix or ""
        names = [name for name in self.get_file_names() if name.startswith(start)]
        copies = [name.removeprefix(start).lstrip("/") or Path(name).name for name in names]
        paths = list(output_paths or (names if append_prefix else copies))
        if len(paths) != len(names):
            raise UserErrorException(
                f"{len(paths)} output_paths for {len(names)} files: {', '.join(names)}", remedy="name one for each"
            )
        for name, path in zip(names, paths, strict=True):
            target = Path(output_directory or ".") / path
            target.parent.mkdir(parents=True, exist_ok=True)
            self.download_file(name, str(target))
