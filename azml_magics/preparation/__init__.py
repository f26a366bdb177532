"""What a service runs with, for each kind of engine: brought, planned, found again, built; not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from azml_magics.cancel import Cancel
    from azml_magics.definitions.artifact import Artifact
    from azml_magics.definitions.deployment import Deployment
    from azml_magics.events import Emit
    from azml_magics.plan.actions import Plan
    from azml_magics.workspace.services import ServiceRecord
    from azml_magics.workspace.workspace import Workspace


class Preparation(Protocol):
    """One kind of preparation; its methods are called in this order."""

    def bring(self, *, emit: Emit, cancel: Cancel) -> None:
        """Bring what the plan has to look at to where it can be looked at."""
        ...

    def plan(self, running: ServiceRecord | None) -> Plan:
        """What has to be done and why; changes nothing."""
        ...

    def build(self, plan: Plan, *, emit: Emit, cancel: Cancel) -> Artifact:
        """What the plan says, built or found again."""
        ...


def prepare(deployment: Deployment, workspace: Workspace) -> Preparation:
    """The preparation that the deployment's engine needs."""
    if deployment.engine == "process":
        from azml_magics.preparation.packages import VenvPreparation

        return VenvPreparation(deployment, workspace)
    from azml_magics.preparation.image import ImagePreparation

    return ImagePreparation(deployment, workspace)
