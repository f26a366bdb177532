"""Which builder makes an image: what the docker command lines on PATH offer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.build.buildkit import docker_programs, find_buildkit
from azml_magics.containers.connection import Connection
from azml_magics.errors import ToolError
from tests.docker.building import Workshop
from tests.docker.conftest import MakeImage

#: A docker command line of a release that has BuildKit as a plugin, without the plugin.
NEW_WITHOUT_PLUGIN = (
    '#!/bin/sh\n[ "$1" = --version ] && echo "Docker version 28.2.2, build e6534b4" && exit 0\nexit 1\n'
)
TOO_OLD = '#!/bin/sh\n[ "$1" = --version ] && echo "Docker version 18.06.1-ce, build e68fc7a" && exit 0\nexit 1\n'
#: Something else of that name, as the tray icon of KDE was called once.
ANOTHER = "#!/bin/sh\necho docked\n"


@pytest.fixture
def workshop(docker_engine: Connection) -> Iterator[Workshop]:
    workshop = Workshop(docker_engine, "auto")
    try:
        yield workshop
    finally:
        workshop.clean_up()


def program(folder: Path, text: str) -> str:
    folder.mkdir()
    (folder / "docker").write_text(text)
    (folder / "docker").chmod(0o755)
    return str(folder)


def test_without_buildkit_the_engine_builds_itself(
    workshop: Workshop, plain_image: MakeImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"new": NEW_WITHOUT_PLUGIN, "old": TOO_OLD, "other": ANOTHER}
    folders = [program(tmp_path / name, text) for name, text in texts.items()]
    monkeypatch.setenv("PATH", ":".join([*folders, str(tmp_path / "absent")]))
    assert docker_programs() == [f"{folder}/docker" for folder in folders]
    workshop.build(f"FROM {plain_image('bookworm')}\nRUN echo {workshop.mark}\n")
    assert "with the engine's own builder" in workshop.output()
    workshop.builder = "buildkit"
    with pytest.raises(ToolError) as caught:
        workshop.build(f"FROM {plain_image('bookworm')}\n")
    assert caught.value.code == "buildkit-missing"
    assert f"{folders[0]}/docker" in caught.value.details[0]
    assert "buildx" in caught.value.remedy


def test_every_docker_on_path_is_looked_at(
    docker_engine: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_buildkit(docker_engine)
    assert found is not None
    monkeypatch.setenv("PATH", f"{program(tmp_path / 'new', NEW_WITHOUT_PLUGIN)}:{Path(found.path).parent}")
    again = find_buildkit(docker_engine)
    assert again is not None
    assert Path(again.path).resolve() == Path(found.path).resolve()


def test_the_same_program_under_two_names_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = program(tmp_path / "one", ANOTHER)
    (tmp_path / "two").symlink_to(first)
    monkeypatch.setenv("PATH", f"{tmp_path / 'two'}:{first}::")
    assert docker_programs() == [str(tmp_path / "two" / "docker")]
