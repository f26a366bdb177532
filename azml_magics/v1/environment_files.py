"""Environments from files and into files, as the SDK's methods; reading and writing them is left to ``assets``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azml_magics.assets import environment_files, environment_sources
from azml_magics.definitions.azure_defaults import EXAMPLE_VARIABLE
from azml_magics.definitions.environment import Environment as Definition
from azml_magics.v1.checked import warn
from azml_magics.v1.exceptions import MissingPathException, raising_of_files

if TYPE_CHECKING:
    from azml_magics.v1.environment import Environment, EnvironmentReference
    from azml_magics.v1.sections import ContainerRegistry, DockerBuildContext


class EnvironmentFiles:
    """The part of :class:`~azml_magics.v1.environment.Environment` that deals with files."""

    @staticmethod
    def from_conda_specification(name: str, file_path: str) -> Environment:
        """With the packages of a conda specification; without a Python in it, any.

        Raises ``FileNotFoundError`` and ``UserErrorException``.
        """
        made = _made(lambda: environment_sources.from_conda_specification(name, Path(file_path)))
        packages = made.python.conda_dependencies
        if packages is None or packages.get_python_version() is None:
            warn(f"{file_path} names no Python: it gets the one of this machine that fits best")
        return made

    @staticmethod
    def from_pip_requirements(name: str, file_path: str, pip_version: str | None = None) -> Environment:
        """With the packages of a requirements text, in Azure's default Python.

        Raises ``FileNotFoundError`` and ``UserErrorException``.
        """
        with raising_of_files():
            read = environment_sources.from_pip_requirements(name, Path(file_path))
        return _with_default_python(name, read.requirements.canonical_lines(), pip_version)

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> Environment:
        """With the packages of a conda environment of this machine, by its name or its directory.

        Raises ``UserErrorException``; where there is no such environment, or no conda, a ``FileNotFoundError`` too.
        """
        return _made(
            lambda: environment_sources.from_existing_conda_environment(name, conda_environment_name, Path.cwd())
        )

    @staticmethod
    def from_dockerfile(
        name: str, dockerfile: Any, conda_specification: str | None = None, pip_requirements: str | None = None
    ) -> Environment:
        """With the image of a Dockerfile (text, path or file object); without packages of its own it has them all."""
        read = getattr(dockerfile, "read", None)
        text = str(read()) if callable(read) else str(dockerfile)
        return _made_of_image(
            lambda **files: environment_sources.from_dockerfile(name, text, Path.cwd(), **files),
            conda_specification,
            pip_requirements,
        )

    @staticmethod
    def from_docker_image(
        name: str,
        image: str,
        container_registry: ContainerRegistry | None = None,
        conda_specification: str | None = None,
        pip_requirements: str | None = None,
    ) -> Environment:
        """With an image that is there; without packages of its own it has them all."""
        registry = container_registry.address if container_registry is not None else None
        return _made_of_image(
            lambda **files: environment_sources.from_docker_image(name, image, registry=registry, **files),
            conda_specification,
            pip_requirements,
        )

    @staticmethod
    def from_docker_build_context(name: str, docker_build_context: DockerBuildContext) -> Environment:
        """With the image that a folder is built into; it holds all packages."""
        from azml_magics.v1.environment import Environment

        made = Environment(name)
        made.environment_variables = {}
        made.docker.base_image = None
        made.docker.build_context = docker_build_context
        made.python.user_managed_dependencies = True
        made.python.conda_dependencies = None
        return made

    @staticmethod
    def load_from_directory(path: str) -> Environment | EnvironmentReference:
        """The environment in a directory of Azure's files; a reference where they only name one.

        Raises ``FileNotFoundError`` and ``UserErrorException``.
        """
        from azml_magics.v1.environment import Environment, EnvironmentReference

        with raising_of_files():
            loaded = environment_files.load_environment(Path(path))
        if isinstance(loaded, str):
            name, _, version = loaded.partition(":")
            return EnvironmentReference(name, version or None)
        for finding in loaded.findings:
            warn("\n".join(finding.lines()))
        return Environment.of(loaded.environment)

    def save_to_directory(self, path: str, overwrite: bool = False) -> None:
        """Write Azure's files into ``path``, whole or not at all.

        Raises ``FileExistsError`` unless ``overwrite``; files that a former environment left there go.
        """
        with raising_of_files():
            environment_files.save_environment(self.definition(), Path(path), overwrite=overwrite)  # type: ignore[attr-defined]


def with_build_context(definition: Definition, context: object) -> Definition:
    """``definition`` with the Dockerfile and the folder that its build context names, where that is one of here."""
    location = getattr(context, "location", None)
    if not location or not Path(location).is_dir():
        return definition
    file = Path(location) / (getattr(context, "dockerfile_path", None) or "Dockerfile")
    if not file.is_file():
        raise MissingPathException(f"the build context has no {file}", remedy="dockerfile_path names it")
    text = file.read_text(encoding="utf-8")
    source = replace(definition.image_source, image=None, dockerfile=text, context=str(location))
    return replace(definition, image_source=source)


def with_parts_of(definition: Definition, former: Definition) -> Definition:
    """``definition`` with what ``former`` says and Azure's objects have no place for, but its lock, which is void."""
    old, source = former.image_source, definition.image_source
    kept = replace(
        source,
        apt=old.apt,
        steps_before=old.steps_before,
        steps_after=old.steps_after,
        context=source.context or (old.context if source.dockerfile == old.dockerfile else None),
        site_packages=old.site_packages,
        packages=old.packages,
    )
    return replace(definition, image_source=kept, description=former.description, tags=former.tags)


def _made(make: Callable[[], Definition]) -> Environment:
    """What ``make`` gives, as an object, with the variable that Azure puts into every one."""
    from azml_magics.v1.environment import Environment

    with raising_of_files():
        made = Environment.of(make())
    made.environment_variables = dict([EXAMPLE_VARIABLE])
    return made


def _with_default_python(name: str, lines: Sequence[str], pip_version: str | None) -> Environment:
    """Azure's default environment with these lines instead of its own."""
    from azml_magics.v1.conda_dependencies import CondaDependencies
    from azml_magics.v1.environment import Environment

    made, packages = Environment(name), CondaDependencies()
    packages.add_conda_package("pip" if pip_version is None else f"pip={pip_version}")
    packages.set_pip_requirements(lines)
    made.python.conda_dependencies = packages
    return made


def _made_of_image(
    make: Callable[..., Definition], conda_specification: str | None, pip_requirements: str | None
) -> Environment:
    conda = None if conda_specification is None else Path(conda_specification)
    pip = None if pip_requirements is None else Path(pip_requirements)
    made = _made(lambda: make(conda_specification=conda, pip_requirements=pip))
    if pip is not None and conda is None:
        lines = [] if made.python.conda_dependencies is None else made.python.conda_dependencies.pip_packages
        made.python.conda_dependencies = _with_default_python(made.name, lines, None).python.conda_dependencies
    return made
