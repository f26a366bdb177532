"""How every container of ours is held, that of a service and that of a run alike: rights, limits, GPUs."""

from __future__ import annotations

from typing import Any

from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explained
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.image_layout import USER_ID
from azml_magics.definitions.resources import Resources
from azml_magics.errors import StartError

#: Processes and threads: numerical libraries start one for each core in each worker.
PIDS_LIMIT = 2048


def service_user(artifact: Artifact) -> str:
    """``uid:gid`` of the image's own user, or of an ordinary one where that is root."""
    image = artifact.image
    assert image is not None
    return f"{image.uid}:{image.gid}" if image.uid != 0 else f"{USER_ID}:{USER_ID}"


def confined_options(artifact: Artifact, user: str, resources: Resources, *, read_only: bool) -> dict[str, Any]:
    """Keyword arguments of the engine's ``create`` about the image and what its container may do and use.

    An empty ``user`` is the image's own. With ``read_only`` the container can write to ``/tmp`` and what is mounted.
    """
    assert artifact.image is not None
    options: dict[str, Any] = {
        "image": artifact.image.image_id,
        "user": user or None,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "read_only": read_only,
        "pids_limit": PIDS_LIMIT,
        "log_config": {"type": "json-file", "config": {"max-size": "50m", "max-file": "2"}},
    }
    if read_only:
        options["tmpfs"] = {"/tmp": "rw,exec,nosuid,nodev,mode=1777"}  # noqa: S108  # the container's own
    if not resources.network:
        options["network_mode"] = "none"
    if resources.memory_gb is not None:
        options["mem_limit"] = options["memswap_limit"] = int(resources.memory_gb * 1e9)
    if resources.cpu is not None:
        options["nano_cpus"] = int(resources.cpu * 1e9)
    if resources.shm_size is not None:
        options["shm_size"] = resources.shm_size
    if resources.gpus is not None:
        from docker.types import DeviceRequest

        count = -1 if resources.gpus == "all" else int(resources.gpus)
        options["device_requests"] = [DeviceRequest(count=count, capabilities=[["gpu"]])]
    return options


def check_gpus(connection: Connection, resources: Resources, *, whose: str) -> None:
    """Before anything is made: GPUs need a runtime that hands them out. Raises ``StartError`` (``gpu-unavailable``)."""
    if resources.gpus is None:
        return
    with explained("asking for GPUs", subject="the engine"):
        runtimes = connection.client.info().get("Runtimes", {})
    if "nvidia" not in runtimes:
        raise StartError(
            f"{whose} asks for GPUs, and the Docker engine has no NVIDIA runtime "
            f"(runtimes: {', '.join(sorted(runtimes))})",
            remedy="leave --gpus out, or install the NVIDIA container toolkit",
            code="gpu-unavailable",
        )
