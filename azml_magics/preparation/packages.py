"""Packages for a service of the process engine: a virtual environment here, or the caller's own interpreter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment
from azml_magics.events import Emit
from azml_magics.events.stages import running_step
from azml_magics.plan.actions import PackagesPlan, Plan

if TYPE_CHECKING:
    from azml_magics.workspace.services import ServiceRecord
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class VenvPreparation:
    """A virtual environment on this machine, or the caller's own interpreter."""

    deployment: Deployment
    workspace: Workspace

    def bring(self, *, emit: Emit, cancel: Cancel) -> None:
        """Everything is here."""

    def plan(self, running: ServiceRecord | None) -> Plan:
        """As ``Preparation`` says."""
        from azml_magics.build.packages import find_artifact
        from azml_magics.plan.planner import plan_deployment, plan_packages
        from azml_magics.system.host import collect_host_facts

        packages = plan_packages(self.deployment.packages_environment, collect_host_facts())
        return plan_deployment(
            self.deployment,
            packages,
            artifact=find_artifact(packages, self.workspace.packages_directory),
            running=running.deployment if running else None,
        )

    def build(self, plan: Plan, *, emit: Emit, cancel: Cancel) -> Artifact:
        """As ``Preparation`` says; raises ``BuildError``."""
        from azml_magics.build.packages import build_packages

        assert isinstance(plan.packages, PackagesPlan)
        action = plan.action("packages")
        with running_step(emit, "packages", action.reason) as step:
            directory = self.workspace.packages_directory
            artifact = build_packages(plan.packages, directory, emit=emit, cancel=cancel)
            step.outcome = "reused" if action.kind == "reuse" else "done"
        return artifact
