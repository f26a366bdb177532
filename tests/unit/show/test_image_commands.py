"""Verbs about images where no engine answers: what can be said and written all the same; prune asks first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.cells.arguments import parse_argv
from azml_magics.cells.grammar import get_verb
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.errors import AzmlError, CancelledError, DeclarationError, NotFoundError, ServiceError, ToolError
from azml_magics.images.bases import BaseList
from azml_magics.images.package import INCOMING, DockerfileReport, WrittenPackage
from azml_magics.prune.unused import Pruning
from azml_magics.session import Session
from azml_magics.show.call import Ask, Call
from azml_magics.show.commands import perform
from azml_magics.show.view import View

SCRIPT = EntryScript("score.py", "def init(): ...\ndef run(data): return data\n")
BASE = "local/base:1"


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A workspace on a machine without an engine."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    monkeypatch.delenv("AZML_BASE_IMAGE", raising=False)
    opened = Session(tmp_path / ".azml", working_directory=tmp_path)
    opened.declare(EnvironmentDraft("digits", image_source=ImageSource(image=BASE, apt=("git",))))
    opened.declare(SCRIPT)
    yield opened
    opened.workspace.close()


def say(session: Session, verb: str, *words: str, ask: Ask | None = None) -> object:
    return perform(Call(session, parse_argv(get_verb(verb), words), ask=ask))


def failure(session: Session, verb: str, *words: str) -> AzmlError:
    with pytest.raises(AzmlError) as caught:
        say(session, verb, *words)
    return caught.value


def keep(session: Session, deployment: Deployment) -> None:
    """Remember a service that is not running."""
    directory = session.workspace.service_directory(deployment.name)
    session.workspace.save_failed_service(deployment, directory, "it was never started")


def test_the_catalogue_needs_no_engine(session: Session) -> None:
    listed = say(session, "base list")
    assert isinstance(listed, BaseList)
    assert listed.problem
    assert len(listed.entries) > 20
    assert isinstance(failure(session, "base check", BASE), ToolError)
    assert isinstance(failure(session, "base build", "local/new:1", "--from", BASE), ToolError)
    assert failure(session, "strategies", "digits").code == "docker-unavailable"


def test_the_dockerfile_of_an_environment(session: Session) -> None:
    report = say(session, "environment dockerfile", "digits")
    assert isinstance(report, DockerfileReport)
    assert report.text.startswith("FROM local/base:1\n")
    assert "apt-get install" in report.text
    assert (report.base, report.is_base_known) == (BASE, False)
    assert failure(session, "environment dockerfile", "digist").remedy == "did you mean digits?"
    assert failure(session, "environment dockerfile", "digits", "--base", "local/b:1").code == "exclusive-options"
    session.declare(EnvironmentDraft("plain"))
    plain = say(session, "environment dockerfile", "plain", "--base", "local/b:1")
    assert isinstance(plain, DockerfileReport)
    assert plain.text.startswith("FROM local/b:1\n")


def test_a_package_of_something_that_was_never_deployed(session: Session, tmp_path: Path) -> None:
    words = ("digits", "--environment", "digits", "--entry-script", "score.py", "--output", "out")
    written = say(session, "package", *words)
    assert isinstance(written, WrittenPackage)
    assert written.directory == tmp_path / "out"
    assert (tmp_path / "out" / "Dockerfile").read_text().startswith("FROM local/base:1\n")
    assert failure(session, "package", *words).code == "output-not-empty"
    (session.working_directory / f"{INCOMING}killed").mkdir()
    assert isinstance(say(session, "package", *words, "--overwrite"), WrittenPackage)
    assert not list(session.working_directory.glob(f"{INCOMING}*"))
    (session.working_directory / "file").touch()
    refused = failure(session, "package", *words[:5], "--output", "file/below")
    assert refused.code == "directory-not-written"
    assert failure(session, "package", "digits", "--output", "other").code == "unknown-service"
    assert failure(session, "package", "digits", "--output", "other", "--environment", "digits").code == (
        "missing-argument"
    )
    assert isinstance(failure(session, "package", *words[:5], "--image", "local/digits:1"), ToolError)


def test_a_package_of_a_service_is_what_was_deployed(session: Session, tmp_path: Path) -> None:
    request = DeployRequest("digits", "score.py", environment="digits", engine="docker")
    keep(session, session.define(request))
    session.declare(EntryScript("score.py", "def init(): ...\ndef run(data): return 'new'\n"))
    say(session, "package", "digits", "--output", "same")
    assert (tmp_path / "same" / "app" / "score.py").read_text() == SCRIPT.source
    say(session, "package", "digits", "--output", "changed", "--env", "A=1")
    assert "'new'" in (tmp_path / "changed" / "app" / "score.py").read_text()
    assert "ENV A=1" in (tmp_path / "changed" / "Dockerfile").read_text()


def test_a_package_of_a_service_that_ran_as_a_process(session: Session, tmp_path: Path) -> None:
    keep(session, Deployment("digits", SCRIPT, Environment("e", "3.12")))
    say(session, "package", "digits", "--output", "out")
    text = (tmp_path / "out" / "Dockerfile").read_text()
    assert text.startswith("FROM mcr.microsoft.com/azureml/minimal-py312-inference")
    keep(session, Deployment("other", SCRIPT, use_current_python=True))
    assert failure(session, "package", "other", "--output", "none").code == "package-environment"


def test_updates_need_to_know_what_was_asked_for(session: Session) -> None:
    assert isinstance(failure(session, "update", "digits"), NotFoundError)
    keep(session, Deployment("digits", SCRIPT, Environment("e")))
    error = failure(session, "update", "digits", "--workers", "2")
    assert isinstance(error, ServiceError)
    assert error.code == "request-unknown"


@pytest.fixture
def unused(session: Session) -> Path:
    """A virtual environment that no service uses."""
    directory = session.workspace.packages_directory / "venvs" / "abc"
    directory.mkdir(parents=True)
    (directory / "file").write_bytes(bytes(10_000))
    return directory


def test_prune_lists_and_asks(session: Session, unused: Path) -> None:
    found = say(session, "prune", "--dry-run")
    assert isinstance(found, Pruning)
    assert [item.path for item in found.unused] == [unused]
    assert unused.exists()
    error = failure(session, "prune")
    assert isinstance(error, DeclarationError)
    assert (error.code, error.remedy.split()[:2]) == ("cannot-ask", ["add", "--yes"])
    asked: list[tuple[View, str]] = []

    def refuse(view: View, question: str) -> bool:
        asked.append((view, question))
        return False

    with pytest.raises(CancelledError, match="nothing was removed"):
        say(session, "prune", ask=refuse)
    ((view, question),) = asked
    assert question.startswith("Remove 1 thing (")
    assert view.table is not None
    assert unused.exists()


@pytest.mark.parametrize("words", [(), ("--yes",)])
def test_prune_removes_when_told(words: tuple[str, ...], session: Session, unused: Path) -> None:
    done = say(session, "prune", *words, ask=lambda view, question: True)
    assert isinstance(done, Pruning)
    assert [item.path for item in done.removed] == [unused]
    assert not unused.exists()
    again = say(session, "prune")
    assert isinstance(again, Pruning)
    assert again.unused == ()
