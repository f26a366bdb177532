"""One workspace under several processes: nothing lost, nothing twice, nothing half visible after a kill."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import subprocess
import sys
from multiprocessing.synchronize import Event
from pathlib import Path

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.workspace.workspace import Workspace

VERSIONS = 50

REGISTER = """
import sys
from pathlib import Path
from azml_magics.definitions.environment import Environment
from azml_magics.workspace.workspace import Workspace
root, kind, who, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
workspace = Workspace(root)
folder = root.parent / who
folder.mkdir(exist_ok=True)
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    if kind == "environment":
        mine = Environment("shared", environment_variables=(("WHO", who), ("N", str(number))))
        print(workspace.register_environment(mine).version, flush=True)
    else:
        (folder / "model.bin").write_text(f"{who} {number}")
        given = workspace.register_model(folder / "model.bin", name="shared", tags={}, properties={}, description="")
        print(given.version, flush=True)
"""
MIXED = """
import sys
from pathlib import Path
from azml_magics.definitions.environment import Environment
from azml_magics.workspace.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
who, count = sys.argv[3], int(sys.argv[4])
print("ready", flush=True)
sys.stdin.readline()
shared = [Environment("mixed", environment_variables=(("N", str(number)),)) for number in range(count)]
for number, environment in enumerate(shared if who == "one" else reversed(shared)):
    mine = Environment("mixed", environment_variables=(("WHO", who), ("N", str(number))))
    print(workspace.register_environment(environment).version, workspace.register_environment(mine).version)
    workspace.archive_environment("mixed", workspace.register_environment(mine).version)
"""
SCORE = """
import sys
from pathlib import Path
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.workspace.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
record = workspace.get_service("digits")
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[4])):
    response = ScoringResponse("digits", 200, b"", (), 1.0, f"{sys.argv[3]} {number}")
    print(workspace.record_request(record, ScoringRequest(b""), response), flush=True)
"""


def start(script: str, root: Path, kind: str, who: str, count: int) -> subprocess.Popen[str]:
    """A process that is about to begin; it goes on when a line is written to it."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(root), kind, who, str(count)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def numbers_of_two(script: str, root: Path, kind: str = "", names: tuple[str, str] = ("one", "two")) -> list[list[int]]:
    """What two processes that ran at once printed."""
    processes = [start(script, root, kind, who, VERSIONS) for who in names]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [process.communicate() for process in processes]
    assert [error for _, error in ends] == ["", ""]
    return [[int(line) for line in output.split()] for output, _ in ends]


def test_environments_of_two_processes(workspace: Workspace) -> None:
    one, two = numbers_of_two(REGISTER, workspace.root, "environment")
    assert sorted(one + two) == list(range(1, 2 * VERSIONS + 1))
    registered = workspace.list_environments("shared")
    assert [environment.version for environment in registered] == list(range(1, 2 * VERSIONS + 1))
    by_version = {each.version: dict(each.environment_variables) for each in registered}
    assert [by_version[version] for version in two] == [{"WHO": "two", "N": str(n)} for n in range(VERSIONS)]


def test_models_of_two_processes(workspace: Workspace) -> None:
    one, two = numbers_of_two(REGISTER, workspace.root, "model")
    assert sorted(one + two) == list(range(1, 2 * VERSIONS + 1))
    texts = {model.version: workspace.model_path(model).read_text() for model in workspace.list_models("shared")}
    assert [texts[version] for version in one] == [f"one {number}" for number in range(VERSIONS)]
    assert [texts[version] for version in two] == [f"two {number}" for number in range(VERSIONS)]


def test_the_same_registered_by_two_processes_is_one_version(workspace: Workspace) -> None:
    one, two = numbers_of_two(REGISTER, workspace.root, "environment", ("same", "same"))
    assert one == two == list(range(1, VERSIONS + 1))
    assert len(workspace.list_environments("shared")) == VERSIONS


