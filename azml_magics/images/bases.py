"""Base images: what there is, what one holds, whether it can serve, and making one; showing it is left to ``show``."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azml_magics.definitions import labels
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import DeclarationError, Finding, NotFoundError, Place, ToolError
from azml_magics.events.stages import running_step
from azml_magics.plan.base_images import CATALOGUE, BaseImage, find_base_image, near_base_images

if TYPE_CHECKING:
    from azml_magics.cancel import Cancel
    from azml_magics.containers.connection import Connection
    from azml_magics.events import Emit
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class BaseEntry:
    """One line of the list: an image of the catalogue, a base that was made here, or both.

    ``name`` is what to write as image. ``present`` are the names of it on the engine, empty when it is not there;
    ``None`` where no engine could be asked. ``made_from`` is the image a local base was made from.
    """

    name: str
    catalogued: BaseImage | None = None
    present: tuple[str, ...] | None = None
    image_id: str | None = None
    size_bytes: int | None = None
    made_from: str | None = None


@dataclass(frozen=True)
class BaseList:
    """Local bases, then the catalogue, newest first; ``problem`` says why no engine was asked, in one line."""

    entries: tuple[BaseEntry, ...]
    problem: str = ""


@dataclass(frozen=True)
class BaseReport:
    """What is known of one image: its entry in the catalogue, what is in it, what stands in the way of serving from it.

    ``facts`` is ``None`` for an image that is not on the engine, or that it cannot run.
    """

    name: str
    catalogued: BaseImage | None = None
    facts: ImageFacts | None = None
    findings: tuple[Finding, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class BaseBuild:
    """A base that was made, or found as it would be made (``reused``)."""

    name: str
    facts: ImageFacts
    made_from: str
    reused: bool
    reason: str


def list_bases() -> BaseList:
    """The catalogue with what is here of it, and the bases made here; without an engine the catalogue alone."""
    from azml_magics.containers.connection import connect
    from azml_magics.containers.listing import list_images

    try:
        images = list_images(connect())
    except ToolError as error:
        entries = tuple(BaseEntry(image.reference, image) for image in CATALOGUE)
        return BaseList(entries, problem=error.brief)
    local = [
        BaseEntry(tag, None, (tag,), image.image_id, image.size_bytes, image.labels.get(labels.BASE_FROM))
        for image in images
        for tag in image.base_names
    ]
    here = [(entry, image) for image in images for tag in image.tags if (entry := find_base_image(tag))]
    listed = []
    for entry in CATALOGUE:
        found = [image for known, image in here if known is entry]
        tags = tuple(dict.fromkeys(tag for image in found for tag in image.tags if find_base_image(tag) is entry))
        listed.append(
            BaseEntry(
                entry.reference,
                entry,
                tags,
                found[0].image_id if found else None,
                found[0].size_bytes if found else None,
            )
        )
    return BaseList((*local, *listed))


def show_base(workspace: Workspace, name: str) -> BaseReport:
    """What is known of ``name``, an entry of the catalogue or an image on the engine; nothing is pulled.

    Raises ``NotFoundError`` (``unknown-base``) with near names when it is neither.
    """
    from azml_magics.containers.connection import connect

    entry = find_base_image(name)
    try:
        connection = connect()
    except ToolError as error:
        if entry is None:
            raise
        return BaseReport(entry.reference, entry, problem=error.brief)
    for reference in [name, *([entry.reference] if entry else [])]:
        report = _report(connection, reference, workspace, entry)
        if report is not None:
            return report
    if entry is None:
        raise _unknown(connection, name)
    return BaseReport(entry.reference, entry)


def check_base(
    workspace: Workspace, name: str, *, interpreter_path: str | None = None, emit: Emit, cancel: Cancel
) -> BaseReport:
    """What an image holds and what stands in the way of serving from it; pulled when it is not here.

    ``interpreter_path`` is the Python meant. Raises ``NotFoundError`` (``image-unavailable``), ``ToolError``.
    """
    from azml_magics.containers.connection import connect
    from azml_magics.containers.images import inspect_image, pull_image

    connection = connect()
    entry = find_base_image(name)
    reference = entry.reference if entry and inspect_image(connection, name) is None else name
    report = _report(connection, reference, workspace, entry, interpreter_path)
    if report is None:
        with running_step(emit, "image", f"{reference} is not on this engine"):
            pull_image(connection, reference, cache=workspace.images_directory, emit=emit, cancel=cancel)
        report = _report(connection, reference, workspace, entry, interpreter_path)
    if report is None:
        raise _unknown(connection, name)
    return report


def _report(
    connection: Connection,
    reference: str,
    workspace: Workspace,
    entry: BaseImage | None,
    interpreter_path: str | None = None,
) -> BaseReport | None:
    from azml_magics.containers.images import find_image, inspect_image, read_image_facts
    from azml_magics.plan.base_check import check_base as check
    from azml_magics.plan.base_check import wrong_architecture

    try:
        facts = find_image(connection, reference, workspace.images_directory, interpreter_path=interpreter_path)
    except ToolError as error:
        inspected = inspect_image(connection, reference)
        if error.code != "wrong-architecture" or inspected is None:
            raise
        facts = read_image_facts(reference, inspected)
        return BaseReport(reference, entry, facts, (wrong_architecture(facts, connection.architecture),))
    if facts is None:
        return None
    return BaseReport(reference, entry, facts, tuple(check(facts, architecture=connection.architecture)))


def _unknown(connection: Connection, name: str) -> NotFoundError:
    from azml_magics.containers.listing import list_tags

    near = [*near_base_images(name), *difflib.get_close_matches(name, list_tags(connection), n=3)]
    remedy = "did you mean " + " or ".join(near[:3]) + "?" if near else "azml base list shows what there is"
    return NotFoundError(f"there is no base image {name!r}", remedy=remedy, code="unknown-base")


def build_base(
    workspace: Workspace,
    name: str,
    *,
    base: str,
    interpreter_path: str | None = None,
    requirements: Sequence[str] = (),
    emit: Emit,
    cancel: Cancel,
) -> BaseBuild:
    """Make the local inference base ``name`` out of ``base``, any image that holds a Python.

    ``requirements`` are added to it. An equal one is found again. Raises ``DeclarationError`` for a bad name or
    requirement, ``NotFoundError`` for a ``base`` that cannot be had or holds no Python, ``BuildError``.
    """
    from azml_magics.build.base import BaseRecipe, build_base_image
    from azml_magics.containers.connection import connect
    from azml_magics.containers.images import ensure_image, get_image, inspect_image
    from azml_magics.definitions.requirements import parse_requirements
    from azml_magics.plan.base_dockerfile import check_base_name, check_base_requirements

    wanted = parse_requirements("\n".join(requirements), place=Place("--requirement"))
    findings = [*check_base_name(name), *check_base_requirements(wanted)]
    if findings:
        raise DeclarationError(f"base {name[:80]!r} cannot be made", findings)
    connection, cache = connect(), workspace.images_directory
    is_here = inspect_image(connection, base) is not None
    with running_step(emit, "image", f"{name} is made from it") as step:
        facts = ensure_image(connection, base, cache, interpreter_path=interpreter_path, emit=emit, cancel=cancel)
        step.outcome = "reused" if is_here else "done"
    if facts.python is None:
        raise NotFoundError(
            f"image {base} holds no Python 3.7 or newer in the usual places",
            remedy="name it with --python PATH, or start from an image that holds one",
            code="image-without-python",
        )
    recipe = BaseRecipe(name, facts, wanted)
    reason = recipe.reason_to_build(inspect_image(connection, name))
    if reason is None:
        same = f"equal definition built before (key {recipe.key[:8]})"
        return BaseBuild(name, get_image(connection, name, cache), base, reused=True, reason=same)
    with running_step(emit, "build", reason):
        build_base_image(connection, recipe, emit=emit, cancel=cancel)
    return BaseBuild(name, get_image(connection, name, cache), base, reused=False, reason=reason)
