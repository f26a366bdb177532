"""What uv and rattler say of packages on their way, as progress; their lines are told by whoever calls them."""

from __future__ import annotations

import json
import re

from azml_magics.events import Emit, Progress
from azml_magics.events.pace import Pace

#: Begins the lines of ``conda_program`` about what it has downloaded: ``[bytes, of how many]``.
BYTES = "azml-bytes "

_RESOLVED = re.compile(r"Resolved (\d+) packages? in ")
#: uv says these of packages that are large, or are built; the others are in the number that follows them all.
_ON_THEIR_WAY = re.compile(r"\s*(Downloading|Building) (\S+(?: \([^)]*\))?)")
_HERE = re.compile(r"\s*(?:Downloaded|Built) \S+")
_ALL_HERE = re.compile(r"(Prepared|Installed) \d+ packages? in ")
_LINKING = re.compile(r"installing (.+) \((\d+) of (\d+)\)")


class UvProgress:
    """Reads the output of one ``uv pip install``: how many of the packages that were resolved are known to be here."""

    def __init__(self, emit: Emit) -> None:
        self._pace = Pace(emit)
        self._total: int | None = None
        self._here = 0

    def feed(self, line: str) -> None:
        """Take one line."""
        if resolved := _RESOLVED.match(line):
            self._total = int(resolved[1])
            self._tell("resolved")
        elif self._total is None:
            return
        elif begun := _ON_THEIR_WAY.match(line):
            self._tell(f"{begun[1].lower()} {begun[2]}")
        elif _HERE.match(line):
            self._here = min(self._here + 1, self._total)
            self._tell(" ".join(line.split()).lower())
        elif ready := _ALL_HERE.match(line):
            self._here = self._total
            self._tell("installing" if ready[1] == "Prepared" else "installed")

    def finish(self) -> None:
        """Nothing more comes."""
        self._pace.finish()

    def _tell(self, text: str) -> None:
        self._pace.tell(Progress(self._here, self._total, "packages", text))


class CondaProgress:
    """Reads the output of ``conda_program``: bytes while packages are fetched, then how many are in place."""

    def __init__(self, emit: Emit) -> None:
        self._pace = Pace(emit)
        self._total = 0

    def feed(self, line: str) -> None:
        """Take one line."""
        if line.startswith(BYTES):
            done, total = json.loads(line.removeprefix(BYTES))
            self._pace.tell(Progress(done, total, "bytes", "downloading"))
        elif linking := _LINKING.fullmatch(line):
            self._total = int(linking[3])
            self._pace.tell(Progress(int(linking[2]) - 1, self._total, "packages", f"installing {linking[1]}"))

    def finish(self, *, succeeded: bool) -> None:
        """The program has ended."""
        if succeeded and self._total:
            self._pace.tell(Progress(self._total, self._total, "packages", "installed"))
        self._pace.finish()
