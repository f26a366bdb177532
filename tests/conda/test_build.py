"""Conda environments really solved and installed from a channel on disk; nothing of conda is installed here."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from azml_magics.build.conda_lock import lock_conda
from azml_magics.build.packages import MARKER, build_packages, find_artifact
from azml_magics.cancel import Cancel
from azml_magics.definitions.conda_dependencies import CondaDependencies, Dependency, PipSection
from azml_magics.definitions.environment import conda_environment
from azml_magics.errors import BuildError, CancelledError
from azml_magics.events import Event, LogLine, Progress, discard
from azml_magics.plan.actions import CondaPlan, PackagesPlan
from azml_magics.plan.planner import plan_packages
from azml_magics.system.host import collect_host_facts
from tests.channels import Channel

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


def planned(channel: Channel, *dependencies: Dependency, channels: tuple[str, ...] = ()) -> PackagesPlan:
    conda = CondaDependencies(dependencies, channels or (channel.url,))
    return plan_packages(conda_environment("digits", conda), collect_host_facts(), with_server=False)


def build(packages: PackagesPlan, folder: Path) -> list[Event]:
    events: list[Event] = []
    build_packages(packages, folder, emit=events.append, cancel=Cancel())
    return events


def failure(packages: PackagesPlan, folder: Path) -> BuildError:
    with pytest.raises(BuildError) as caught:
        build(packages, folder)
    assert not find_artifact(packages, folder)
    assert "Traceback" not in "\n".join([*caught.value.lines(), *caught.value.details])
    return caught.value


def output(python: Path, code: str) -> str:
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def built(channel: Channel, tmp_path_factory: pytest.TempPathFactory) -> tuple[PackagesPlan, Path, list[Event]]:
    """An environment with both halves: conda's greeting, which needs words, and a wheel of pip's."""
    folder = tmp_path_factory.mktemp("packages")
    packages = planned(channel, f"python={MINOR}", "pip", "greeting", PipSection(("iniconfig==2.0.0",)))
    return packages, folder, build(packages, folder)


def test_conda_packages_and_those_of_pip_are_installed_together(
    built: tuple[PackagesPlan, Path, list[Event]],
) -> None:
    packages, folder, events = built
    artifact = find_artifact(packages, folder)
    assert artifact is not None
    assert (artifact.kind, artifact.directory) == ("conda", folder / "conda" / packages.key)
    code = "import greeting, iniconfig, sys; print(greeting.greet(), sys.prefix)"
    assert output(artifact.python, code) == f"hi {artifact.directory}"
    installed = dict(artifact.installed)
    assert (installed["greeting"], installed["words"], installed["iniconfig"]) == ("2.0", "1.0", "2.0.0")
    assert installed["python"].startswith(MINOR)
    lines = [event.text for event in events if isinstance(event, LogLine)]
    assert "installing greeting 2.0" in "\n".join(lines)
    assert not [line for line in lines if line.startswith("azml-")]
    progress = [event for event in events if isinstance(event, Progress)]
    assert any((event.unit, event.text) == ("packages", "installed") for event in progress)
    assert any(event.unit == "packages" and event.text.startswith("installing") for event in progress)
    assert artifact.activation()["CONDA_PREFIX"] == str(artifact.directory)


def test_an_equal_definition_is_found_again(built: tuple[PackagesPlan, Path, list[Event]]) -> None:
    packages, folder, _ = built
    assert build(packages, folder) == []


def test_what_was_installed_is_written_down_without_passwords(built: tuple[PackagesPlan, Path, list[Event]]) -> None:
    packages, folder, _ = built
    content = json.loads((folder / "conda" / packages.key / MARKER).read_text())
    assert content["requirements"] == ["iniconfig==2.0.0"]
    assert any("greeting-2.0-0.conda#sha256=" in line for line in content["conda"])


def test_a_specification_without_python_gets_the_callers(channel: Channel) -> None:
    packages = planned(channel, "greeting=1")
    assert packages.conda is not None
    assert packages.conda.specifications == ("greeting=1", f"python={MINOR}")


def test_channels_by_name_are_below_the_alias(
    channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDA_CHANNEL_ALIAS", channel.folder.parent.as_uri())
    packages = planned(channel, "local::greeting=1.0", channels=("local",))
    build(packages, tmp_path)
    artifact = find_artifact(packages, tmp_path)
    assert artifact is not None
    assert output(artifact.python, "import greeting; print(greeting.greet())") == "hello"


def test_custom_channels_of_condarc_count(channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    condarc = tmp_path / "condarc"
    condarc.write_text(f"custom_channels:\n  local: {channel.folder.parent.as_uri()}\n")
    monkeypatch.setenv("CONDARC", str(condarc))
    packages = planned(channel, "words", channels=("local",))
    build(packages, tmp_path / "packages")
    artifact = find_artifact(packages, tmp_path / "packages")
    assert artifact is not None
    assert "words" in dict(artifact.installed)


def test_what_only_a_later_channel_can_give_is_taken_from_there(channel: Channel, tmp_path: Path) -> None:
    first = Channel(tmp_path / "first")
    first.add_module("greeting", "0.1", "")
    first.index()
    packages = planned(channel, "greeting=2", channels=(first.url, channel.url))
    build(packages, tmp_path / "packages")
    artifact = find_artifact(packages, tmp_path / "packages")
    assert artifact is not None
    assert dict(artifact.installed)["greeting"] == "2.0"


def test_unknown_packages_versions_and_conflicts_are_named(channel: Channel, tmp_path: Path) -> None:
    unknown = failure(planned(channel, "greetings"), tmp_path)
    assert (unknown.code, unknown.exit_code) == ("package-not-found", 3)
    assert unknown.brief.startswith(
        f"conda packages cannot be installed: there is no conda package named greetings in channel {channel.url}"
    )
    version = failure(planned(channel, "greeting=7"), tmp_path)
    assert version.code == "version-not-found"
    assert version.remedy == "choose a version that exists; there is 1.0, 2.0"
    conflict = failure(planned(channel, "greeting=2", "clash"), tmp_path)
    assert conflict.code == "packages-conflict"
    assert "clash" in conflict.brief
    assert any("words <1" in line for line in conflict.details)
    broken = failure(planned(channel, "greeting==>1 3"), tmp_path)
    assert broken.code == "conda-specification"


def test_channels_that_are_not_there_are_named(channel: Channel, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    error = failure(planned(channel, "greeting", channels=(str(absent),)), tmp_path)
    assert error.code == "channel-unreachable"
    assert str(absent) in error.brief
    assert error.remedy
    no_python = Channel(tmp_path / "bare")
    no_python.add_module("alone", "1.0", "", depends=())
    no_python.index()
    assert failure(planned(channel, "alone", channels=(no_python.url,)), tmp_path).code == "conda-no-python"


def test_passwords_and_tokens_of_channels_are_kept_nowhere(channel: Channel, tmp_path: Path) -> None:
    (tmp_path / "served" / "t" / "s3cret-token").mkdir(parents=True)
    (tmp_path / "served" / "t" / "s3cret-token" / "own").symlink_to(channel.folder)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://me:p4ssword@127.0.0.1:{server.server_port}/t/s3cret-token/own"
        packages = planned(channel, "greeting=1", channels=(url,))
        told = str(build(packages, tmp_path / "packages"))
        told += str(failure(planned(channel, "nosuch", channels=(url,)), tmp_path / "packages").details)
        server.shutdown()
    kept = [path for path in (tmp_path / "packages").rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.name == "greeting-1.0-0.json" for path in kept)
    for text in (told, *(path.read_text(errors="replace") for path in kept)):
        assert "p4ssword" not in text
        assert "s3cret-token" not in text


def test_a_changed_file_is_refused(channel: Channel, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(channel.folder, folder)
    changed = Channel(folder)
    with changed.path("words-1.0-0").open("ab") as file:
        file.write(b"x")
    error = failure(planned(changed, "words"), tmp_path / "packages")
    assert error.code == "hash-mismatch"
    assert "words-1.0-0.conda" in error.brief


def test_a_lock_is_installed_as_it_is_and_nothing_is_solved(channel: Channel, tmp_path: Path) -> None:
    folder = tmp_path / "channel"
    shutil.copytree(channel.folder, folder)
    copy = Channel(folder)
    packages = planned(copy, "greeting=2")
    assert packages.conda is not None
    locked = lock_conda(packages.conda, emit=discard, cancel=Cancel())
    assert locked.python.startswith(MINOR)
    assert dict(locked.provided) == {"greeting": "2.0", "words": "1.0"}
    assert [line.partition("#sha256=")[0].rpartition("/")[2] for line in locked.packages if "words" in line] == [
        "words-1.0-0.conda"
    ]
    copy.add_module("words", "1.5", "WORD = 'newer'\n")
    copy.index()
    conda = CondaPlan(packages.conda.specifications, packages.conda.channels, packages.conda.subdir, locked.packages)
    exact = PackagesPlan("a" * 64, python=MINOR, conda=conda)
    build(exact, tmp_path / "packages")
    artifact = find_artifact(exact, tmp_path / "packages")
    assert artifact is not None
    assert dict(artifact.installed)["words"] == "1.0"
    copy.add_module("words", "1.0", "WORD = 'changed'\n")
    copy.index()
    assert failure(exact, tmp_path / "others").code == "hash-mismatch"
    copy.path("words-1.0-0").unlink()
    copy.index()
    assert failure(exact, tmp_path / "others").code == "locked-package-missing"


def test_a_cancelled_build_leaves_nothing(channel: Channel, tmp_path: Path) -> None:
    packages, cancel = planned(channel, "greeting"), Cancel()

    def emit(event: Event) -> None:
        if isinstance(event, LogLine) and "installing" in event.text:
            cancel.request()

    with pytest.raises(CancelledError):
        build_packages(packages, tmp_path, emit=emit, cancel=cancel)
    assert [path.name for path in (tmp_path / "conda").iterdir() if path.is_dir()] == []


def test_two_builders_at_once_build_once(channel: Channel, tmp_path: Path) -> None:
    packages = planned(channel, "greeting=1")
    events: list[list[Event]] = [[], []]
    threads = [
        threading.Thread(
            target=build_packages, args=(packages, tmp_path), kwargs={"emit": news.append, "cancel": Cancel()}
        )
        for news in events
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert find_artifact(packages, tmp_path) is not None
    assert sorted(bool(news) for news in events) == [False, True]


def test_after_a_killed_builder_the_next_one_starts_from_nothing(channel: Channel, tmp_path: Path) -> None:
    """Killed when the first package is in place; what it left has no marker, and nobody takes it for an environment."""
    program = f"""
import os, signal
from pathlib import Path
from azml_magics.build.packages import build_packages
from azml_magics.cancel import Cancel
from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.environment import conda_environment
from azml_magics.plan.planner import plan_packages
from azml_magics.system.host import collect_host_facts
conda = CondaDependencies(("greeting=1",), ({channel.url!r},))
packages = plan_packages(conda_environment("digits", conda), collect_host_facts(), with_server=False)
def emit(event):
    if "installing" in getattr(event, "text", ""):
        os.kill(os.getpid(), signal.SIGKILL)
build_packages(packages, Path({str(tmp_path)!r}), emit=emit, cancel=Cancel())
"""
    killed = subprocess.run([sys.executable, "-c", program], check=False, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    packages = planned(channel, "greeting=1")
    assert find_artifact(packages, tmp_path) is None
    assert build(packages, tmp_path)
    artifact = find_artifact(packages, tmp_path)
    assert artifact is not None
    assert output(artifact.python, "import greeting; print(greeting.greet())") == "hello"
