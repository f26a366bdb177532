"""The three ways to add packages, side by side for one definition, with figures where they were measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azml_magics.definitions.deployment import Deployment, DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.image_rules import source_of
from azml_magics.definitions.image_source import PackagesStrategy
from azml_magics.errors import DeclarationError, Finding, PreflightError
from azml_magics.plan.actions import ImagePlan, Plan
from azml_magics.preparation import prepare
from azml_magics.resolve.environment import base_image_of, resolve_environment

if TYPE_CHECKING:
    from pathlib import Path

    from azml_magics.definitions.declarations import Declarations
    from azml_magics.workspace.artifacts import ArtifactRecord
    from azml_magics.workspace.workspace import Workspace

#: The order of the documents' own table: from the first try to production (AZUREML.md 2.2, 2.3).
COMPARED: tuple[PackagesStrategy, ...] = ("dynamic", "mount", "bake")


@dataclass(frozen=True)
class StrategyRow:
    """One way to add the packages of a definition.

    ``problem`` says why it cannot work here, empty when it can. ``is_built`` says that what it needs is there already.
    ``start_seconds`` is the last start up to a healthy service, ``build_seconds`` the last build, ``size_bytes`` what
    it takes beside the base image; ``None``: not measured yet. ``needs_network`` means at every start: it then also
    does not survive without internet. ``is_consistent``: every start, also of further copies, gets equal packages.
    """

    strategy: PackagesStrategy
    is_chosen: bool
    problem: str = ""
    is_built: bool = False
    build_seconds: float | None = None
    start_seconds: float | None = None
    size_bytes: int | None = None
    needs_network: bool = False
    is_consistent: bool = True
    needs_image_build: bool = False

    def as_dict(self) -> dict[str, object]:
        """A JSON-ready mapping."""
        return {
            "strategy": self.strategy,
            "chosen": self.is_chosen,
            "possible": not self.problem,
            "problem": self.problem or None,
            "built": self.is_built,
            "build_seconds": self.build_seconds,
            "start_seconds": self.start_seconds,
            "size_bytes": self.size_bytes,
            "needs_network_at_start": self.needs_network,
            "consistent_on_scale_out": self.is_consistent,
            "needs_image_build": self.needs_image_build,
            "works_without_internet": not self.needs_network,
        }


@dataclass(frozen=True)
class StrategyComparison:
    """``name`` is what was compared, ``chosen`` what is taken and ``reason`` why, in one sentence."""

    name: str
    image: str
    chosen: PackagesStrategy
    reason: str
    rows: tuple[StrategyRow, ...]

    def as_dict(self) -> dict[str, object]:
        """A JSON-ready mapping."""
        return {
            "name": self.name,
            "image": self.image,
            "chosen": self.chosen,
            "reason": self.reason,
            "strategies": [row.as_dict() for row in self.rows],
        }


def definition_named(
    name: str, declarations: Declarations, workspace: Workspace, working_directory: Path
) -> Deployment:
    """What ``azml strategies NAME`` compares: the service of that name, else the environment in a container of its own.

    Raises ``NotFoundError`` (``unknown-environment``) with near names.
    """
    record = workspace.find_service(name)
    if record is not None and record.deployment.engine != "process":
        return record.deployment
    request = DeployRequest(name, "score.py", environment=name, engine="docker")
    environment = resolve_environment(request, declarations, workspace, working_directory)
    assert environment is not None
    return Deployment(
        name,
        EntryScript("score.py", ""),
        environment,
        engine="docker",
        base_image=base_image_of(request, environment),
        packages=environment.image_source.packages,
    )


def compare_strategies(deployment: Deployment, workspace: Workspace) -> StrategyComparison:
    """How each strategy would do for ``deployment``; nothing is pulled, built or started.

    Raises ``DeclarationError`` for an engine without images, ``ToolError`` where no Docker engine is reachable, and
    ``PreflightError`` when not even the one that is asked for can work.
    """
    if deployment.engine == "process":
        finding = Finding(
            "strategies-without-image",
            "the process engine installs packages on this machine: there is nothing to compare",
            "name the environment, which is then compared for --engine docker",
        )
        raise DeclarationError(f"service {deployment.name!r} runs in no container", [finding])
    chosen = _image_plan(prepare(deployment, workspace).plan(None))
    environment = deployment.environment
    return StrategyComparison(
        f"{environment.name}" if environment else deployment.name,
        deployment.base_image or chosen.tag,
        chosen.strategy,
        chosen.reason,
        tuple(_row(deployment, workspace, strategy, chosen) for strategy in COMPARED),
    )


def _row(deployment: Deployment, workspace: Workspace, strategy: PackagesStrategy, chosen: ImagePlan) -> StrategyRow:
    row = StrategyRow(
        strategy,
        strategy == chosen.strategy,
        needs_network=strategy == "dynamic",
        is_consistent=strategy != "dynamic",
        needs_image_build=strategy == "bake" or source_of(deployment).needs_build,
    )
    try:
        plan = prepare(replace(deployment, packages=strategy), workspace).plan(None)
    except PreflightError as error:
        return replace(row, problem="; ".join(finding.message for finding in error.findings))
    image = _image_plan(plan)
    if image.strategy != strategy:  # nothing to add, or a directory of the user's own
        return replace(row, problem=image.reason, needs_image_build=bool(image.tag))
    key = image.key or (image.base.image_id if image.base else "")
    measured = workspace.artifacts.find_measured(key, strategy)
    is_built = all(plan.action(step).kind != "run" for step in ("image", "packages", "build"))
    row = replace(row, is_built=is_built, needs_image_build=bool(image.tag))
    return row if measured is None else _with_figures(row, measured, image)


def _with_figures(row: StrategyRow, measured: ArtifactRecord, image: ImagePlan) -> StrategyRow:
    size = measured.size_bytes
    if size is not None and row.strategy == "bake" and image.base is not None:
        size = max(0, size - image.base.size_bytes)
    return replace(row, build_seconds=measured.build_seconds, start_seconds=measured.start_seconds, size_bytes=size)


def _image_plan(plan: Plan) -> ImagePlan:
    assert isinstance(plan.packages, ImagePlan)
    return plan.packages
