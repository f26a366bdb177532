"""Private wheels: kept by content, known by content, really installed from where they are kept."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.assets.wheels import add_wheel as add_private_wheel
from azml_magics.build.packages import build_packages
from azml_magics.cancel import Cancel
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import AzmlError, BuildError
from azml_magics.events import discard
from azml_magics.plan.planner import plan_packages
from azml_magics.session import Session
from azml_magics.system.host import collect_host_facts
from tests.unit.build.wheelhouse import add_wheel, forget_settings


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No index: what is installed can only come from the workspace."""
    forget_settings(monkeypatch, tmp_path / "cache")
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def test_a_wheel_is_kept_once_and_named_by_its_content(session: Session, tmp_path: Path) -> None:
    made = add_wheel(tmp_path / "dist", "My.House", "1.0")
    line = session.environments.add_wheel(Path("dist", made.name))
    assert line.startswith("my-house @ file:///")
    assert "/wheels/" in line
    (kept,) = (path for path in (session.workspace.root / "wheels").glob("*/*.whl"))
    assert kept.read_bytes() == made.read_bytes()
    assert session.environments.add_wheel(made, exist_ok=True) == line
    with pytest.raises(AzmlError) as again:
        session.environments.add_wheel(made)
    assert (again.value.code, "--exist-ok" in again.value.remedy) == ("wheel-exists", True)
    other = add_wheel(tmp_path / "dist", "My.House", "1.0", files={"more.py": ""})
    assert session.environments.add_wheel(other) != line  # changed content is another wheel
    assert len(list((session.workspace.root / "wheels").glob("*/*.whl"))) == 2


@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        ("house.whl", b"", "invalid-wheel", "NAME-VERSION-PYTHON-ABI-PLATFORM.whl"),
        ("house-1.0.tar.gz", b"", "invalid-wheel", "NAME-VERSION-PYTHON-ABI-PLATFORM.whl"),
        ("house-1.0-py3-none-any.whl", b"no zip", "invalid-wheel", "ZIP"),
        ("house-1.0-py3-none-any.whl", b"PK\x05\x06" + bytes(18), "invalid-wheel", "dist-info"),
        ("house-1.0-py3-none-any.whl", None, "wheel-missing", "does not exist"),
    ],
)
def test_what_is_no_wheel(
    session: Session, tmp_path: Path, name: str, content: bytes | None, code: str, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(AzmlError) as caught:
        session.environments.add_wheel(Path(name))
    assert caught.value.code == code
    assert told in "\n".join(caught.value.lines())
    assert not (session.workspace.root / "wheels").exists()


def test_the_definition_depends_on_the_content_and_not_on_the_place(session: Session, tmp_path: Path) -> None:
    made = add_wheel(tmp_path / "dist", "house", "1.0")
    line = session.environments.add_wheel(made)
    elsewhere = Session(tmp_path / "else where" / ".azml", working_directory=tmp_path)
    there = elsewhere.environments.add_wheel(made)
    assert "else%20where" in there
    environment = Environment("e", requirements=parse_requirements(line))
    assert environment.digest() == replace(environment, requirements=parse_requirements(there)).digest()
    conda = [conda_environment("c", CondaDependencies((PipSection((text,)),))) for text in (line, there)]
    assert conda[0].digest() == conda[1].digest()
    changed = add_wheel(tmp_path / "dist", "house", "1.0", files={"more.py": ""})
    new = parse_requirements(session.environments.add_wheel(changed))
    assert environment.digest() != replace(environment, requirements=new).digest()
    registered = session.environments.register(environment)
    assert session.environments.register(replace(environment, requirements=parse_requirements(there))) == replace(
        registered, requirements=parse_requirements(there)
    )
    elsewhere.workspace.close()


def test_it_is_installed_into_a_virtual_environment(session: Session, tmp_path: Path) -> None:
    made = add_wheel(tmp_path / "in here", "house", "1.0")
    wheel = add_private_wheel(session.workspace, made)
    assert (wheel.project, wheel.version, wheel.file) == ("house", "1.0", made.name)
    shutil.rmtree(tmp_path / "in here")
    environment = Environment("e", requirements=parse_requirements(wheel.requirement))
    packages = plan_packages(environment, collect_host_facts(), with_server=False)
    artifact = build_packages(packages, session.workspace.packages_directory, emit=discard, cancel=Cancel())
    printed = subprocess.run(
        [artifact.python, "-c", "import house; print(house.VERSION)"], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "1.0\n"


def test_one_that_was_changed_on_the_disk_is_not_installed(session: Session, tmp_path: Path) -> None:
    made = add_wheel(tmp_path, "house", "1.0")
    line = session.environments.add_wheel(made)
    (kept,) = (session.workspace.root / "wheels").glob("*/*.whl")
    kept.chmod(0o600)
    kept.write_bytes(add_wheel(tmp_path, "house", "1.0", files={"other.py": ""}).read_bytes())
    environment = Environment("e", requirements=parse_requirements(line))
    packages = plan_packages(environment, collect_host_facts(), with_server=False)
    with pytest.raises(BuildError) as caught:
        build_packages(packages, session.workspace.packages_directory, emit=discard, cancel=Cancel())
    assert "hash" in "\n".join([caught.value.brief, *caught.value.details]).lower()
