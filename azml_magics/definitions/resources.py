"""``Resources``: what a container may use; the deployment configuration of the cloud in local terms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from azml_magics.errors import Finding

_SIZE = re.compile(r"\d+(\.\d+)?[bkmg]?", re.IGNORECASE)


@dataclass(frozen=True)
class Resources:
    """Limits of one container; ``None`` means none.

    ``cpu`` is a number of cores (``cpu_cores``), ``memory_gb`` gigabytes of 10^9 bytes, ``gpus`` a number or ``all``,
    ``shm_size`` Docker's notation (``512m``). ``network`` ``False`` cuts the container off; it can still be scored.
    """

    cpu: float | None = None
    memory_gb: float | None = None
    gpus: str | None = None
    shm_size: str | None = None
    network: bool = True


def check_resources(resources: Resources) -> list[Finding]:
    """Findings for limits that no container can have."""
    findings = []
    if resources.cpu is not None and resources.cpu <= 0:
        findings.append(Finding("cpu-range", f"{resources.cpu:g} CPUs cannot serve", "give --cpu 0.5 or more"))
    if resources.memory_gb is not None and resources.memory_gb < 0.05:
        message = f"{resources.memory_gb:g} GB is less than the server itself needs"
        findings.append(Finding("memory-range", message, "give --memory-gb 0.5 or more"))
    if resources.gpus is not None and resources.gpus != "all" and not resources.gpus.isdecimal():
        findings.append(
            Finding("gpus-range", f"--gpus {resources.gpus!r} is no number", "write --gpus 1 or --gpus all")
        )
    if resources.shm_size is not None and not _SIZE.fullmatch(resources.shm_size):
        findings.append(Finding("shm-size", f"--shm-size {resources.shm_size!r} is no size", "write for instance 512m"))
    return findings
