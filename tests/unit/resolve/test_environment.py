"""What an environment, its image and its strategy mean for one deployment."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource, PackagesStrategy
from azml_magics.errors import AzmlError, DeclarationError
from azml_magics.resolve.deployment import resolve_deployment
from azml_magics.resolve.environment import BASE_IMAGE_VARIABLE
from azml_magics.workspace.workspace import open_workspace

COPYING = "FROM local/base:1\nCOPY code /var/azureml-app\n"


@pytest.fixture(autouse=True)
def _no_usual_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(BASE_IMAGE_VARIABLE, raising=False)


def resolved(folder: Path, *declared: EnvironmentDraft | DockerfileText, **request: object) -> Deployment:
    declarations = Declarations()
    for value in (*declared, EntryScript("score.py", "def init(): ...\n")):
        declarations.declare(value)
    fields = {"environment": "e", "engine": "docker", **request}
    return resolve_deployment(
        DeployRequest("digits", "score.py", **fields),  # type: ignore[arg-type]  # as each test gives them
        declarations,
        open_workspace(folder / ".azml", start=folder),
        folder,
    )


def refused(folder: Path, *declared: EnvironmentDraft | DockerfileText, **request: object) -> AzmlError:
    with pytest.raises(AzmlError) as caught:
        resolved(folder, *declared, **request)
    return caught.value


def draft(dockerfile: str | None = None, python: str | None = None, **source: object) -> EnvironmentDraft:
    image_source = ImageSource(**source)  # type: ignore[arg-type]  # as each test gives them
    return EnvironmentDraft("e", python, image_source=image_source, dockerfile=dockerfile)


def test_the_environments_image_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BASE_IMAGE_VARIABLE, "local/usual:1")
    assert resolved(tmp_path, draft(image="local/own:1")).base_image == "local/own:1"
    assert resolved(tmp_path, draft(), image="local/asked:1").base_image == "local/asked:1"
    assert resolved(tmp_path, draft()).base_image == "local/usual:1"


def test_a_prebuilt_image_is_usual(tmp_path: Path) -> None:
    image = resolved(tmp_path, draft(python="3.12")).base_image
    assert image is not None
    assert image.startswith("mcr.microsoft.com/azureml/minimal-py312-inference")
    error = refused(tmp_path, draft(python="3.10"))
    assert (error.code, "AZML_BASE_IMAGE" in error.remedy) == ("no-base-image", True)


def test_where_no_base_image_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BASE_IMAGE_VARIABLE, "local/usual:1")
    assert resolved(tmp_path, draft(dockerfile="d"), DockerfileText("d", "FROM a:1\n")).base_image is None
    assert resolved(tmp_path, draft(image="local/own:1"), engine="process").base_image is None


def test_an_image_alone(tmp_path: Path) -> None:
    deployment = resolved(tmp_path, environment=None, image="local/own:1")
    assert (deployment.environment, deployment.base_image) == (None, "local/own:1")
    assert not deployment.use_current_python
    assert refused(tmp_path, environment=None).code == "missing-argument"
    assert refused(tmp_path, environment=None, image="local/own:1", engine="process").code == "missing-argument"


@pytest.mark.parametrize(
    ("stated", "asked", "strategy"),
    [("auto", None, "auto"), ("auto", "mount", "mount"), ("bake", None, "bake"), ("bake", "bake", "bake")],
)
def test_strategies(stated: PackagesStrategy, asked: str | None, strategy: str, tmp_path: Path) -> None:
    assert resolved(tmp_path, draft(image="a:1", packages=stated), packages=asked).packages == strategy


def test_what_contradicts_the_environment_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, draft(image="a:1", packages="bake"), packages="mount")
    assert isinstance(error, DeclarationError)
    assert error.findings[0].message == "environment 'e' says packages: bake, --packages asks for mount"
    error = refused(tmp_path, draft(image="a:1"), image="b:1")
    assert error.remedy == "leave --image out, or take it out of the environment"
    assert resolved(tmp_path, draft(image="a:1"), image="a:1").base_image == "a:1"
    error = refused(tmp_path, draft(dockerfile="d"), DockerfileText("d", "FROM a:1\n"), image="b:1")
    assert isinstance(error, DeclarationError)
    assert error.findings[0].message == "environment 'e' has a Dockerfile, --image asks for b:1"


def image_source(deployment: Deployment) -> ImageSource:
    assert deployment.environment is not None
    return deployment.environment.image_source


def test_directories_start_at_the_notebooks_folder(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "venv").mkdir()
    given = draft(dockerfile="d", context="code", site_packages="venv")
    source = image_source(resolved(tmp_path, given, DockerfileText("d", COPYING)))
    assert (source.context, source.site_packages) == (str(tmp_path / "code"), str(tmp_path / "venv"))
    assert refused(tmp_path, draft(image="a:1", site_packages="none")).code == "site-packages-missing"
    missing = draft(dockerfile="d", context="none")
    assert refused(tmp_path, missing, DockerfileText("d", COPYING)).code == "context-missing"


def test_what_is_copied_without_a_context_lies_beside_the_notebook(tmp_path: Path) -> None:
    copying = image_source(resolved(tmp_path, draft(dockerfile="d"), DockerfileText("d", COPYING)))
    assert copying.context == str(tmp_path)
    steps = image_source(resolved(tmp_path, draft(image="a:1", steps_after=("COPY code /var/azureml-app",))))
    assert steps.context == str(tmp_path)
    assert image_source(resolved(tmp_path, draft(image="a:1", steps_after=("ENV A=1",)))).context is None
