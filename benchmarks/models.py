"""Models: a large file registered twice, deployed twice and copied out: seconds, peak memory, growth of the disk.

The file holds random bytes, which no file system can make smaller. ``python benchmarks/models.py [MEGABYTES [FOLDER]]``
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.engines import ServicePlace
from azml_magics.engines.app_root import lay_out
from azml_magics.session import Session

MEGABYTE = 1_000_000


def write_random(path: Path, megabytes: int) -> None:
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(MEGABYTE))


def used_megabytes(folder: Path) -> float:
    """What is taken on the disk; blocks that two names share count once."""
    shown = {(item.st_dev, item.st_ino): item.st_blocks for item in (path.stat() for path in folder.rglob("*"))}
    return sum(shown.values()) * 512 / MEGABYTE


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / MEGABYTE


def measure(name: str, folder: Path, work: Callable[[], object]) -> None:
    disk, memory, began = used_megabytes(folder), peak_megabytes(), time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    grown = used_megabytes(folder) - disk
    print(f"{name:34}{seconds:9.2f} s{peak_megabytes() - memory:10.1f} MB memory{grown:10.1f} MB disk")


def main(megabytes: int, parent: str | None) -> None:
    folder = Path(tempfile.mkdtemp(prefix="azml-models-", dir=parent))
    try:
        file = folder / "model.bin"
        write_random(file, megabytes)
        session = Session(folder / ".azml", working_directory=folder)
        print(f"a model of {megabytes} MB; memory before: {peak_megabytes():.0f} MB")
        measure("register", folder, lambda: session.models.register(file, name="m"))
        measure("register again", folder, lambda: session.models.register(file, name="m", tags={"again": "1"}))
        model = session.models.get("m")
        script = EntryScript("score.py", "")

        def deploy(number: int) -> None:
            place = ServicePlace(folder / f"service{number}", {model.label: session.models.path(model)}, {})
            place.directory.mkdir()
            lay_out(Deployment("benchmark", script, models=(model,)), place)

        for number in (1, 2):
            measure(f"lay out service {number}", folder, lambda number=number: deploy(number))  # type: ignore[misc]
        measure("download", folder, lambda: session.models.download("m", directory=folder / "out"))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, sys.argv[2] if len(sys.argv) > 2 else None)
