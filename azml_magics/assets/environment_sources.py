"""Environments made from what is there already: specifications, lists, conda environments, Dockerfiles, images."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from azml_magics.definitions.azure_defaults import PROJECT_NAME
from azml_magics.definitions.codecs.conda_yaml import read_conda_yaml, read_pip_lines
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.dockerfile_text import check_dockerfile, parse_dockerfile, reads_context
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_source import ImageSource, check_image
from azml_magics.definitions.requirements import ReadFile, Requirements, parse_requirement_lines, parse_requirements
from azml_magics.errors import DeclarationError, Finding, Place
from azml_magics.system.conda_environments import (
    export_conda_environment,
    is_conda_environment,
    read_conda_environment,
)
from azml_magics.system.files import read_text

#: How a text of a Dockerfile begins; anything else is a path.
_DOCKERFILE_TEXT = re.compile(r"\s*(?:#|FROM\s|ARG\s)", re.IGNORECASE)
_NESTED = re.compile(r"(?:-r|--requirement)[\s=]*(?P<file>\S+)\s*")


def from_conda_specification(name: str, path: Path) -> Environment:
    """From a file that conda would make an environment of; lists it includes (``-r FILE``) are read as well.

    Raises ``NotFoundError`` (``conda-specification-missing``), ``DeclarationError``.
    """
    text = read_text(path, what="conda specification", code="conda-specification-missing")
    conda = read_conda_yaml(text, source=str(path))
    lines = read_pip_lines(text, source=str(path))
    # All of it at once, so that every fault is told where it stands.
    parse_requirement_lines(lines, read_file=_reader_beside(path))
    whole = _with_nested(conda, path)
    return conda_environment(name, whole, lines=lines if whole is conda else None)


def from_pip_requirements(name: str, path: Path, *, pip_version: str | None = None) -> Environment:
    """From a requirements text; comments and empty lines are not part of the environment.

    With ``pip_version`` that pip is in the environment too. Raises ``NotFoundError`` (``requirements-file-missing``),
    ``DeclarationError``.
    """
    requirements = _read_requirements(path)
    if pip_version is None:
        return Environment(name, requirements=requirements)
    pip = (f"pip={pip_version}", PipSection(requirements.canonical_lines()))
    return conda_environment(name, CondaDependencies(pip, ("conda-forge",), PROJECT_NAME))


def from_existing_conda_environment(name: str, existing: str, folder: Path) -> Environment:
    """With the packages of a conda environment of this machine, by its name, or its directory from ``folder``.

    Named, it is exported by the conda program; of a directory the records are read, without any program. Raises
    ``ToolError`` (``conda-missing``, ``conda-failed``), ``NotFoundError``.
    """
    directory = folder.absolute() / Path(existing).expanduser()
    is_path = "/" in existing or is_conda_environment(directory)
    conda = read_conda_environment(directory) if is_path else export_conda_environment(existing)
    return conda_environment(name, conda)


def from_dockerfile(
    name: str,
    dockerfile: str,
    folder: Path,
    *,
    conda_specification: Path | None = None,
    pip_requirements: Path | None = None,
) -> Environment:
    """From a Dockerfile, as text or as a path from ``folder``; without packages of its own the image has them all.

    Raises ``NotFoundError`` (``dockerfile-missing``), ``DeclarationError`` (``exclusive-options`` for both lists, and
    for what is wrong with it).
    """
    place = Place("Dockerfile")
    if _DOCKERFILE_TEXT.match(dockerfile) or "\n" in dockerfile:
        source = ImageSource(dockerfile=dockerfile)
    else:
        path = folder / dockerfile
        text = read_text(path, what="Dockerfile", code="dockerfile-missing")
        context = str(path.parent) if reads_context(parse_dockerfile(text)) else None
        source = ImageSource(dockerfile=text, context=context)
        place = Place(str(path))
    found = check_dockerfile(source.dockerfile or "", place=place)
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        raise DeclarationError(f"environment {name!r} was not made", errors)
    return _with_packages(name, source, conda_specification, pip_requirements)


def from_docker_image(
    name: str,
    image: str,
    *,
    registry: str | None = None,
    conda_specification: Path | None = None,
    pip_requirements: Path | None = None,
) -> Environment:
    """From an image, of ``registry`` where that is given; without packages of its own the image has them all.

    Raises ``DeclarationError`` (``invalid-image``; ``exclusive-options`` for both lists).
    """
    reference = f"{registry}/{image}" if registry and not image.startswith(f"{registry}/") else image
    errors = [finding for finding in check_image(reference) if finding.severity == "error"]
    if errors:
        raise DeclarationError(f"environment {name!r} was not made", errors)
    return _with_packages(name, ImageSource(image=reference), conda_specification, pip_requirements)


def _with_packages(name: str, source: ImageSource, conda: Path | None, pip: Path | None) -> Environment:
    if conda is not None and pip is not None:
        message = "a conda specification and pip requirements exclude each other"
        finding = Finding("exclusive-options", message, "put the requirements into the specification, below '- pip:'")
        raise DeclarationError(f"environment {name!r} was not made", [finding])
    if conda is not None:
        return replace(from_conda_specification(name, conda), image_source=source)
    if pip is not None:
        return replace(from_pip_requirements(name, pip), image_source=source)
    return Environment(name, image_source=replace(source, user_managed=True))


def _read_requirements(path: Path) -> Requirements:
    requirements = parse_requirements(
        read_text(path, what="requirements file", code="requirements-file-missing"),
        place=Place(str(path)),
        read_file=_reader_beside(path),
    )
    return requirements.located(path.parent.absolute())


def _reader_beside(path: Path) -> ReadFile:
    return lambda written: (path.parent / written).read_text(encoding="utf-8-sig")


def _with_nested(conda: CondaDependencies, path: Path) -> CondaDependencies:
    """With the lines of the lists that the pip section includes in their place: it has to stand for itself."""
    lines: list[str] = []
    for line in conda.pip_lines:
        nested = _NESTED.fullmatch(line)
        lines += [line] if nested is None else _read_requirements(path.parent / nested["file"]).canonical_lines()
    if tuple(lines) == conda.pip_lines:
        return conda
    dependencies = [PipSection(tuple(lines)) if isinstance(item, PipSection) else item for item in conda.dependencies]
    return replace(conda, dependencies=tuple(dependencies))
