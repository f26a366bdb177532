"""Locks through the door: resolved by the real uv from a folder of tiny wheels, without a network."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.assets.locking import LockReport
from azml_magics.assets.outdated import OutdatedPackage
from azml_magics.build.packages import build_packages
from azml_magics.cancel import Cancel
from azml_magics.definitions.codecs.azure_v1 import read_environment_document
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.lock_rules import holding_lock, locked_versions
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.run import RunRequest
from azml_magics.errors import BuildError, DeclarationError, FindingsError, PreflightError
from azml_magics.events import Event, discard
from azml_magics.plan.planner import plan_packages
from azml_magics.prune.unused import find_unused
from azml_magics.session import Session
from azml_magics.show.document import document_of
from azml_magics.show.text import lines_of
from azml_magics.system.host import collect_host_facts
from tests.docker.private_index import PrivateIndex
from tests.unit.build.wheelhouse import add_wheel

SCRIPT = "def init(): pass\ndef run(data): return data\n"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    add_wheel(folder, "azml-one", "1.0", requires=["azml-two"])
    add_wheel(folder, "azml-two", "1.0")
    add_wheel(folder, SERVER, "1.5")
    return folder


def declare(session: Session, lines: str = "azml-one<2", links: str = "") -> None:
    text = f"--no-index\n--find-links {links or session.working_directory / 'wheels'}\n{lines}"
    session.declare(EnvironmentDraft("digits", None, parse_requirements(text)))


def versions(report: LockReport) -> dict[str, str]:
    return locked_versions(report.lock.requirement_lines)


def define(session: Session, *, frozen: bool = False, environment: str = "digits") -> Deployment:
    (session.working_directory / "score.py").write_text(SCRIPT)
    return session.define(DeployRequest("digits", "score.py", environment=environment, frozen=frozen))


def environment_of(deployment: Deployment) -> Environment:
    assert deployment.environment is not None
    return deployment.environment


def test_everything_is_locked_with_the_server_and_hashes(session: Session, wheels: Path) -> None:
    declare(session)
    report = session.environments.lock("digits")
    assert versions(report) == {"azml-one": "1.0", "azml-two": "1.0", SERVER: "1.5"}
    assert all(" --hash=sha256:" in line for line in report.lock.requirement_lines)
    assert (report.environment.label, report.former) == ("digits:1", None)
    assert not any(str(wheels) in line or "--" in line.split()[0] for line in report.lock.requirement_lines)
    # It is kept, and means the same after it was read again.
    kept = session.environments.get("digits:1")
    assert kept == report.environment
    assert holding_lock(kept) == report.lock


def test_newer_versions_come_only_when_they_are_asked_for(session: Session, wheels: Path) -> None:
    declare(session)
    first = session.environments.lock("digits")
    add_wheel(wheels, "azml-two", "1.5")
    again = session.environments.lock("digits")
    assert again.environment == first.environment
    assert again.changes == ()
    assert lines_of(again, figures=False)[0] == "environment digits:1 is locked as before"
    upgraded = session.environments.lock("digits", upgrade=True)
    assert upgraded.environment.version == 2
    assert upgraded.changes == (("azml-two", "1.0", "1.5"),)
    assert lines_of(upgraded, figures=True)[0] == "environment digits:2 is locked: 1 package changed"
    assert document_of(upgraded)["changes"] == [  # type: ignore[index]  # a mapping
        {"name": "azml-two", "before": "1.0", "now": "1.5"}
    ]


def test_a_cell_that_is_run_again_means_the_locked_one(session: Session, wheels: Path) -> None:
    declare(session)
    session.environments.lock("digits")
    declare(session)
    deployment = define(session, frozen=True)
    environment = environment_of(deployment)
    assert holding_lock(environment) is not None
    assert not [finding for finding in session.check(deployment) if finding.code.startswith(("lock", "unpinned"))]
    assert session.environments.register(environment).version == 1
    shown = lines_of(session.environments.get("digits"), figures=False)
    assert any(line.split()[:3] == ["lock", "for", "Python"] for line in shown), shown


def test_registering_what_was_locked_keeps_its_lock(session: Session, wheels: Path) -> None:
    declare(session)
    locked = session.environments.lock("digits").environment
    again = session.environments.register(replace(locked.unlocked(), version=None))
    assert again == locked
    assert [each.label for each in session.environments.list_all()] == ["digits:1"]


def test_a_relative_folder_of_wheels_does_not_make_it_another_definition(session: Session, wheels: Path) -> None:
    declare(session, links="wheels")
    session.environments.lock("digits")
    declare(session, links="./wheels")
    assert holding_lock(environment_of(define(session, frozen=True))) is not None


def test_a_changed_cell_has_no_lock_until_it_is_changed_back(session: Session, wheels: Path) -> None:
    declare(session)
    session.environments.lock("digits")
    declare(session, "azml-one")
    deployment = define(session)
    assert environment_of(deployment).lock is None
    assert "lock-lapsed" in [finding.code for finding in session.check(deployment)]
    with pytest.raises(DeclarationError) as caught:
        define(session, frozen=True)
    assert caught.value.code == "not-frozen"
    assert "digits:1" in "\n".join(caught.value.lines())
    assert caught.value.remedy == "lock it: azml environment lock digits"
    session.environments.register(environment_of(deployment))
    declare(session)
    assert holding_lock(environment_of(define(session, frozen=True))) is not None


def test_frozen_refuses_what_has_no_lock(session: Session, wheels: Path) -> None:
    declare(session)
    with pytest.raises(DeclarationError) as caught:
        define(session, frozen=True)
    assert caught.value.code == "not-frozen"
    with pytest.raises(DeclarationError) as current:
        session.define(DeployRequest("digits", "score.py", use_current_python=True, frozen=True))
    assert current.value.code == "not-frozen"
    with pytest.raises(DeclarationError) as curated:
        session.define(DeployRequest("digits", "score.py", environment="AzureML-Minimal", frozen=True))
    assert "clone AzureML-Minimal NAME" in curated.value.remedy


def test_a_version_without_its_lock_can_still_be_named(session: Session, wheels: Path) -> None:
    declare(session)
    session.environments.register(session.environments.get("digits"))
    assert session.environments.lock("digits").environment.version == 2
    assert environment_of(define(session, environment="digits:1")).lock is None
    assert environment_of(define(session, environment="digits:2")).lock is not None


def build(session: Session) -> list[str]:
    packages = plan_packages(environment_of(define(session)), collect_host_facts())
    artifact = build_packages(packages, session.workspace.packages_directory, emit=discard, cancel=Cancel())
    return [f"{name}=={version}" for name, version in artifact.installed]


def test_what_is_locked_is_installed_and_nothing_else(session: Session, wheels: Path) -> None:
    declare(session)
    session.environments.lock("digits")
    add_wheel(wheels, "azml-two", "1.5")
    assert build(session) == ["azml-one==1.0", "azml-two==1.0", f"{SERVER}==1.5"]


def test_another_file_than_the_locked_one_is_refused(
    session: Session, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(session)
    session.environments.lock("digits")
    add_wheel(wheels, "azml-two", "1.0", files={"more.py": "print('not the same')\n"})
    # uv still has the locked one, and would install that.
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(BuildError) as caught:
        build(session)
    assert caught.value.code == "hash-mismatch"
    assert "azml-two==1.0 is another file than the one that was locked" in caught.value.brief
    # Locking takes it as it is now.
    assert session.environments.lock("digits").environment.version == 2
    assert "azml-two==1.0" in build(session)


def test_a_wheel_that_is_named_by_its_place_is_locked_by_its_content(session: Session, wheels: Path) -> None:
    path = add_wheel(wheels.parent / "private", "azml-three", "3.0")
    declare(session, f"azml-three @ {path.as_uri()}")
    report = session.environments.lock("digits")
    assert versions(report)["azml-three"] == path.as_uri()
    assert "azml-three==3.0" in build(session)


def test_what_no_hash_can_describe_cannot_be_locked(session: Session, wheels: Path) -> None:
    folder = wheels.parent / "source"
    folder.mkdir()
    backend = (
        "import pathlib, zipfile\n"
        "def build_wheel(d, c=None, m=None):\n    raise SystemExit('not needed')\n"
        "def prepare_metadata_for_build_wheel(d, c=None):\n"
        "    info = pathlib.Path(d, 'azml_four-1.dist-info')\n    info.mkdir()\n"
        "    (info / 'METADATA').write_text('Metadata-Version: 2.1\\nName: azml-four\\nVersion: 1\\n')\n"
        "    (info / 'WHEEL').write_text('Wheel-Version: 1.0\\n')\n    return info.name\n"
    )
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (folder / "backend.py").write_text(backend)
    declare(session, f"azml-four @ {folder.as_uri()}")
    with pytest.raises(DeclarationError) as caught:
        session.environments.lock("digits")
    assert caught.value.code == "lock-without-hash"
    assert session.environments.list_all() == []


def test_what_cannot_be_resolved_is_told_and_nothing_is_registered(session: Session, wheels: Path) -> None:
    declare(session, "azml-one>5")
    with pytest.raises(BuildError) as caught:
        session.environments.lock("digits")
    assert caught.value.code == "version-not-found"
    assert session.environments.list_all() == []


def test_a_reserved_name_is_refused_before_anything_is_resolved(session: Session) -> None:
    with pytest.raises(DeclarationError) as caught:
        session.environments.lock("AzureML-Minimal")
    assert caught.value.code == "reserved-name"


def test_lines_that_nothing_is_installed_from_are_refused_by_every_door(session: Session, tmp_path: Path) -> None:
    conda = {"dependencies": ["python=3.11", "pip", {"pip": ["azml-one", "-e ."]}]}
    found = read_environment_document({"name": "old", "python": {"condaDependencies": conda}}).environment
    session.environments.register(found)
    (tmp_path / "train.py").write_text("")
    doors: list[Callable[[], object]] = [
        lambda: session.environments.lock("old"),
        lambda: session.environments.build_local("old"),
        lambda: session.runs.submit(RunRequest("train.py", environment="old")),
    ]
    for refused in doors:
        with pytest.raises(FindingsError) as caught:
            refused()
        assert caught.value.code == "unsupported-option"


def test_what_is_newer_than_a_lock(session: Session, wheels: Path) -> None:
    declare(session)
    session.environments.lock("digits")
    fresh = session.environments.outdated("digits")
    assert (fresh.is_locked, fresh.checked, fresh.packages) == (True, 3, ())
    assert lines_of(fresh, figures=True) == ["environment digits is up to date: 3 packages locked"]
    for name, version in (("azml-one", "1.1"), ("azml-one", "2.0"), ("azml-two", "1.5")):
        add_wheel(wheels, name, version, requires=["azml-two"] if name == "azml-one" else [])
    found = session.environments.outdated("digits")
    assert found.packages == (
        OutdatedPackage("azml-one", "1.0", "1.1", "2.0"),
        OutdatedPackage("azml-two", "1.0", "1.5", "1.5"),
    )
    assert [line.split() for line in lines_of(found, figures=True)[2:]] == [
        ["azml-one", "pip", "1.0", "1.1", "2.0"],
        ["azml-two", "pip", "1.0", "1.5", "1.5"],
    ]
    assert lines_of(found, figures=False) == ["environment digits: 2 newer releases"]
    assert json.dumps(document_of(found)).count("newest_allowed") == 2


def test_what_is_newer_than_pins(session: Session, wheels: Path) -> None:
    add_wheel(wheels, "azml-two", "1.5")
    declare(session, "azml-one\nazml-two==1.0")
    found = session.environments.outdated("digits")
    assert (found.is_locked, found.checked) == (False, 1)
    assert found.packages == (OutdatedPackage("azml-two", "1.0", "1.0", "1.5"),)
    declare(session, "azml-one")
    with pytest.raises(DeclarationError) as caught:
        session.environments.outdated("digits")
    assert caught.value.code == "not-locked"


def test_locked_packages_of_the_real_index(session: Session) -> None:
    """The one test that asks an index: credentials and addresses of it are kept nowhere."""
    session.declare(EnvironmentDraft("real", None, parse_requirements("six<1.17")))
    report = session.environments.lock("real")
    found = versions(report)
    assert found["six"] == "1.16.0"
    assert SERVER in found
    assert "://" not in json.dumps(report.environment.lock.document() if report.environment.lock else "")
    packages = plan_packages(report.environment, collect_host_facts())
    artifact = build_packages(packages, session.workspace.packages_directory, emit=discard, cancel=Cancel())
    assert dict(artifact.installed) == found
    shown = subprocess.run(
        [artifact.python, "-c", "import six; print(six.__version__)"], capture_output=True, check=True
    )
    assert shown.stdout.strip() == b"1.16.0"


def test_frozen_builds_and_runs_refuse_what_has_no_lock(session: Session, wheels: Path) -> None:
    declare(session)
    (session.working_directory / "train.py").write_text("import azml_two\nprint(azml_two.VERSION)\n")
    request = RunRequest("train.py", environment="digits", frozen=True)
    for attempt in (
        lambda: session.environments.build_local("digits", frozen=True),
        lambda: session.runs.submit(request),
        lambda: session.runs.submit(RunRequest("train.py", use_current_python=True, frozen=True)),
    ):
        with pytest.raises(DeclarationError) as caught:
            attempt()
        assert caught.value.code == "not-frozen"
    session.environments.lock("digits")
    add_wheel(wheels, "azml-two", "1.5")
    assert dict(session.environments.build_local("digits", frozen=True).installed)["azml-two"] == "1.0"
    run = session.runs.submit(request)
    assert run.environment == "digits:1"


def test_what_is_locked_for_another_machine_stands_in_nobody_s_way(session: Session, wheels: Path) -> None:
    declare(session)
    locked = session.environments.lock("digits").environment
    assert locked.lock is not None
    elsewhere = replace(locked, name="elsewhere", version=None, lock=replace(locked.lock, platform="other-machine"))
    session.environments.register(elsewhere)
    build(session)
    with pytest.raises(PreflightError) as caught:
        session.plan(define(session, environment="elsewhere"))
    assert caught.value.code == "lock-target"
    # What the declared one has installed is in use, and what cannot be installed here is nothing to look for.
    found = find_unused(session.workspace, session.declarations, session.working_directory)
    assert [item.name for item in found.unused if item.path is not None] == []


def test_no_lock_knows_a_password_or_where_files_come_from(session: Session, wheels: Path) -> None:
    """The index gives no hashes, so uv reads the files; whoever installs needs the environment's own line again."""
    with PrivateIndex("127.0.0.1", wheels, "me", "hunter2") as index:
        lines = f"--index-url http://me:hunter2@127.0.0.1:{index.port}/simple\nazml-one"
        session.declare(EnvironmentDraft("private", None, parse_requirements(lines)))
        news: list[Event] = []
        report = session.environments.lock("private", emit=news.append)
        told = (
            json.dumps([report.lock.document(), document_of(report)])
            + repr(news)
            + repr(lines_of(report, figures=True))
        )
        assert "hunter2" not in told
        assert "127.0.0.1" not in json.dumps(report.lock.document())
        packages = plan_packages(report.environment, collect_host_facts())
        artifact = build_packages(packages, session.workspace.packages_directory, emit=discard, cancel=Cancel())
        assert dict(artifact.installed)["azml-two"] == "1.0"
        assert session.environments.outdated("private").packages == ()


