"""Environments made from what is there already."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.image_source import ImageSource
from azml_magics.errors import AzmlError, DeclarationError, Place
from azml_magics.session import Session

SPECIFICATION = """\
# kept by nobody
name: from-file
channels: [conda-forge]
dependencies:
- python=3.10
- numpy=1.17.0
- pip=21.0
- pip:
  - -r more/requirements.txt
  - pillow
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "env" / "more").mkdir(parents=True)
    (tmp_path / "env" / "conda.yml").write_text(SPECIFICATION)
    (tmp_path / "env" / "more" / "requirements.txt").write_text("# all\n\nscipy==1.15.0\n-r others.txt\n")
    (tmp_path / "env" / "more" / "others.txt").write_text("joblib\n--find-links wheels\n")
    (tmp_path / "env" / "Dockerfile").write_text("FROM a\nCOPY code /code\n")
    (tmp_path / "env" / "plain.Dockerfile").write_text("FROM a\n")


def refused(code: str, call: object, *arguments: object, **options: object) -> AzmlError:
    with pytest.raises(AzmlError) as raised:
        call(*arguments, **options)  # type: ignore[operator]
    assert raised.value.code == code
    assert raised.value.remedy or isinstance(raised.value, DeclarationError)
    return raised.value


def test_a_conda_specification_with_the_lists_it_includes(session: Session, tmp_path: Path) -> None:
    made = session.environments.from_conda_specification("digits", Path("env/conda.yml"))
    lines = ("scipy==1.15.0", "joblib", f"--find-links {tmp_path / 'env' / 'more' / 'wheels'}", "pillow")
    assert made.conda == CondaDependencies(
        ("python=3.10", "numpy=1.17.0", "pip=21.0", PipSection(lines)), ("conda-forge",), "from-file"
    )
    assert (made.python, made.requirements.canonical_lines()) == ("3.10", lines)
    assert session.environments.register(made).label == "digits:1"


def test_faults_of_pips_lines_are_told_where_the_file_has_them(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "faulty.yml"
    path.write_text("dependencies:\n- python=3.11\n- pip:\n  - wheel # x\n  - '-e .'\n  - -r missing.txt\n")
    refusal = refused("unsupported-option", session.environments.from_conda_specification, "a", path)
    assert isinstance(refusal, DeclarationError)
    places = [finding.place for finding in refusal.findings]
    assert places == [Place(str(path), 5, 6, "  - '-e .'", 2), Place(str(path), 6, 5, "  - -r missing.txt", 14)]


def test_a_specification_without_lists_is_taken_as_it_is(session: Session, tmp_path: Path) -> None:
    (tmp_path / "nopy.yml").write_text("name: nopy\ndependencies:\n- numpy\n")
    made = session.environments.from_conda_specification("nopy", Path("nopy.yml"))
    assert (made.python, made.conda) == (None, CondaDependencies(("numpy",), name="nopy"))
    refused("conda-specification-missing", session.environments.from_conda_specification, "a", Path("env/conda.yaml"))


def test_pip_requirements(session: Session, tmp_path: Path) -> None:
    made = session.environments.from_pip_requirements("digits", Path("env/more/requirements.txt"))
    lines = ("scipy==1.15.0", "joblib", f"--find-links {tmp_path / 'env' / 'more' / 'wheels'}")
    assert (made.python, made.conda, made.requirements.canonical_lines()) == (None, None, lines)
    with_pip = session.environments.from_pip_requirements(
        "digits", Path("env/more/requirements.txt"), pip_version="22.1.2"
    )
    assert with_pip.conda == CondaDependencies(
        ("pip=22.1.2", PipSection(lines)), ("conda-forge",), "project_environment"
    )
    assert not with_pip.needs_conda
    refused("requirements-file-missing", session.environments.from_pip_requirements, "a", Path("requirements.txt"))


def test_a_dockerfile_by_path_or_as_text(session: Session, tmp_path: Path) -> None:
    from_dockerfile = session.environments.from_dockerfile
    by_path = from_dockerfile("a", "env/Dockerfile").image_source
    text = "FROM a\nCOPY code /code\n"
    assert by_path == ImageSource(dockerfile=text, context=str(tmp_path / "env"), user_managed=True)
    assert from_dockerfile("a", "env/plain.Dockerfile").image_source.context is None
    for written in ("FROM a\n", "from a", "# one\nFROM a", "ARG TAG\nFROM a:$TAG", "\n  FROM a"):
        assert from_dockerfile("a", written).image_source == ImageSource(dockerfile=written, user_managed=True)
    error = refused("dockerfile-missing", from_dockerfile, "a", "env/Dockerfil")
    assert error.remedy.startswith("did you mean Dockerfile")
    (tmp_path / "env" / "bad.Dockerfile").write_text("RUN x\n")
    error = refused("dockerfile-from", from_dockerfile, "a", "env/bad.Dockerfile")
    assert str(error.place) == f"{tmp_path / 'env' / 'bad.Dockerfile'}, line 1"
    refused("dockerfile-order", from_dockerfile, "a", "RUN a\nFROM b")


def test_packages_of_its_own(session: Session) -> None:
    environments = session.environments
    with_conda = environments.from_dockerfile("a", "FROM a", conda_specification=Path("env/conda.yml"))
    assert (with_conda.python, with_conda.image_source) == ("3.10", ImageSource(dockerfile="FROM a"))
    with_pip = environments.from_docker_image("a", "a:1", pip_requirements=Path("env/more/others.txt"))
    assert with_pip.image_source == ImageSource("a:1")
    assert with_pip.requirements.names() == {"joblib"}
    both = {"conda_specification": Path("env/conda.yml"), "pip_requirements": Path("env/more/others.txt")}
    refused("exclusive-options", environments.from_docker_image, "a", "a:1", **both)
    refused("exclusive-options", environments.from_dockerfile, "a", "FROM a", **both)


def test_an_image_and_its_registry(session: Session) -> None:
    from_image = session.environments.from_docker_image
    made = from_image("a", "team/base:1", registry="registry.example.org")
    assert made.image_source == ImageSource("registry.example.org/team/base:1", user_managed=True)
    assert from_image("a", "registry.example.org/team/base:1", registry="registry.example.org") == made
    refused("invalid-image", from_image, "a", "Team/Base:1")


def test_a_conda_environment_by_its_directory(session: Session, tmp_path: Path) -> None:
    records = tmp_path / "envs" / "vision" / "conda-meta"
    records.mkdir(parents=True)
    (records / "python-3.10.4-0.json").write_text('{"name": "python", "version": "3.10.4", "channel": "conda-forge"}')
    for written in ("envs/vision", str(tmp_path / "envs" / "vision")):
        made = session.environments.from_existing_conda_environment("digits", written)
        assert made.conda == CondaDependencies(("python=3.10.4",), ("conda-forge",), "vision")
        assert made.name == "digits"
    by_name_of_a_folder = Session(working_directory=tmp_path / "envs").environments
    assert by_name_of_a_folder.from_existing_conda_environment("digits", "vision").python == "3.10.4"
    refused("conda-environment-missing", session.environments.from_existing_conda_environment, "a", "envs/absent")
