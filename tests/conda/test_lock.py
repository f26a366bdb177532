"""Environments with conda packages are locked as a whole, and built from nothing but their lock."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from azml_magics.assets.outdated import OutdatedPackage
from azml_magics.build.conda_lock import left_to_conda
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.environment import conda_environment
from azml_magics.definitions.lock_rules import locked_versions
from azml_magics.errors import BuildError
from azml_magics.session import Session
from azml_magics.show.describe import describe
from azml_magics.show.text import view_lines
from tests.channels import Channel


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "workspace" / ".azml", working_directory=tmp_path)


@pytest.fixture
def own(channel: Channel, tmp_path: Path) -> Channel:
    """A copy of the channel that a test may change; iniconfig is in it, which pip knows too."""
    shutil.copytree(channel.folder, tmp_path / "own")
    copy = Channel(tmp_path / "own")
    copy.add_module("iniconfig", "2.0.0", "")
    copy.index()
    return copy


def test_both_halves_are_locked_and_nothing_else_is_built(session: Session, own: Channel) -> None:
    conda = CondaDependencies(("greeting", "iniconfig", PipSection(("iniconfig", "sniffio==1.3.0"))), (own.url,))
    session.environments.register(conda_environment("digits", conda))
    lock = session.environments.lock("digits").lock
    files = [line.partition("#sha256=")[0].rpartition("/")[2] for line in lock.conda_packages]
    assert {"greeting-2.0-0.conda", "words-1.0-0.conda", "iniconfig-2.0.0-0.conda"} <= set(files)
    assert all(len(line.partition("#sha256=")[2]) == 64 for line in lock.conda_packages)
    of_pip = locked_versions(lock.requirement_lines)
    assert (of_pip["sniffio"], "iniconfig" in of_pip, "words" in of_pip) == ("1.3.0", False, False)

    own.add_module("words", "3.0", "WORD = 'newer'\n")
    own.index()
    built = session.environments.build_local("digits")
    installed = dict(built.installed)
    assert (built.kind, built.reused, installed["words"], installed["iniconfig"]) == ("conda", False, "1.0", "2.0.0")
    assert session.environments.build_local("digits").reused
    assert dict(session.environments.build_local("digits:1").installed)["words"] == "3.0"

    relocked = session.environments.lock("digits:1", upgrade=True)
    assert ("words", "1.0", "3.0") in relocked.changes
    own.add_module("words", "3.0", "WORD = 'changed'\n")
    own.index()
    shutil.rmtree(session.workspace.packages_directory)
    with pytest.raises(BuildError) as caught:
        session.environments.build_local(relocked.environment.label)
    assert caught.value.code == "hash-mismatch"


def test_what_is_newer_than_a_lock_in_both_halves(session: Session, own: Channel) -> None:
    conda = CondaDependencies(("greeting", "words<3", PipSection(("sniffio==1.3.0",))), (own.url,))
    session.environments.register(conda_environment("digits", conda))
    session.environments.lock("digits")
    before = session.environments.outdated("digits")
    assert "sniffio" in {row.name for row in before.packages}
    assert "conda" not in {row.manager for row in before.packages}

    own.add_module("words", "2.0", "")
    own.add_module("words", "3.0", "")
    own.add("words", "4.0", {"site-packages/words.py": ""}, depends=["python <3"])  # for no Python of ours
    own.index()
    found = session.environments.outdated("digits")
    assert found.checked == before.checked
    assert OutdatedPackage("words", "1.0", "2.0", "3.0", "conda") in found.packages
    assert [row.name for row in found.packages if row.manager == "conda"] == ["words"]
    (row,) = (line.split() for line in view_lines(describe(found, figures=True)) if line.split()[0] == "words")
    assert row == ["words", "conda", "1.0", "2.0", "3.0"]

    own.path("words-1.0-0").unlink()  # what is locked is gone from the channel
    own.index()
    assert OutdatedPackage("words", "1.0", "2.0", "3.0", "conda") in session.environments.outdated("digits").packages


def test_what_pip_asks_for_in_another_version_is_pips() -> None:
    provided = (("numpy", "1.26"), ("six", "1.16"), ("pip", "24.0"))
    assert left_to_conda(provided, ("NumPy<2", "six>=1.17", "--pre")) == ["numpy", "pip"]
