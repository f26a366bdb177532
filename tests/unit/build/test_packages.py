"""Builds with the real uv from wheels written by hand; the last test asks the package index of this machine."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.version import Version

from azml_magics.build.packages import MARKER, build_packages, find_artifact
from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.errors import BuildError, CancelledError
from azml_magics.events import Event, LogLine, Progress, discard
from azml_magics.plan.actions import PackagesPlan
from azml_magics.system.process import is_alive, run
from tests.ends import has_ended
from tests.unit.build.wheelhouse import add_source, add_wheel, forget_settings

#: A build backend that says where it is and then waits for ever.
WAITING = """
import os, pathlib, signal
def _wait(*rest, **more):
    with open({fifo!r}, "w") as news: news.write(f"{{os.getpid()}}\\n")
    signal.pause()
prepare_metadata_for_build_wheel = build_wheel = get_requires_for_build_wheel = _wait
"""
FAILING = "def build_wheel(*rest, **more): raise RuntimeError('no compiler here')\n"
BUILDER = """
import sys
from pathlib import Path
from azml_magics.build.packages import build_packages
from azml_magics.cancel import Cancel
from azml_magics.plan.actions import PackagesPlan
lines = []
packages = PackagesPlan({key!r}, {lines!r}, {python!r})
artifact = build_packages(packages, Path(sys.argv[1]), emit=lines.append, cancel=Cancel())
print("built" if lines else "reused", artifact.python)
"""

Plan = Callable[..., PackagesPlan]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No index settings of this machine, a cache and a home of its own, and a folder without a project."""
    forget_settings(monkeypatch, tmp_path / "cache")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder of wheels: alpha 1.0, 2.0 and 3.0rc1, beta that needs alpha 1.0."""
    folder = tmp_path / "wheels"
    for version in ("1.0", "2.0", "3.0rc1"):
        add_wheel(folder, "alpha", version)
    add_wheel(folder, "beta-pack", "1.0", requires=["alpha==1.0"])
    return folder


@pytest.fixture
def plan(wheels: Path) -> Plan:
    """A plan that installs from ``wheels`` alone."""

    def make(*lines: str, key: str = "k" * 64, python: str | None = None) -> PackagesPlan:
        python = python or f"{sys.version_info.major}.{sys.version_info.minor}"
        return PackagesPlan(key, ("--no-index", f"--find-links {wheels}", *lines), python)

    return make


def build(packages: PackagesPlan, directory: Path, log: list[Event] | None = None) -> Artifact:
    """Build without a way to cancel."""
    return build_packages(packages, directory, emit=discard if log is None else log.append, cancel=Cancel())


def left_over(directory: Path) -> list[str]:
    """What a build left below its directory, apart from the lock."""
    return [path.name for path in (directory / "venvs").iterdir() if path.suffix != ".lock"]


# what a build gives -------------------------------------------------------------------------------------------------


def test_a_definition_is_built_once_and_found_again(tmp_path: Path, plan: Plan) -> None:
    packages = plan("beta-pack")
    log: list[Event] = []
    assert find_artifact(packages, tmp_path) is None
    artifact = build(packages, tmp_path, log)
    assert (artifact.kind, artifact.key, artifact.directory) == (
        "venv",
        packages.key,
        tmp_path / "venvs" / packages.key,
    )
    assert artifact.installed == (("alpha", "1.0"), ("beta-pack", "1.0"))
    assert any(isinstance(event, LogLine) and event.source == "builder" and "alpha==1.0" in event.text for event in log)
    assert [event for event in log if isinstance(event, Progress)][-1] == Progress(2, 2, "packages", "installed")
    log.clear()
    assert build(packages, tmp_path, log) == artifact
    assert find_artifact(packages, tmp_path) == artifact
    assert log == []


def test_the_environment_runs_the_callers_python_with_what_was_asked_for_alone(tmp_path: Path, plan: Plan) -> None:
    artifact = build(plan("alpha==2.0"), tmp_path)
    code = "import sys, alpha; print(alpha.VERSION, sys.version_info[:3], sys.prefix)"
    completed = run([str(artifact.python), "-c", code])
    assert completed.text == f"2.0 {tuple(sys.version_info[:3])} {artifact.directory}"
    assert run([str(artifact.python), "-c", "import pytest"]).returncode == 1


def test_the_marker_says_what_was_asked_for_and_what_was_installed(tmp_path: Path, plan: Plan) -> None:
    packages = plan("alpha", "--extra-index-url https://me:hunter2@127.0.0.1:9/simple")
    artifact = build(packages, tmp_path)
    assert artifact.directory is not None
    marker = artifact.directory / MARKER
    content = json.loads(marker.read_text())
    assert content["key"] == packages.key
    assert content["python"] == packages.python
    assert content["installed"] == [["alpha", "2.0"]]
    assert content["requirements"][2:] == ["alpha", "--extra-index-url https://***@127.0.0.1:9/simple"]
    assert content["uv"]
    assert stat.S_IMODE(marker.stat().st_mode) == 0o600
    assert not [path for path in artifact.directory.glob("azml-*") if "hunter2" in path.read_text()]


def test_the_current_interpreter_needs_no_build(tmp_path: Path) -> None:
    packages = PackagesPlan("current", use_current_python=True)
    artifact = Artifact("interpreter", "current", Path(sys.executable))
    assert find_artifact(packages, tmp_path) == artifact
    assert build(packages, tmp_path) == artifact
    assert list(tmp_path.iterdir()) == []


def test_prereleases_are_taken_when_the_list_says_so(tmp_path: Path, plan: Plan) -> None:
    assert build(plan("alpha", key="a"), tmp_path).installed == (("alpha", "2.0"),)
    assert build(plan("alpha", "--pre", key="b"), tmp_path).installed == (("alpha", "3.0rc1"),)


# what does not count ------------------------------------------------------------------------------------------------


def test_a_project_around_the_notebook_changes_nothing(
    tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname="x"\nversion="1"\n[tool.uv]\nconstraint-dependencies=["alpha<2"]\n'
    )
    (tmp_path / "constraints.txt").write_text("alpha<2\n")
    monkeypatch.setenv("UV_CONSTRAINT", str(tmp_path / "constraints.txt"))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "other"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert build(plan("alpha"), tmp_path / "packages").installed == (("alpha", "2.0"),)


def test_the_users_own_uv_configuration_counts(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config" / "uv"
    config.mkdir(parents=True)
    (config / "uv.toml").write_text(f'no-index = true\nfind-links = ["{wheels}"]\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config.parent))
    packages = PackagesPlan("k", ("alpha",), f"{sys.version_info.major}.{sys.version_info.minor}")
    assert build(packages, tmp_path).installed == (("alpha", "2.0"),)


def test_pips_settings_count_and_missing_directories_do_not_disturb(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    add_wheel(other, "gamma", "1.0")
    config = tmp_path / "pip.conf"
    config.write_text(
        f"[global]\nno-index = true\nextra-index-url = file://{tmp_path}/none/simple\n"
        f"find-links =\n  {tmp_path}/none\n  {wheels}\n  file://{other}\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    packages = PackagesPlan("k", ("alpha==1.0", "gamma"), f"{sys.version_info.major}.{sys.version_info.minor}")
    assert build(packages, tmp_path).installed == (("alpha", "1.0"), ("gamma", "1.0"))


# unfinished and damaged ---------------------------------------------------------------------------------------------


def test_what_is_unfinished_or_damaged_is_not_found_and_is_built_again(tmp_path: Path, plan: Plan) -> None:
    packages = plan("alpha")
    artifact = build(packages, tmp_path)
    assert artifact.directory is not None
    marker = artifact.directory / MARKER
    complete = marker.read_text()
    rest = artifact.directory / "half-written"
    for damage in ("", "{", "[]", '{"installed": [1]}', '{"key": "x"}'):
        marker.write_text(damage)
        assert find_artifact(packages, tmp_path) is None, damage
    marker.unlink()
    rest.touch()
    assert find_artifact(packages, tmp_path) is None
    assert build(packages, tmp_path) == artifact
    assert not rest.exists()
    assert json.loads(marker.read_text()) == json.loads(complete)


def test_an_environment_whose_interpreter_is_gone_is_built_again(tmp_path: Path, plan: Plan) -> None:
    packages = plan("alpha")
    artifact = build(packages, tmp_path)
    artifact.python.unlink()
    artifact.python.symlink_to(tmp_path / "removed" / "python")
    assert find_artifact(packages, tmp_path) is None
    assert build(packages, tmp_path) == artifact
    assert run([str(artifact.python), "-c", "import alpha"]).returncode == 0


def test_a_file_in_the_place_of_the_environment_is_no_environment(tmp_path: Path, plan: Plan) -> None:
    packages = plan("alpha")
    (tmp_path / "venvs").mkdir()
    (tmp_path / "venvs" / packages.key).touch()
    assert find_artifact(packages, tmp_path) is None


# failures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "code", "named"),
    [
        (("alfa",), "package-not-found", "alfa"),
        (("alpha==9.9",), "version-not-found", "alpha==9.9"),
        (("alpha>5",), "version-not-found", "alpha>5"),
        (("beta-pack", "alpha==2.0"), "packages-conflict", "contradict"),
        (("young",), "python-unsuitable", "young==1.0 requires Python >=3.99"),
        (("broken",), "wheel-build-failed", "broken==1.0"),
        (("alpha==1.0 --hash=sha256:" + "0" * 64,), "hash-mismatch", "alpha==1.0"),
        (("alpha @ file:///no/such/alpha-1.0-py3-none-any.whl",), "location-missing", "alpha-1.0-py3-none-any.whl"),
        (("--find-links nowhere", "alpha"), "location-missing", "nowhere"),
    ],
)
def test_a_failed_build_says_why_and_leaves_nothing(
    tmp_path: Path, wheels: Path, plan: Plan, lines: tuple[str, ...], code: str, named: str
) -> None:
    add_wheel(wheels, "young", "1.0", python=">=3.99")
    add_source(wheels, "broken", "1.0", FAILING)
    packages = plan(*lines)
    with pytest.raises(BuildError) as caught:
        build(packages, tmp_path / "packages")
    assert caught.value.code == code
    assert named in caught.value.brief
    assert caught.value.remedy
    assert find_artifact(packages, tmp_path / "packages") is None
    assert left_over(tmp_path / "packages") == []


def test_the_details_hold_uvs_own_words(tmp_path: Path, wheels: Path, plan: Plan) -> None:
    add_source(wheels, "broken", "1.0", FAILING)
    with pytest.raises(BuildError) as caught:
        build(plan("broken"), tmp_path)
    assert any("RuntimeError: no compiler here" in line for line in caught.value.details)


def test_a_python_that_is_nowhere_is_said_with_those_that_are_here(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(BuildError, match=r"no Python 3\.99") as caught:
        build(plan("alpha", python="3.99"), tmp_path)
    assert caught.value.code == "python-missing"
    assert ".".join(map(str, sys.version_info[:2])) in caught.value.remedy
    assert left_over(tmp_path) == []


def test_an_index_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = PackagesPlan("k", ("--index-url http://me:hunter2@127.0.0.1:9/simple", "alpha"), python)
    log: list[Event] = []
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(BuildError) as caught:
        build(packages, tmp_path, log)
    assert caught.value.code == "download-failed"
    assert "127.0.0.1:9" in caught.value.brief
    told = "\n".join([*caught.value.lines(), *caught.value.details, *map(repr, log)])
    assert "hunter2" not in told


# one builder at a time ----------------------------------------------------------------------------------------------


def test_threads_that_want_the_same_build_it_once(tmp_path: Path, plan: Plan) -> None:
    packages = plan("beta-pack")
    logs: list[list[Event]] = [[], [], []]
    artifacts: list[Artifact] = []
    threads = [
        threading.Thread(target=lambda log=log: artifacts.append(build(packages, tmp_path, log))) for log in logs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(artifacts) == 3
    assert len(set(artifacts)) == 1
    assert sorted(bool(log) for log in logs) == [False, False, True]


def start_builder(packages: PackagesPlan, directory: Path) -> subprocess.Popen[str]:
    """Another process that builds the same."""
    code = BUILDER.format(key=packages.key, lines=packages.requirement_lines, python=packages.python)
    return subprocess.Popen([sys.executable, "-c", code, str(directory)], stdout=subprocess.PIPE, text=True)


def test_processes_that_want_the_same_build_it_once(tmp_path: Path, plan: Plan) -> None:
    packages = plan("beta-pack")
    processes = [start_builder(packages, tmp_path) for _ in range(2)]
    said = sorted(process.communicate()[0].split()[0] for process in processes)
    assert said == ["built", "reused"]


@pytest.fixture
def waiting(tmp_path: Path, wheels: Path) -> Iterator[Callable[[], int]]:
    """The package ``slow`` is in ``wheels``; its build never ends. Gives a way to wait for it: its process number."""
    fifo = tmp_path / "building"
    os.mkfifo(fifo)
    add_source(wheels, "slow", "1.0", WAITING.format(fifo=str(fifo)))
    pids: list[int] = []

    def wait() -> int:
        pids.append(int(fifo.read_text()))
        return pids[-1]

    yield wait
    for pid in pids:
        if is_alive(pid, None):
            os.kill(pid, signal.SIGKILL)


def test_cancelling_ends_uv_and_what_it_runs_and_leaves_nothing(
    tmp_path: Path, plan: Plan, waiting: Callable[[], int]
) -> None:
    packages = plan("alpha", "slow")
    cancel = Cancel()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            build_packages(packages, tmp_path / "packages", emit=discard, cancel=cancel)
        except CancelledError as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    backend = waiting()
    assert left_over(tmp_path / "packages") == [packages.key]
    cancel.request()
    thread.join(120)
    assert [str(error) for error in failures] == ["building packages was cancelled"]
    assert has_ended(backend)
    assert left_over(tmp_path / "packages") == []


def test_a_cancelled_waiter_does_not_disturb_the_builder(
    tmp_path: Path, plan: Plan, waiting: Callable[[], int]
) -> None:
    packages = plan("slow")
    directory = tmp_path / "packages"
    builder = start_builder(packages, directory)
    waiting()
    cancel = Cancel()
    threading.Timer(0.1, cancel.request).start()
    with pytest.raises(CancelledError):
        build_packages(packages, directory, emit=discard, cancel=cancel)
    assert builder.poll() is None
    assert left_over(directory) == [packages.key]
    builder.kill()
    builder.communicate()


def test_a_killed_builder_leaves_nothing_that_is_used_and_its_uv_keeps_the_lock(
    tmp_path: Path, wheels: Path, plan: Plan, waiting: Callable[[], int]
) -> None:
    packages = plan("slow")
    directory = tmp_path / "packages"
    builder = start_builder(packages, directory)
    backend = waiting()
    builder.kill()
    builder.communicate()
    assert find_artifact(packages, directory) is None
    cancel = Cancel()
    threading.Timer(0.2, cancel.request).start()
    with pytest.raises(CancelledError):  # the killed builder's uv still writes there
        build_packages(packages, directory, emit=discard, cancel=cancel)
    (wheels / "slow-1.0.tar.gz").unlink()
    add_wheel(wheels, "slow", "1.0")
    os.kill(backend, signal.SIGKILL)
    assert build(packages, directory).installed == (("slow", "1.0"),)


# the package index --------------------------------------------------------------------------------------------------


def test_the_server_is_installed_from_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # this machine's own settings and cache
    packages = PackagesPlan("k" * 64, ("azureml-inference-server-http",), ".".join(map(str, sys.version_info[:2])))
    artifact = build(packages, tmp_path)
    installed = dict(artifact.installed)
    assert Version(installed["azureml-inference-server-http"]) >= Version("1.4")
    assert {"flask", "gunicorn", "pydantic"} <= installed.keys()
    assert (artifact.python.parent / "azmlinfsrv").exists()
