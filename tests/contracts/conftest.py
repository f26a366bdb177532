"""One workspace a variant for all contract tests, so that the recorded packages are installed once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.image_source import PackagesStrategy
from azml_magics.engines import ENGINES
from azml_magics.events import discard
from azml_magics.images.bases import build_base
from azml_magics.session import Session
from tests.contracts.recorded import REQUIREMENTS
from tests.docker.conftest import SUITES, MakeImage, docker_engine, inference_base, inference_base_of, plain_image

__all__ = ["docker_engine", "inference_base", "inference_base_of", "plain_image"]

#: Every engine runs the same suite, the docker engine once for each way to add packages.
STRATEGIES: tuple[PackagesStrategy, ...] = ("dynamic", "mount", "bake")
VARIANTS = {
    **{name: (name, None) for name in ENGINES if name != "docker"},
    **{f"docker-{strategy}": ("docker", strategy) for strategy in STRATEGIES},
}


#: The Pythons that containers can be tried with: a Debian release has one.
SUITE_OF_PYTHON = {python: suite for suite, python in SUITES.items()}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out containers with a Python that no Debian release has; pytest counts them as deselected."""
    impossible = []
    for item in items:
        parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if "python" in parameters and str(parameters.get("variant", "")).startswith("docker"):
            impossible += [item] if parameters["python"] not in SUITE_OF_PYTHON else []
    config.hook.pytest_deselected(items=impossible)
    items[:] = [item for item in items if item not in impossible]


class VariantSession(Session):
    """A session whose deployments name no image and no strategy themselves, but get those of the variant."""

    def __init__(self, folder: Path, image: str, strategy: PackagesStrategy) -> None:
        super().__init__(folder / ".azml", working_directory=folder)
        self._image, self._strategy = image, strategy

    def define(self, request: DeployRequest) -> Deployment:
        return super().define(dataclasses.replace(request, image=request.image or self._image, packages=self._strategy))

    def another(self) -> VariantSession:
        return VariantSession(self.working_directory, self._image, self._strategy)

    def options(self) -> dict[str, str]:
        """What the command line needs to deploy the same."""
        return {"image": self._image, "packages": self._strategy}


def another(session: Session) -> Session:
    """A session like that one with declarations of its own."""
    if isinstance(session, VariantSession):
        return session.another()
    return Session(session.workspace.root, working_directory=session.working_directory)


@pytest.fixture(scope="session", params=sorted(VARIANTS))
def variant(request: pytest.FixtureRequest) -> str:
    """An engine, and for containers how they get their packages."""
    return str(request.param)


@pytest.fixture(scope="session")
def engine(variant: str) -> str:
    """The name of the variant's engine."""
    return VARIANTS[variant][0]


@pytest.fixture(scope="session")
def contract_folder(variant: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the workspace and the recorded requirements live."""
    folder = tmp_path_factory.mktemp(f"contract-{variant}")
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    return folder


@pytest.fixture(scope="session")
def session(variant: str, contract_folder: Path, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session whose services are all ended at the end."""
    strategy = VARIANTS[variant][1]
    opened = Session(contract_folder / ".azml", working_directory=contract_folder)
    if strategy is not None:
        request.getfixturevalue("docker_engine")
        image = request.getfixturevalue("inference_base")
        if strategy == "dynamic":
            # With the recorded packages inside: what every start would install once more takes half a minute.
            image = _base_with_recorded_packages(opened, request.getfixturevalue("plain_image"))
        opened = VariantSession(contract_folder, image, strategy)
    yield opened
    for report in opened.services():
        if report.state == "running":
            opened.stop(report.name)


def _base_with_recorded_packages(session: Session, plain_image: MakeImage) -> str:
    name = "local/azml-recorded-packages"
    build_base(
        session.workspace,
        name,
        base=plain_image("bookworm"),
        requirements=REQUIREMENTS.splitlines(),
        emit=discard,
        cancel=Cancel(),
    )
    return name