def test_what_both_register_is_one_version_and_what_one_does_another(workspace: Workspace) -> None:
    one, two = numbers_of_two(MIXED, workspace.root)
    shared_one, shared_two = one[::2], two[::2]
    assert shared_one == shared_two[::-1]
    assert len({*one, *two}) == 3 * VERSIONS
    whole = workspace.list_environments("mixed", archived=True)
    assert [environment.version for environment in whole] == list(range(1, 3 * VERSIONS + 1))
    assert len({environment.digest() for environment in whole}) == 3 * VERSIONS
    assert {each.version for each in whole if each.archived} == {*one[1::2], *two[1::2]}


def test_requests_of_two_processes(workspace: Workspace) -> None:
    directory = workspace.service_directory("digits")
    endpoint = Endpoint("digits", "process", 8000, directory / "service.log", directory)
    workspace.save_service(Deployment("digits", EntryScript("score.py", "")), endpoint, {}, {})
    one, two = numbers_of_two(SCORE, workspace.root)
    assert sorted(one + two) == list(range(1, 2 * VERSIONS + 1))
    kept = {record.id: record.request_id for record in workspace.list_requests(limit=1000)}
    assert [kept[number] for number in one] == [f"one {number}" for number in range(VERSIONS)]


# Forked from a process that has imported everything, so that many short lives are cheap.
QUICK = multiprocessing.get_context("forkserver")
QUICK.set_forkserver_preload(["azml_magics.workspace.workspace"])


def register_until_killed(root: Path, who: int, begun: Event, registered: Event) -> None:
    """Open, register a folder, close, for ever."""
    folder = root.parent / "net"
    begun.set()
    for number in itertools.count():
        workspace = Workspace(root)
        for name in ("a.bin", "b.bin"):
            (folder / name).write_bytes(f"{who} {number} {name}".encode() * 20000)
        workspace.register_model(folder, name="net", tags={}, properties={}, description="")
        registered.set()
        workspace.close()


def test_a_kill_at_any_moment_leaves_nothing_half_visible(tmp_path: Path) -> None:
    """The workspace is created, written and killed again and again; what is registered is whole every time."""
    root = tmp_path / ".azml"
    (tmp_path / "net").mkdir()
    dice = random.Random(7)
    seen: dict[int, str] = {}
    turns = 25
    for turn in range(turns):
        begun, registered = QUICK.Event(), QUICK.Event()
        process = QUICK.Process(target=register_until_killed, args=(root, turn, begun, registered))
        process.start()
        begun.wait()
        if turn == turns // 2:
            registered.wait()  # on the slowest machine, too
        process.join(dice.uniform(0, 0.1))  # the moment of the kill is what varies
        process.kill()
        process.join()
        workspace = Workspace(root)
        models = workspace.list_models("net")
        assert [model.version for model in models] == list(range(1, len(models) + 1))
        for model in models:
            files = sorted(workspace.model_path(model).iterdir())
            assert [path.name for path in files] == ["a.bin", "b.bin"]
            assert sum(path.stat().st_size for path in files) == model.size_bytes
            assert seen.setdefault(model.version, model.digest) == model.digest
        workspace.close()
    workspace = Workspace(root)
    (tmp_path / "last").write_bytes(b"x")
    last = workspace.register_model(tmp_path / "last", name="last", tags={}, properties={}, description="")
    left = [path.name for path in (root / "models").iterdir() if path.is_dir() and path.name.startswith("incoming-")]
    assert (last.version, left) == (1, [])
    assert seen, "every process was killed before it did anything"
    workspace.close()


def create(root: Path, go: Event) -> None:
    """Open a workspace that may not exist yet, at the same moment as others."""
    go.wait()
    workspace = Workspace(root)
    workspace.list_models()
    workspace.close()


def test_processes_that_create_it_at_once(tmp_path: Path) -> None:
    for turn in range(8):
        go = QUICK.Event()
        processes = [QUICK.Process(target=create, args=(tmp_path / str(turn), go)) for _ in range(4)]
        for process in processes:
            process.start()
        go.set()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
