"""AZUREML_EXTRA_* on a deployed service: what the images' start script does, with real packages."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import StartError
from azml_magics.session import Session

SCRIPT = "def init():\n    global extra\n    import azml_extra as extra\ndef run(d): return extra.__file__\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source directory with a script that needs a package found nowhere but in ``wheels``."""
    folder = tmp_path / "src"
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    (folder / "score.py").write_text(SCRIPT)
    with zipfile.ZipFile(wheels / "azml_extra-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("azml_extra.py", "")
        wheel.writestr("azml_extra-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: azml-extra\nVersion: 1.0\n")
        wheel.writestr(
            "azml_extra-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("azml_extra-1.0.dist-info/RECORD", "")
    library = folder / "library"
    library.mkdir()
    (library / "azml_extra.py").write_text("")
    (folder / "requirements-extra.txt").write_text("--no-index\n--find-links ./wheels\nazml-extra==1.0\n")
    return folder


def deploy(session: Session, engine: str, source: Path, **variables: str) -> str:
    session.deploy(
        DeployRequest(
            "extra",
            "score.py",
            requirements_file="requirements.txt",
            source_directory=str(source),
            environment_variables=tuple(variables.items()),
            engine=engine,
            skip_checks=True,
        )
    )
    try:
        answer = session.score("extra", ScoringRequest(b"{}")).json()
    finally:
        session.stop("extra")
    return str(answer)


def test_requirements_are_installed_beside_the_service(session: Session, engine: str, source: Path) -> None:
    found = deploy(session, engine, source, AZUREML_EXTRA_REQUIREMENTS_TXT="requirements-extra.txt")
    assert "extra-packages" in found


def test_the_caller_s_index_settings_reach_the_installer_and_not_the_script(
    session: Session, engine: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "requirements-extra.txt").write_text("azml-extra==1.0\n")
    (source / "score.py").write_text(
        "import os, azml_extra\ndef init(): pass\n"
        "def run(d): return [azml_extra.__file__, [n for n in os.environ if n.startswith(('UV_', 'PIP_', 'AZML_'))]]\n"
    )
    monkeypatch.setenv("PIP_FIND_LINKS", str(source / "wheels"))
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    found = deploy(session, engine, source, AZUREML_EXTRA_REQUIREMENTS_TXT="requirements-extra.txt")
    assert "extra-packages" in found
    assert found.endswith("[]]")


def test_a_library_path_wins_over_requirements(session: Session, engine: str, source: Path) -> None:
    found = deploy(
        session,
        engine,
        source,
        AZUREML_EXTRA_PYTHON_LIB_PATH="library",
        AZUREML_EXTRA_REQUIREMENTS_TXT="no-such-file.txt",
    )
    assert Path(found).parent.name == "library"


@pytest.mark.parametrize(
    ("variable", "value", "exit_code", "code"),
    [
        ("AZUREML_EXTRA_PYTHON_LIB_PATH", "nowhere", 97, "library-path-missing"),
        ("AZUREML_EXTRA_CONDA_YAML", "nowhere.yml", 98, "conda-file-missing"),
        ("AZUREML_EXTRA_REQUIREMENTS_TXT", "nowhere.txt", 99, "extra-requirements-missing"),
    ],
)
def test_what_is_missing_is_named(
    session: Session, engine: str, source: Path, variable: str, value: str, exit_code: int, code: str
) -> None:
    with pytest.raises(StartError) as caught:
        deploy(session, engine, source, **{variable: value})
    assert (caught.value.process_exit_code, caught.value.code) == (exit_code, code)
    assert variable in caught.value.brief


def test_packages_that_cannot_be_installed_end_with_95(session: Session, engine: str, source: Path) -> None:
    (source / "requirements-extra.txt").write_text("--no-index\nazml-no-such-package==1.0\n")
    with pytest.raises(StartError) as caught:
        deploy(session, engine, source, AZUREML_EXTRA_REQUIREMENTS_TXT="requirements-extra.txt")
    assert (caught.value.process_exit_code, caught.value.code) == (95, "extra-packages-failed")
    assert any("azml-no-such-package" in line for line in caught.value.log_tail)
