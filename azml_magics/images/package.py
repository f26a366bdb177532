"""A service as an image of its own: the context to build it from, written or built; the Dockerfile of an environment.

Names are resolved before (``resolve``); the texts are ``plan``'s, the building is ``build``'s.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from azml_magics.definitions import labels
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import DeclarationError, Finding
from azml_magics.events import Emit, discard
from azml_magics.images.recipe import PackageRecipe
from azml_magics.system.incoming import made_whole

if TYPE_CHECKING:
    from azml_magics.build.tar_stream import Entry
    from azml_magics.cancel import Cancel
    from azml_magics.containers.connection import Connection
    from azml_magics.workspace.workspace import Workspace

#: Written beside the Dockerfile: what is ours may be written over.
MARKER = "azml-package.json"
#: Of the hidden folder that a package is made in, beside its place.
INCOMING = ".azml-package-"


@dataclass(frozen=True)
class DockerfileReport:
    """What is built for ``environment``: ``text``, the ``tag`` it is built as, ``files`` of the context beside it.

    ``base`` is the image it starts from, ``is_base_known`` whether that was looked into: otherwise the text may change
    with what it holds.
    """

    environment: str
    text: str
    tag: str
    base: str | None
    is_base_known: bool
    files: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class WrittenPackage:
    """A context on disk that ``docker build`` takes as it is."""

    directory: Path
    files: int
    size_bytes: int
    base: str | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class BuiltPackage:
    """An image of the service; ``reused`` when an equal one was there under that name."""

    tag: str
    facts: ImageFacts
    reused: bool
    reason: str
    findings: tuple[Finding, ...] = ()


def environment_dockerfile(
    workspace: Workspace,
    environment: Environment,
    *,
    base_image: str | None = None,
    connection: Connection | None = None,
) -> DockerfileReport:
    """The Dockerfile of ``environment`` with its packages baked in, on ``base_image`` where it names none itself.

    Without a ``connection`` the base is not looked into. Raises ``BuildError`` for files that are not there.
    """
    script = EntryScript("score.py", "")
    recipe = PackageRecipe(workspace, Deployment("x", script, environment, base_image=base_image), connection)
    context = recipe.environment_context
    return DockerfileReport(
        environment.name,
        recipe.environment_text,
        recipe.environment_tag,
        recipe.base_reference,
        recipe.base is not None,
        tuple(sorted(context.files)),
        recipe.findings(recipe.environment_text),
    )


def write_package(
    workspace: Workspace,
    deployment: Deployment,
    directory: Path,
    *,
    connection: Connection | None = None,
    overwrite: bool = False,
) -> WrittenPackage:
    """Write Dockerfile, code, models, requirements and wheels into ``directory``, which must be new or empty.

    With ``overwrite`` a package that was written there before is replaced as a whole; anything else is never removed.
    Raises ``DeclarationError`` (``output-not-empty``, ``output-not-ours``), ``BuildError`` and
    ``WorkspaceError`` (``directory-not-written``).
    """
    _refuse_unsuitable(directory, overwrite=overwrite)
    recipe = PackageRecipe(workspace, deployment, connection)
    entries = recipe.entries
    size = sum(entry.size for entry in entries.values())
    about = json.dumps({"service": deployment.name, "base": recipe.base_reference, "key": recipe.key}, indent=1)
    with made_whole(directory, INCOMING) as new:
        for path, entry in entries.items():
            _write(new / path, entry)
        (new / "Dockerfile").write_text(recipe.text, encoding="utf-8")
        (new / MARKER).write_text(about + "\n", encoding="utf-8")
    return WrittenPackage(directory, len(entries) + 1, size, recipe.base_reference, recipe.findings(recipe.text))


def build_package(
    workspace: Workspace,
    deployment: Deployment,
    tag: str,
    *,
    connection: Connection,
    cancel: Cancel,
    emit: Emit = discard,
    builder: Literal["auto", "buildkit", "classic"] = "auto",
) -> BuiltPackage:
    """Build the package of ``deployment`` as image ``tag``, unless that is what ``tag`` is already.

    The base is pulled when it is not there. Raises ``BuildError``, ``NotFoundError``, ``CancelledError``.
    """
    from azml_magics.build.image import build_image
    from azml_magics.containers.images import ensure_image, get_image, inspect_image
    from azml_magics.system.container_pip import collect_pip_files

    cache = workspace.images_directory
    recipe = PackageRecipe(workspace, deployment, connection)
    if recipe.base_reference is not None and recipe.base is None:
        ensure_image(connection, recipe.base_reference, cache, emit=emit, cancel=cancel)
        recipe = replace(recipe)  # looks again
    written = {labels.PACKAGE: deployment.name, labels.PACKAGE_KEY: recipe.key}
    found = inspect_image(connection, tag)
    former = ((found or {}).get("Config") or {}).get("Labels") or {}
    is_same = former.get(labels.PACKAGE_KEY) == recipe.key
    if is_same:
        reason = f"an equal package is there already: {tag}"
    else:
        reason = f"{tag} holds something else" if found else f"there is no image {tag} yet"
        files = {**recipe.environment_context.files, **recipe.service_files}
        build_image(
            recipe.text,
            tag,
            files,
            connection=connection,
            labels=written,
            emit=emit,
            cancel=cancel,
            context_directory=recipe.environment_context.directory,
            builder=builder,
            pip=collect_pip_files(recipe.environment_context.credentials),
            base=recipe.base,
        )
    facts = get_image(connection, tag, cache)
    return BuiltPackage(tag, facts, is_same, reason, recipe.findings(recipe.text))


def _refuse_unsuitable(directory: Path, *, overwrite: bool) -> None:
    if directory.is_dir() and not any(directory.iterdir()):
        return
    if not directory.exists() and not directory.is_symlink():
        return
    if (directory / MARKER).is_file():
        if overwrite:
            return
        finding = Finding("output-not-empty", f"{directory} holds a package", "write it over with --overwrite")
    else:
        remedy = "name a directory that is empty or new"
        finding = Finding("output-not-ours", f"{directory} holds something else, which is never removed", remedy)
    raise DeclarationError("the package cannot be written", [finding])


def _write(target: Path, entry: Entry) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if entry.link is not None:
        target.symlink_to(entry.link)
    elif entry.content is None:
        target.mkdir(exist_ok=True)
    else:
        if isinstance(entry.content, bytes):
            target.write_bytes(entry.content)
        else:
            shutil.copyfile(entry.content, target)
        target.chmod(entry.mode)
        os.utime(target, (entry.modified, entry.modified))
