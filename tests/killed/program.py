"""A program that is killed: children that register, download and save end by SIGKILL at random calls.

Takes folder, seed and number of kills; prints how often what was killed. Each child is a fork, so that fifty of them
take no longer than their work; what a child would do next is counted, not timed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from azml_magics.assets.environment_files import load_environment
from azml_magics.definitions.codecs.azure_v1 import AzureReading
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.session import Session
from azml_magics.workspace.content import measure

#: Calls that change what is on disk: half of the kills are at one of these.
CHANGING = frozenset(
    (
        *("open", "close", "write", "writelines", "copy_file_range", "fsync", "truncate", "flock"),
        *("mkdir", "rename", "replace", "link", "unlink", "remove", "rmdir", "chmod", "fchmod", "utime"),
        *("execute", "commit"),
    )
)
#: Files of the model and their sizes; the second is another one every turn.
FILES = {"one": 2_500_000, "two": 1000, "three": 10}


class Workplace:
    """One folder with a workspace, and what should be in it; ``turn`` makes every operation another one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.turn = 0
        self.models = 0
        self.environments = 0
        source = folder / "net"
        (source / "layers").mkdir(parents=True)
        for name, size in FILES.items():
            (source / "layers" / name).write_bytes(b"x" * size)

    @property
    def operations(self) -> dict[str, Callable[[Session], object]]:
        """By name; each is complete or has not happened."""
        label = f"e:{max(1, self.environments)}"
        return {
            "model register": lambda s: s.models.register(Path("net"), name="m"),
            "environment register": lambda s: s.environments.register(self.environment()),
            "model download": lambda s: s.models.download("m", directory=Path("out"), overwrite=True),
            "environment save": lambda s: s.environments.save(s.environments.get(label), Path("v1"), overwrite=True),
            "environment save new": lambda s: s.environments.save(s.environments.get(label), self.new("v1")),
            "environment download": lambda s: s.environments.save_file(
                s.environments.get(label), Path("v2"), overwrite=True
            ),
            "model download new": lambda s: s.models.download("m", directory=self.new("out")),
        }

    def new(self, kind: str) -> Path:
        """A directory that is not there yet."""
        return Path("new") / f"{kind}-{self.turn}"

    def environment(self) -> Environment:
        """The one of this turn."""
        requirements = parse_requirements(f"numpy==2.0.{self.turn}")
        image = ImageSource(dockerfile=f"FROM a:{self.turn}\n") if self.turn % 2 else ImageSource()
        return Environment("e", "3.11", requirements, image_source=image)

    def prepare(self) -> None:
        """Before a turn: other content under the same names."""
        self.turn += 1
        (self.folder / "net" / "layers" / "two").write_bytes(str(self.turn).encode() * 1000)

    def session(self) -> Session:
        """Another one each time, as a new process has it."""
        return Session(self.folder / ".azml", working_directory=self.folder)

    def begin(self) -> None:
        """Everything once, here: what is imported on the way is then there in every child."""
        session = self.session()
        for operation in self.operations.values():
            self.prepare()
            operation(session)
        session.workspace.close()
        self.models = self.environments = 1

    def check(self) -> None:
        """After a turn: everything that can be seen is whole. Raises ``AssertionError``."""
        session = self.session()
        models = session.models.list_all()
        assert [model.version for model in models] == list(range(1, len(models) + 1)), models
        assert len(models) - self.models in (0, 1), (len(models), self.models)
        for model in models[-2:]:
            assert measure(session.models.path(model)).digest == model.digest, model
        environments = session.environments.list_all()
        assert [each.version for each in environments] == list(range(1, len(environments) + 1)), environments
        assert len(environments) - self.environments in (0, 1)
        self.models, self.environments = len(models), len(environments)
        known = {model.digest for model in models}
        for out in visible(self.folder / "out") + [
            net for each in visible(self.folder / "new") if each.name.startswith("out-") for net in visible(each)
        ]:
            assert measure(out).digest in known, out
        lines = [each.requirements.canonical_lines() for each in environments]
        for saved in [self.folder / "v1", *(each for each in visible(self.folder / "new") if "v1" in each.name)]:
            if saved.exists():
                read = load_environment(saved)
                assert isinstance(read, AzureReading)
                assert read.environment.requirements.canonical_lines() in lines, saved
        if (self.folder / "v2").exists():
            session.environments.load_file(Path("v2") / "environment.yml")
        session.workspace.close()

    def finish(self) -> None:
        """What the killed left is gone after the next of each kind. Raises ``AssertionError``."""
        session = self.session()
        for operation in self.operations.values():
            self.prepare()
            operation(session)
        for directory in visible(self.folder / "new"):
            if directory.name.startswith("out-"):
                session.models.download("m", directory=directory, overwrite=True)
        for entry in session.workspace.unused_model_content():  # as prune does
            assert session.workspace.remove_unused_model_content(entry)
        kept = {path.name for path in (self.folder / ".azml" / "models").iterdir()}
        assert kept == {model.digest for model in session.models.list_all()}
        session.workspace.close()
        self.models += 1
        self.check()
        left = [path for path in self.folder.rglob("*") if path.name.startswith((".azml-", "incoming-"))]
        assert left == [], left


def visible(folder: Path) -> list[Path]:
    """What a user sees in a folder."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []


def killed_at(number: int | None, operation: Callable[[Session], object], work: Workplace, *, changing: bool) -> int:
    """Do ``operation`` in a child that is killed before its call ``number``; of one that is not, how many it made.

    Killed: 0.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reading) as told:
            text = told.read()
        if os.waitstatus_to_exitcode(status) == -signal.SIGKILL:
            return 0
        assert status == 0, f"{status} {text}"
        return int(text)
    count = 0

    def watch(_: FrameType, event: str, called: object) -> None:
        nonlocal count
        if event == "c_call" and (not changing or getattr(called, "__name__", "") in CHANGING):
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        session = work.session()
        sys.setprofile(watch)
        operation(session)
        sys.setprofile(None)
        os.write(writing, str(count).encode())
        code = 0
    except BaseException as error:
        sys.setprofile(None)
        os.write(writing, f"{type(error).__name__}: {error}".encode())
    finally:
        os._exit(code)


def main(folder: Path, seed: int, kills: int) -> dict[str, int]:
    """Operation -> how often it was killed."""
    chance = random.Random(seed)
    work = Workplace(folder)
    names = list(work.operations)
    work.begin()
    calls: dict[tuple[str, bool], int] = {}
    for name in names:
        for changing in (True, False):
            work.prepare()
            calls[name, changing] = killed_at(None, work.operations[name], work, changing=changing)
            work.check()
    done: Counter[str] = Counter()
    for turn in range(kills):
        name, changing = names[turn % len(names)], turn % 2 == 0
        work.prepare()
        number = chance.randint(1, calls[name, changing])
        ended = killed_at(number, work.operations[name], work, changing=changing)
        done[name] += ended == 0
        work.check()
    work.finish()
    return dict(done)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
