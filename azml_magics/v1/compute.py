"""``azureml.core.compute``: names of machines; whatever they are called, things run on this one, with a warning."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from azml_magics.v1.checked import Answering, warn
from azml_magics.v1.unsupported import OF_COMPUTE

if TYPE_CHECKING:
    from azml_magics.v1.workspace import Workspace

LOCAL = "local"


class ComputeStatus(str):
    """``Succeeded``, and as an object with the fields of a cluster's status."""

    provisioning_state = allocation_state = "Succeeded"
    errors = provisioning_errors = None
    current_node_count = target_node_count = 1

    def serialize(self) -> dict[str, object]:
        """As a JSON object."""
        return {
            "provisioningState": self.provisioning_state,
            "allocationState": self.allocation_state,
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "errors": self.errors,
        }


class ComputeConfiguration(dict[str, Any]):
    """How a machine was to be made, as a mapping and as attributes; nothing reads it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.get(name)

    def __setattr__(self, name: str, value: object) -> None:
        self[name] = value

    def enable_ssl(self, *_: object, **settings: object) -> None:
        """Without effect: services are reached on this machine alone."""
        self.update(settings)

    def validate_configuration(self) -> None:
        """Nothing is wrong with it."""


class ComputeTarget(Answering):
    """A machine called ``name``: this one."""

    elsewhere = OF_COMPUTE
    provisioning_errors = None
    location = cluster_location = LOCAL
    status = property(lambda self: self.get_status(), doc="``Succeeded``.")

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
    def attach(cls, workspace: Workspace, name: str, attach_configuration: object = None, **_: object) -> ComputeTarget:
        """As :meth:`create`."""
        return cls.create(workspace, name, attach_configuration)

    get = classmethod(lambda cls, workspace, name=LOCAL, **_: cls(workspace, name))

    @staticmethod
    def provisioning_configuration(**settings: object) -> ComputeConfiguration:
        """The settings as they are given; nothing reads them."""
        return ComputeConfiguration(**settings)

    attach_configuration = provisioning_configuration

    @staticmethod
    def supported_vmsizes(workspace: Workspace | None = None, location: str | None = None) -> list[dict[str, object]]:
        """Sizes to choose from: that of this machine."""
        _ = (workspace, location)
        return [{"name": LOCAL, "vCPUs": os.cpu_count()}]

    def list_nodes(self) -> list[dict[str, object]]:
        """None: it is no cluster."""
        return []

    @classmethod
    def list(cls, workspace: Workspace) -> list[ComputeTarget]:
        """This machine."""
        return [cls.here(workspace)]

    def wait_for_completion(self, show_output: bool = False, **_: object) -> None:
        """It is ready."""

    wait_for_provisioning = wait_for_completion

    def get_status(self) -> ComputeStatus:
        """``Succeeded``."""
        return ComputeStatus(self.provisioning_state)

    def refresh_state(self) -> None:
        """It is always as it is now."""

    def update(self, *_: object, **__: object) -> None:
        """Nothing to change."""

    start = stop = restart = update

    def delete(self, *_: object, **__: object) -> None:
        """Nothing is taken away."""

    detach = delete

    def serialize(self) -> dict[str, object]:
        """As a JSON object."""
        return {"name": self.name, "computeType": self.type, "provisioningState": self.provisioning_state}

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


class DsvmCompute(ComputeTarget):
    """A virtual machine: this machine."""


class KubernetesCompute(ComputeTarget):
    """A Kubernetes cluster: this machine."""


class ComputeTargets(dict[str, ComputeTarget]):
    """Those of a workspace: this machine, whatever it is called."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__({LOCAL: ComputeTarget.here(workspace)})
        self._workspace = workspace

    def __missing__(self, name: str) -> ComputeTarget:
        return ComputeTarget(self._workspace, name)


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

    def serialize(self) -> dict[str, object]:
        """As a JSON object."""
        return {"cpu": self.cpu, "memoryInGB": self.memory_in_gb, "gpu": self.gpu}

    @staticmethod
    def deserialize(payload_obj: dict[str, Any]) -> ResourceConfiguration:
        """Read that again."""
        return ResourceConfiguration(payload_obj.get("cpu"), payload_obj.get("memoryInGB"), payload_obj.get("gpu"))
