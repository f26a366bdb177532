"""Environments as Azure's v2 ``environment.yml`` with what lies beside it: read, and written whole or not at all.

What else is done than in Azure is in docs/decisions/0009-v2-files.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.assets.directories import Content, write_directory
from azml_magics.assets.environment_files import SavedEnvironment
from azml_magics.definitions.codecs.azure_v1 import plain_conda
from azml_magics.definitions.codecs.azure_v2 import named_at
from azml_magics.definitions.codecs.azure_v2_environment import (
    USUAL_ROUTES,
    BuildContext,
    EnvironmentFile,
    read_environment_yaml,
    render_environment_yaml,
)
from azml_magics.definitions.codecs.conda_yaml import read_conda_yaml, read_pip_lines, render_conda_yaml
from azml_magics.definitions.conda_dependencies import CondaDependencies, drop_credentials
from azml_magics.definitions.dockerfile_text import check_dockerfile
from azml_magics.definitions.environment import Environment, conda_environment, holds_credentials
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import local_projects
from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place
from azml_magics.system.files import read_text

if TYPE_CHECKING:
    from azml_magics.workspace.workspace import Workspace

ENVIRONMENT_FILE = "environment.yml"
CONDA_FILE = "conda.yml"
BUILD_FOLDER = "build"


@dataclass(frozen=True)
class WrittenEnvironment:
    """``file`` is what ``environment.yml`` says; ``files`` are what lies beside it, by their names there."""

    file: EnvironmentFile
    files: Mapping[str, Content] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def load_environment_file(path: Path) -> tuple[Environment, tuple[Finding, ...]]:
    """The environment that the file at ``path`` describes, not registered, and what is doubtful about it.

    Raises ``NotFoundError`` for files and folders that are not there, ``DeclarationError``.
    """
    read = read_environment_yaml(
        read_text(path, what="environment file", code="environment-file-missing"), source=path.name
    )
    assert read.name is not None
    return environment_of(read, path.parent, read.name), read.findings


def environment_of(read: EnvironmentFile, folder: Path, name: str) -> Environment:
    """The environment ``name`` that a file in ``folder`` describes.

    An image without packages of its own is taken as it is. Raises as :func:`load_environment_file`.
    """
    conda, lines = read.conda, None
    if read.conda_file is not None:
        with named_at(read.places.get("conda_file")):
            text = read_text(folder / read.conda_file, what="conda file", code="conda-file-missing")
        conda = read_conda_yaml(text, source=read.conda_file)
        lines = read_pip_lines(text, source=read.conda_file)
    with named_at(read.places.get("build")):
        image = ImageSource(read.image, user_managed=conda is None)
        source = _build_source(read.build, folder) if read.build else image
    tell: dict[str, object] = {"image_source": source, "description": read.description, "tags": read.tags}
    if conda is None:
        return replace(Environment(name), **tell)  # type: ignore[arg-type]
    found = conda_environment(name, conda, lines=lines, **tell)
    # What is written for an environment without conda packages is none: ours come back as they were.
    plain = replace(found, conda=None)
    return plain if plain_conda(plain) == conda else found


def save_environment_file(
    environment: Environment, directory: Path, workspace: Workspace, *, overwrite: bool = False
) -> SavedEnvironment:
    """Write ``environment.yml`` and what it names into ``directory``; see :func:`write_directory`."""
    written = v2_environment(environment, workspace)
    files: dict[str, Content] = {ENVIRONMENT_FILE: render_environment_yaml(written.file).encode(), **written.files}
    write_directory(directory, files, marker=ENVIRONMENT_FILE, overwrite=overwrite)
    return SavedEnvironment(environment, directory, tuple(files), written.findings)


def v2_environment(
    environment: Environment, workspace: Workspace, *, base_image: str | None = None, extra: tuple[str, ...] = ()
) -> WrittenEnvironment:
    """``environment`` as Azure's v2 describes one (AZUREML.md 4.4).

    An image with packages becomes image and conda file; what only a build can give becomes a folder to build from.
    ``base_image`` is what it is made from when it names none itself; ``extra`` are requirements to add. Raises
    ``DeclarationError`` (``no-base-image``), and ``BuildError`` for files to copy that are not there.
    """
    source = environment.image_source
    about = EnvironmentFile(
        environment.name,
        None if environment.version is None else str(environment.version),
        description=environment.description,
        tags=environment.tags,
    )
    if source.needs_build:
        from azml_magics.assets.build_folder import build_folder

        files = {f"{BUILD_FOLDER}/{name}": content for name, content in build_folder(environment, workspace).items()}
        written = replace(about, build=BuildContext(BUILD_FOLDER))
        findings = _left_out(environment)
        if holds_credentials(Environment(environment.name, image_source=source)):
            message = "the Dockerfile shows the credentials in addresses that it holds"
            findings.append(_warning("credentials", message, "keep them in pip.conf or .netrc instead"))
        return WrittenEnvironment(written, files, tuple(findings))
    image = replace(about, image=_image(environment, base_image))
    findings = _left_out(environment)
    if source.site_packages is not None:
        remedy = "install them in a Dockerfile, or list them as requirements"
        findings.append(_warning("left-out", f"site-packages {source.site_packages} are in no file of v2", remedy))
    conda = None if source.user_managed else _with_extra(environment.conda or plain_conda(environment), extra)
    if conda is None:
        return WrittenEnvironment(replace(image, routes=USUAL_ROUTES), {}, tuple(findings))
    shown = _without_credentials(conda)
    if shown != conda:
        message = "credentials in addresses of package indexes and channels are left out"
        findings.append(_warning("credentials", message, "give them to Azure as a connection of the workspace"))
    local = local_projects(environment.requirements)
    if local:
        message = f"the files name files of this machine, which are nowhere else: {', '.join(local)}"
        findings.append(_warning("local-packages", message, "hand the wheels on as well, or publish them in an index"))
    files = {CONDA_FILE: render_conda_yaml(shown).encode()}
    return WrittenEnvironment(replace(image, conda_file=CONDA_FILE), files, tuple(findings))


def _build_source(build: BuildContext, folder: Path) -> ImageSource:
    context = (folder / build.path).resolve()
    if not context.is_dir():
        raise NotFoundError(
            f"build path {build.path!r} is no folder in {folder}",
            remedy="name the folder that holds the Dockerfile, relative to the file",
            code="build-folder-missing",
        )
    text = read_text(context / build.dockerfile_path, what="Dockerfile", code="dockerfile-missing")
    errors = [each for each in check_dockerfile(text, place=Place(build.dockerfile_path)) if each.severity == "error"]
    if errors:
        raise DeclarationError(f"{build.dockerfile_path} cannot be used", errors)
    return ImageSource(dockerfile=text.rstrip("\n") + "\n", context=str(context), user_managed=True)


def _image(environment: Environment, base_image: str | None) -> str:
    from azml_magics.plan.base_images import default_base_image

    named = environment.image_source.image or base_image or default_base_image(environment.python)
    if named is None:
        remedy = "name an image that has it: image: in the environment"
        finding = Finding("no-base-image", f"no prebuilt image has Python {environment.python}", remedy)
        raise DeclarationError(f"environment {environment.label} cannot be written as a file of Azure's v2", [finding])
    return named


def _with_extra(conda: CondaDependencies | None, extra: tuple[str, ...]) -> CondaDependencies | None:
    if not extra or conda is None:
        return conda
    from azml_magics.definitions.conda_edits import add_pip_package

    for requirement in extra:
        conda = add_pip_package(conda, requirement)
    return conda


def _without_credentials(conda: CondaDependencies) -> CondaDependencies:
    document = conda.document()
    shown = {
        key: [_open(item) for item in value] if isinstance(value, list) else value for key, value in document.items()
    }
    return CondaDependencies.from_document(shown)


def _open(item: object) -> object:
    if isinstance(item, Mapping):
        return {key: [_open(line) for line in lines] for key, lines in item.items()}
    return drop_credentials(str(item))


def _left_out(environment: Environment) -> list[Finding]:
    findings = []
    if environment.environment_variables:
        names = ", ".join(name for name, _ in environment.environment_variables)
        message = f"an environment of Azure's v2 has no variables: {names}"
        findings.append(_warning("left-out", message, "write them below environment_variables of the deployment"))
    if environment.lock is not None:
        findings.append(_warning("left-out", "Azure's v2 has no lock", "nothing: versions are chosen when it is built"))
    return findings


def _warning(code: str, message: str, remedy: str) -> Finding:
    return Finding(code, message, remedy, severity="warning")