def test_a_requirements_file_means_its_lock_as_well(session: Session, wheels: Path) -> None:
    folder = session.working_directory
    (folder / "list.txt").write_text("--no-index\n--find-links wheels\nazml-one\n")
    (folder / "score.py").write_text(SCRIPT)
    request = DeployRequest("digits", "score.py", requirements_file="list.txt", frozen=True)
    with pytest.raises(DeclarationError) as caught:
        session.define(request)
    assert "azml environment lock digits-requirements" in caught.value.remedy
    session.environments.register(environment_of(session.define(replace(request, frozen=False))))
    session.environments.lock("digits-requirements")
    assert holding_lock(environment_of(session.define(request))) is not None


def test_the_verbs_of_the_command_line(
    session: Session, wheels: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from azml_magics.cli.main import main

    declare(session)
    session.environments.register(session.environments.get("digits"))
    monkeypatch.chdir(session.working_directory)
    assert main(["environment", "lock", "digits", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["version"], len(found["lock"]["requirements"])) == ("digits", 2, 3)
    add_wheel(wheels, "azml-two", "1.5")
    assert main(["environment", "outdated", "digits"]) == 0
    assert "environment digits:2: 1 newer release" in capsys.readouterr().out
    assert main(["environment", "lock", "digits", "--upgrade"]) == 0
    assert "environment digits:3 is locked: 1 package changed" in capsys.readouterr().out
    Path("score.py").write_text(SCRIPT)
    deploy = ["--environment", "digits:1", "--entry-script", "score.py", "--frozen"]
    assert main(["plan", "digits", *deploy]) == 2
    assert "not-frozen" in capsys.readouterr().err
