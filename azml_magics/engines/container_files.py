"""What a container sees of this machine: written down here, then mounted, or copied in where an engine is elsewhere."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from azml_magics.cancel import Cancel
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_layout import APP_ROOT, CA_BUNDLE, PACKAGES, SERVING, STATE
from azml_magics.engines import ServicePlace
from azml_magics.engines.app_root import SHARED, Replaced, lay_out
from azml_magics.engines.container_options import (
    CONTROL,
    HASHED_REQUIREMENTS,
    OVERLAY,
    PIP_CONF,
    PIP_SETTINGS,
    REQUIREMENTS,
    SITE_PACKAGES,
    installs_at_start,
)
from azml_magics.events import Emit, discard
from azml_magics.plan.context import WHEELS, render_requirements
from azml_magics.system.files import write_atomically

if TYPE_CHECKING:
    from docker.models.containers import Container


#: In a service's directory, what its installation needs.
PIP_FOLDER = "pip"
#: What is below these is copied where it cannot be mounted.
COPIED = (APP_ROOT, SERVING, PACKAGES, STATE)


@dataclass(frozen=True)
class Shown:
    """A file or directory of this machine and its path inside."""

    source: Path
    target: str


@dataclass(frozen=True)
class ContainerFiles:
    """Everything a container needs from here; ``secrets`` are emptied once it has started.

    ``installs`` says that packages are installed before it serves, ``overlay`` that they go beside the image's own.
    """

    shown: tuple[Shown, ...]
    control: Path
    secrets: tuple[Path, ...] = ()
    installs: bool = False
    overlay: bool = False


def lay_out_container(
    deployment: Deployment,
    artifact: Artifact,
    place: ServicePlace,
    *,
    emit: Emit = discard,
    cancel: Cancel | None = None,
) -> ContainerFiles:
    """Write a service's directory and say what of it, and of the artifact, is to be seen where.

    Everything is readable for every user: which one a container has does not depend on this machine's. Who may look at
    the files here is settled by the directories around them, which are ours alone.
    """
    app = lay_out(deployment, place, shared=True, emit=emit, cancel=cancel)
    control = _shared_directory(place.directory / "control")
    shown = [Shown(app, APP_ROOT), Shown(control, CONTROL)]
    is_ours = deployment.start == "azml"
    if is_ours:
        shown.append(Shown(Path(__file__).parent.parent / "serving", SERVING))
    if artifact.strategy == "mount" and artifact.directory is not None:
        shown.append(Shown(artifact.directory, SITE_PACKAGES))
    installs = installs_at_start(deployment, artifact)
    secrets: list[Path] = []
    if installs:
        secrets = _write_pip_settings(artifact, place.directory, shown, is_ours=is_ours)
    return ContainerFiles(tuple(shown), control, tuple(secrets), installs, overlay=installs and is_ours)


def mounts(files: ContainerFiles, *, is_remote: bool) -> list[Any]:
    """What the container is created with: the directories themselves, or volumes for copies of them."""
    from docker.types import Mount

    if is_remote:
        return [Mount(target, None, type="volume") for target in COPIED]
    binds = [Mount(item.target, str(item.source), type="bind", read_only=True) for item in files.shown]
    # On disk and not in memory, which packages would fill; removed together with the container.
    return [*([Mount(STATE, None, type="volume")] if files.overlay else []), *binds]


def fill_volumes(container: Container, files: ContainerFiles, user: str, *, is_remote: bool) -> None:
    """Before the start: a directory that packages can be installed into, and the copies an engine elsewhere needs."""
    if files.overlay:
        uid, _, gid = user.partition(":")
        overlay = tarfile.TarInfo(PurePosixPath(OVERLAY).relative_to(STATE).as_posix())
        overlay.type, overlay.mode = tarfile.DIRTYPE, SHARED[0]
        overlay.uid, overlay.gid = int(uid), int(gid)
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            archive.addfile(overlay)
        container.put_archive(STATE, stream.getvalue())
    if is_remote:
        for item in files.shown:
            copy_in(container, item)


def copy_in(container: Container, item: Shown, names: Sequence[str] | None = None) -> None:
    """Copy ``item`` (or only the files ``names`` of it) to its path inside, readable for everybody."""
    root = next(root for root in COPIED if item.target.startswith(f"{root}/") or item.target == root)
    prefix = PurePosixPath(item.target).relative_to(root)
    with tempfile.TemporaryFile() as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for path in [item.source] if names is None else [item.source / name for name in names]:
                relative = path.relative_to(item.source)
                archive.add(path, (prefix / relative).as_posix(), filter=_readable)
        stream.seek(0)
        container.put_archive(root, stream)


def copy_changes(container: Container, app: Path, control: Path, replaced: Replaced) -> None:
    """Bring the copies in a running container up to date; what is gone here goes there."""
    copy_in(container, Shown(app, APP_ROOT), replaced.changed)
    copy_in(container, Shown(control, CONTROL))
    if replaced.removed:
        names = [f"{APP_ROOT}/{name}" for name in replaced.removed]
        container.exec_run(["rm", "-f", "--", *names], user="0")


def _readable(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode = SHARED[0] if entry.isdir() else SHARED[1]
    # Hard links of the content store arrive as files of their own.
    return entry


def forget_secrets(files: ContainerFiles) -> None:
    """Empty the files that only the installation needed; a mounted file keeps its place, so it is not removed."""
    for path in files.secrets:
        with path.open("r+b") as file:
            file.truncate()


def forget_all_secrets(directory: Path) -> None:
    """Those of a service whose container is gone, when whoever should have emptied the files was killed."""
    shutil.rmtree(directory / PIP_FOLDER, ignore_errors=True)


def _shared_directory(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(SHARED[0])
    return path


def _write_pip_settings(artifact: Artifact, directory: Path, shown: list[Shown], *, is_ours: bool) -> list[Path]:
    """The requirements, and for pip what it knows on this machine: indexes, proxy, certificates.

    Our start script is told what the ``${...}`` in requirements stand for; an image's own finds them written out.
    """
    from azml_magics.system.container_pip import FIND_LINKS, collect_pip_files

    requirements = render_requirements(artifact.requirement_lines)
    named = {name: os.environ[name] for name in requirements.variables if name in os.environ}
    pip = collect_pip_files({**named, **requirements.credentials})
    settings = _shared_directory(directory / PIP_FOLDER)
    secrets: list[Path] = []

    def show(target: str, content: bytes, *, is_secret: bool = True) -> None:
        path = settings / PurePosixPath(target).name
        _write(path, content)
        shown.append(Shown(path, target))
        secrets.extend([path] if is_secret else [])

    if artifact.strategy == "dynamic" and artifact.requirement_lines:
        text = requirements.text if is_ours else _written_out(requirements.text, pip.credentials)
        show(REQUIREMENTS, text.encode(), is_secret=text != requirements.text)
        show(HASHED_REQUIREMENTS, requirements.hashed.encode(), is_secret=False)
    shown += [Shown(Path(item.path), f"{PACKAGES}/{WHEELS}/{item.name}") for item in requirements.sources]
    shown += [Shown(path, f"{FIND_LINKS}/{n}") for n, path in enumerate(pip.find_links)]
    variables: Mapping[str, str] = {**pip.proxies, **pip.credentials, "PIP_CONFIG_FILE": PIP_CONF}
    show(PIP_CONF, pip.pip_conf.encode())
    show(PIP_SETTINGS, json.dumps(variables).encode())
    if pip.ca_bundle is not None:
        show(CA_BUNDLE, pip.ca_bundle)
    return secrets


def _written_out(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def _write(path: Path, content: bytes) -> None:
    write_atomically(path, content, mode=SHARED[1])
