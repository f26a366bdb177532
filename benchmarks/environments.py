"""``list``, ``get`` and ``diff`` of a workspace with 1,000 environments and 10,000 requests; the goal is 200 ms each.

Half of the environments are versions of one name, the others have a name each; every one asks for 20 packages. Medians
are printed; ``azml environment list`` as a process of its own is printed too, without a goal.
``python benchmarks/environments.py [ROUNDS]``
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.session import Session
from azml_magics.show.describe import describe
from azml_magics.show.results import Listing

ENVIRONMENTS = 1_000
REQUESTS = 10_000
PACKAGES = 20
GOAL_MS = 200.0


def environment(name: str, number: int) -> Environment:
    lines = "".join(f"package-{index}==1.{number}.{index}\n" for index in range(PACKAGES))
    return Environment(name, "3.11", parse_requirements(lines), (("NUMBER", str(number)),))


def fill(session: Session) -> None:
    workspace = session.workspace
    for number in range(ENVIRONMENTS // 2):
        session.environments.register(environment("many", number))
        session.environments.register(environment(f"single-{number:03}", number))
    directory = workspace.service_directory("digits")
    endpoint = Endpoint("digits", "process", 8000, directory / "service.log", directory)
    record = workspace.save_service(Deployment("digits", EntryScript("score.py", "")), endpoint, {}, {})
    for number in range(REQUESTS):
        response = ScoringResponse("digits", 200, b"[1]", (), 1.0, f"id-{number}")
        workspace.record_request(record, ScoringRequest(b"[1, 2]"), response)


def median_ms(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def shown(session: Session) -> object:
    return describe(Listing("environment", tuple(session.environments.list_newest())), figures=True)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory(prefix="azml-benchmark-") as folder:
        root = Path(folder, ".azml")
        session = Session(root, working_directory=Path(folder))
        began = time.perf_counter()
        fill(session)
        print(f"filled in {time.perf_counter() - began:.1f} s: {ENVIRONMENTS:,} environments, {REQUESTS:,} requests")
        environments = session.environments
        works: dict[str, Callable[[], object]] = {
            "list, the newest of each": environments.list_newest,
            "list, as it is shown": lambda: shown(session),
            "list, every version": environments.list_all,
            "list, versions of one": lambda: environments.list_all("many"),
            "get, the newest": lambda: environments.get("many"),
            "get, by version": lambda: environments.get("many:7"),
            "diff, the two newest": lambda: environments.diff("many"),
            "diff, of two names": lambda: environments.diff("many:7", "single-300"),
            "register, an equal one": lambda: environments.register(environment("many", 7)),
        }
        for name, work in works.items():
            work()
            taken = median_ms(work, rounds)
            verdict = "reached" if taken < GOAL_MS else "missed"
            print(f"{name:<26} {taken:8.1f} ms, goal under {GOAL_MS:.0f} ms: {verdict}")
        session.workspace.close()
        command = [sys.executable, "-m", "azml_magics.cli", "environment", "list"]
        process = median_ms(lambda: subprocess.run(command, cwd=folder, capture_output=True, check=True), 3)
        print(f"{'azml environment list':<26} {process:8.1f} ms, a process of its own")


if __name__ == "__main__":
    main()
