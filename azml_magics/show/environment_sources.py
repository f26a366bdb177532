"""The environment that a line of ``environment register`` or ``check`` means: declared, in files, made of something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.errors import Finding, NotFoundError
from azml_magics.show.call import Call

if TYPE_CHECKING:
    from azml_magics.definitions.environment import Environment

Meant = tuple["Environment", tuple[Finding, ...]]


def environment_meant(call: Call) -> Meant:
    """What ``environment register`` is told to register, and what is doubtful about it.

    Raises ``NotFoundError``, ``DeclarationError``.
    """
    from azml_magics.assets.environment_sources import (
        from_conda_specification,
        from_docker_image,
        from_dockerfile,
        from_existing_conda_environment,
        from_pip_requirements,
    )

    arguments = call.arguments
    if arguments.text("directory") is not None:
        return _called(environment_in_directory(call), call)
    if arguments.text("file") is not None:
        return _called(call.session.environments.load_file(Path(arguments.require_text("file"))), call)
    name = arguments.text("name") or arguments.text("named") or ""
    conda, pip = _path(call, "conda"), _path(call, "requirements")
    image, dockerfile, existing = (arguments.text(dest) for dest in ("image", "dockerfile", "conda_environment"))
    folder = call.session.working_directory
    if image is not None:
        return from_docker_image(name, image, conda_specification=conda, pip_requirements=pip), ()
    if dockerfile is not None:
        made = from_dockerfile(name, dockerfile, folder, conda_specification=conda, pip_requirements=pip)
        return made, ()
    if existing is not None:
        return from_existing_conda_environment(name, existing, folder), ()
    if conda is not None:
        return from_conda_specification(name, conda), ()
    if pip is not None:
        return from_pip_requirements(name, pip), ()
    return _declared(call, name), ()


def environment_in_directory(call: Call) -> Meant:
    """What the files in ``--directory`` say; where they only name an environment, that one."""
    from azml_magics.assets.environment_files import load_environment

    directory = _path(call, "directory")
    assert directory is not None
    read = load_environment(directory)
    if isinstance(read, str):
        return call.session.environments.get_named_in(directory, read), ()
    return read.environment, read.findings


def _called(meant: Meant, call: Call) -> Meant:
    """Under the name that the line gives it, if it gives one."""
    name = call.arguments.text("name") or call.arguments.text("named")
    environment, findings = meant
    return (environment, findings) if name is None else (replace(environment, name=name), findings)


def _declared(call: Call, name: str) -> Environment:
    found = call.session.declarations.environment(name)
    if found is None:
        raise NotFoundError(
            f"environment {name!r} is not declared in this session",
            remedy=f"declare it in a cell (%%environment {name}), or say what it is made of: -d DIR, --file FILE, "
            "--conda FILE, --conda-environment NAME, --requirements FILE, --image REF, --dockerfile FILE",
            code="unknown-environment",
        )
    return found


def _path(call: Call, dest: str) -> Path | None:
    written = call.arguments.text(dest)
    return None if written is None else call.session.working_directory / written
