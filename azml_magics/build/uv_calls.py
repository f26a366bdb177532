"""What every build with uv shares: one builder a key, complete or nothing, its output told, its failures explained."""

from __future__ import annotations

import contextlib
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from azml_magics.build.package_progress import UvProgress
from azml_magics.cancel import Cancel
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError
from azml_magics.events import Emit, LogLine, discard
from azml_magics.system.locks import locked
from azml_magics.system.logs import clip_line
from azml_magics.system.process import Completed, run
from azml_magics.system.uv import uv_binary, uv_environment

#: Written last: a directory without it is unfinished and is never used.
MARKER = "azml-complete.json"
#: Options for what comes from a lock: nothing is installed that has no hash there.
HASHES_REQUIRED = ("--require-hashes",)

T = TypeVar("T")


def build_once(
    directory: Path, *, find: Callable[[], T | None], build: Callable[[tuple[int, ...]], None], cancel: Cancel
) -> T | None:
    """What ``find`` gives, after ``build`` filled ``directory`` where it gave nothing.

    One builder a directory: others wait and take what it built. ``build`` gets the lock's descriptors for uv, so that
    uv keeps the lock when its caller is killed. A failed or cancelled build leaves nothing behind.
    """
    found = find()
    if found is not None:
        return found
    directory.parent.mkdir(parents=True, exist_ok=True)
    with locked(directory.with_suffix(".lock"), cancel=cancel, what="building packages") as descriptors:
        found = find()
        if found is not None:
            return found
        with _removed_on_failure(directory):
            build(descriptors)
    return find()


@contextlib.contextmanager
def _removed_on_failure(directory: Path) -> Iterator[None]:
    """Start from nothing (a builder may have been killed), and leave nothing when the body raises."""
    if directory.exists():
        shutil.rmtree(directory)
    try:
        yield
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


@dataclass(frozen=True)
class UvCalls:
    """Calls of uv for one build; ``explain`` makes an error of the lines of a failed one."""

    emit: Emit
    cancel: Cancel
    descriptors: tuple[int, ...]
    explain: Callable[[Sequence[str]], BuildError]

    def call(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run uv to its end. Raises what ``explain`` makes of a failure."""
        completed = self.try_call(arguments, environment)
        if completed.returncode != 0:
            raise self.explain(completed.lines)

    def try_call(self, arguments: Sequence[str], environment: Mapping[str, str], *, quiet: bool = False) -> Completed:
        """Run uv to its end however it ends; its lines, without credentials, are told unless ``quiet``."""
        progress = UvProgress(discard if quiet else self.emit)

        def tell(line: str) -> None:
            if not quiet:
                self.emit(LogLine("builder", clip_line(mask_credentials(line))))
            progress.feed(line)

        # The project is the root directory, where there is none: a pyproject.toml around the notebook may name
        # constraints, and one definition would mean different packages. The user's own uv.toml is read all the same.
        program = uv_binary()
        options = ["--no-progress", "--color", "never", "--project", Path(program).anchor]
        completed = run(
            [program, *options, *arguments],
            env=environment,
            on_line=tell,
            cancel=self.cancel,
            pass_fds=self.descriptors,
        )
        progress.finish()
        self.cancel.check("building packages")
        return Completed(completed.returncode, tuple(mask_credentials(line) for line in completed.lines))


def own_interpreter(python: str) -> str | None:
    """The caller's own interpreter where it is of version ``python``: uv may not find it, or take another one."""
    own = platform.python_version()
    fits = own == python or own.startswith(f"{python}.")
    return sys.executable if fits and sys.executable and platform.python_implementation() == "CPython" else None


def find_interpreter(python: str) -> str | None:
    """An interpreter of version ``python`` on this machine, or ``None``; none is downloaded."""
    own = own_interpreter(python)
    if own is not None:
        return own
    arguments = ["python", "find", python, "--system", "--no-python-downloads", "--no-project", "--no-config"]
    found = run([uv_binary(), *arguments], env=uv_environment())
    lines = [line for line in found.lines if Path(line).is_absolute() and Path(line).exists()]
    return lines[-1] if found.returncode == 0 and lines else None
