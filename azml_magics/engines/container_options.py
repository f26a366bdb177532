"""What a service's container is created with: what it runs, what it is told, how it is confined. Pure."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from azml_magics.definitions import labels
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_layout import APP_ROOT, PACKAGES, PORT, SERVING, STATE
from azml_magics.engines.app_root import contract_variables
from azml_magics.engines.confinement import PIDS_LIMIT, confined_options, service_user
from azml_magics.plan.context import render_requirements

CONTROL = f"{STATE}/control"
OVERLAY = f"{STATE}/extra-packages"
PIP_SETTINGS = f"{STATE}/install.json"
PIP_CONF = f"{STATE}/pip.conf"
SITE_PACKAGES = f"{PACKAGES}/site-packages"
REQUIREMENTS = f"{PACKAGES}/requirements.txt"
#: Lines with hashes are installed by themselves: pip wants all lines of a file to have some, or none.
HASHED_REQUIREMENTS = f"{PACKAGES}/requirements-hashed.txt"
EXTRA_PACKAGES = "AZUREML_EXTRA_"


@dataclass(frozen=True)
class Confinement:
    """How a container is held; ``as_dict`` is what ``--json`` shows."""

    user: str
    read_only: bool
    network: bool
    port: int
    memory_gb: float | None = None
    cpu: float | None = None

    def as_dict(self) -> dict[str, object]:
        """A JSON-ready mapping."""
        return {
            "user": self.user,
            "root": self.user.split(":")[0] in ("", "0", "root"),
            "capabilities": [],
            "new_privileges": False,
            "read_only_root": self.read_only,
            "pids_limit": PIDS_LIMIT,
            "memory_gb": self.memory_gb,
            "cpu": self.cpu,
            "network": self.network,
            "published_on": f"127.0.0.1:{self.port}",
        }


def confinement(deployment: Deployment, artifact: Artifact, port: int) -> Confinement:
    """Our start script needs nothing but what is mounted; an image's own may write wherever its user may."""
    assert artifact.image is not None
    own_start = deployment.start == "image"
    resources = deployment.resources
    return Confinement(
        user=artifact.image.user if own_start else service_user(artifact),
        read_only=not own_start,
        network=resources.network,
        port=port,
        memory_gb=resources.memory_gb,
        cpu=resources.cpu,
    )


def create_options(deployment: Deployment, artifact: Artifact, held: Confinement) -> dict[str, Any]:
    """Keyword arguments of the engine's ``create``, but for name, labels, mounts and variables."""
    options = confined_options(artifact, held.user, deployment.resources, read_only=held.read_only)
    if deployment.resources.network:
        published = {PORT: held.port, **{port: port for port in _health_ports(deployment)}}
        options["ports"] = {f"{inside}/tcp": ("127.0.0.1", port) for inside, port in published.items()}
    if deployment.start == "azml":
        options["entrypoint"] = [str(artifact.python), f"{SERVING}/start.py"]
        options["command"] = [str(PORT)]
        options["working_dir"] = APP_ROOT
    return options


def _health_ports(deployment: Deployment) -> list[int]:
    """The port of a separate health endpoint (spelled so: AZUREML.md 1.3)."""
    given = deployment.variables()
    port = given.get("HEALTH_PORT", "5000")
    return [int(port)] if given.get("SEPERATE_HEALTH_ENDPOINT") == "true" and port.isdecimal() else []


def container_variables(deployment: Deployment, artifact: Artifact, *, word: str) -> dict[str, str]:
    """Everything the container is told, the user's variables included; ``word`` marks the news in its log.

    Strategies use the images' own variables. Where the user has set one of those, ours go another way, so that both
    apply: the images themselves would ignore one of the two silently (AZUREML.md 2.2).
    """
    assert artifact.image is not None
    given = deployment.variables()
    contract = contract_variables(deployment, PurePosixPath(APP_ROOT))
    ours = _settings(word)
    extra = any(name.startswith(EXTRA_PACKAGES) for name in given)
    folder = str(PurePosixPath(APP_ROOT) / PurePosixPath(contract["AZUREML_ENTRY_SCRIPT"]).parent)
    packages: dict[str, str] = {}
    # The images take both paths as relative to the script's directory, always.
    if artifact.strategy == "mount" and artifact.directory is not None:
        if extra:
            packages["PYTHONPATH"] = SITE_PACKAGES
        else:
            packages["AZUREML_EXTRA_PYTHON_LIB_PATH"] = posixpath.relpath(SITE_PACKAGES, folder)
    elif artifact.strategy == "dynamic" and artifact.requirement_lines:
        first = [HASHED_REQUIREMENTS] if render_requirements(artifact.requirement_lines).hashed else []
        ours["AZML_INSTALL_FIRST"] = ":".join([*first, REQUIREMENTS] if extra else first)
        if not extra:
            packages["AZUREML_EXTRA_REQUIREMENTS_TXT"] = posixpath.relpath(REQUIREMENTS, folder)
    if deployment.workers is not None:
        packages["WORKER_COUNT"] = str(deployment.workers)
    if not deployment.resources.network:
        ours["AZML_LISTEN_SOCKET"] = f"{CONTROL}/listen"
    kept = {"AML_APP_ROOT": contract["AML_APP_ROOT"]}
    if deployment.start == "azml":
        kept |= ours
    elif installs_at_start(deployment, artifact):
        packages["PIP_CONFIG_FILE"] = PIP_CONF  # the images' pip knows of no other way
    return {**_comfort(artifact), **contract, **packages, **given, **kept}


def installs_at_start(deployment: Deployment, artifact: Artifact) -> bool:
    """Whether the start script, ours or the image's, will run pip."""
    dynamic = artifact.strategy == "dynamic" and bool(artifact.requirement_lines)
    return dynamic or "AZUREML_EXTRA_REQUIREMENTS_TXT" in deployment.variables()


def container_labels(
    deployment: Deployment, artifact: Artifact, *, workspace: str, directory: str, port: int
) -> dict[str, str]:
    """Plain facts by which a container is found again and known, also without the workspace."""
    assert artifact.image is not None
    return {
        labels.SERVICE: deployment.name,
        labels.WORKSPACE: workspace,
        labels.DIRECTORY: directory,
        f"{labels.PREFIX}port": str(port),
        f"{labels.PREFIX}image": artifact.image.reference,
        f"{labels.PREFIX}packages": str(artifact.strategy),
        f"{labels.PREFIX}models": json.dumps([model.label for model in deployment.models]),
    }


def _settings(word: str) -> dict[str, str]:
    """What the start script is told; see ``serving/__init__.py``."""
    return {
        "AZML_BIND_HOST": "0.0.0.0",  # noqa: S104  # inside the container; published on 127.0.0.1 only
        "AZML_CONTROL_DIRECTORY": CONTROL,
        "AZML_NOTIFY_SOCKET": f"log:{word}",
        "AZML_INSTALL_OVERLAY": OVERLAY,
        "AZML_INSTALL_ENVIRONMENT": f"@{PIP_SETTINGS}",
    }


def _comfort(artifact: Artifact) -> Mapping[str, str]:
    """What packages expect of a machine where the home directory cannot be written to."""
    assert artifact.image is not None
    told = {"PYTHONUNBUFFERED": "1", "XDG_CACHE_HOME": "/tmp/.cache"}  # noqa: S108  # the container's own
    if artifact.image.uid == 0:
        told["HOME"] = "/tmp"  # noqa: S108
    return told
