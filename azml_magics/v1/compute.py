"""``azureml.core.compute``: names of machines; whatever they are called, things run on this one, with a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.v1.checked import warn

if TYPE_CHECKING:
    from azml_magics.v1.workspace import Workspace

LOCAL = "local"


class ComputeTarget:
    """A machine called ``name``: this one."""

    def __init__(self, workspace: Workspace | None = None, name: str = LOCAL, **_: object) -> None:
        if name != LOCAL:
            warn(f"compute target {name!r} is this machine here")
        self.workspace = workspace
        self.name = name
        self.type = LOCAL
        self.provisioning_state = "Succeeded"

    @classmethod
    def here(cls, workspace: Workspace | None = None) -> ComputeTarget:
        """This machine under its own name."""
        return cls(workspace, LOCAL)

    @classmethod
    def create(cls, workspace: Workspace, name: str, provisioning_configuration: object = None) -> ComputeTarget:
        """This machine, called ``name``; nothing is rented."""
        _ = provisioning_configuration
        return cls(workspace, name)

    @classmethod
    def attach(cls, workspace: Workspace, name: str, attach_configuration: object = None) -> ComputeTarget:
        """As :meth:`create`."""
        return cls.create(workspace, name, attach_configuration)

    @staticmethod
    def provisioning_configuration(**settings: object) -> dict[str, object]:
        """The settings as they are given; nothing reads them."""
        return settings

    attach_configuration = provisioning_configuration

    @classmethod
    def list(cls, workspace: Workspace) -> list[ComputeTarget]:
        """This machine."""
        return [cls.here(workspace)]

    def wait_for_completion(self, show_output: bool = False, **_: object) -> None:
        """It is ready."""

    wait_for_provisioning = wait_for_completion

    def get_status(self) -> str:
        """``Succeeded``."""
        return self.provisioning_state

    def delete(self) -> None:
        """Nothing is taken away."""

    def __repr__(self) -> str:
        return f"ComputeTarget(name={self.name!r}): this machine"


class AmlCompute(ComputeTarget):
    """A cluster: this machine."""


class ComputeInstance(ComputeTarget):
    """A workstation: this machine."""


class AksCompute(ComputeTarget):
    """A Kubernetes cluster: this machine."""


class RemoteCompute(ComputeTarget):
    """A machine behind ssh: this machine."""


def local_name(target: object) -> str:
    """What ``target`` means for a run: always ``local``, with a warning for any other machine."""
    name = getattr(target, "name", target) or LOCAL
    if name not in (LOCAL, "amlcompute") and not isinstance(target, ComputeTarget):
        warn(f"compute target {name!r} is this machine here")
    return LOCAL


class ResourceConfiguration:
    """Cores and memory; a process of this machine takes what it needs."""

    def __init__(self, cpu: float | None = None, memory_in_gb: float | None = None, gpu: int | None = None) -> None:
        self.cpu = cpu
        self.memory_in_gb = memory_in_gb
        self.gpu = gpu
