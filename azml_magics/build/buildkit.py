"""Building with BuildKit through a docker command line that offers it; its output is read by ``progress``."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from azml_magics.build.job import BuilderGaveUp, BuildJob
from azml_magics.build.progress import BuildkitProgress, Reporter
from azml_magics.build.tar_stream import stream_tar, written_entry
from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explained
from azml_magics.definitions.image_layout import CA_BUNDLE, CREDENTIALS, STATE
from azml_magics.errors import BuildError
from azml_magics.plan.build_steps import Step, add_mounts
from azml_magics.system.container_pip import FIND_LINKS, PIP_CONF
from azml_magics.system.process import run

#: Before this a docker command line has BuildKit built in, from it on as a plugin of its own (buildx).
PLUGIN_SINCE = 23
BUILT_IN_SINCE = (18, 9)
#: What BuildKit takes as one secret.
SECRET_LIMIT_BYTES = 500 * 1024
#: Where pip keeps what it downloaded, outside every image.
CACHE = f"{STATE}/pip-cache"


@dataclass(frozen=True)
class DockerProgram:
    """A docker command line that can talk to BuildKit: ``arguments`` begin a build, ``version`` is its own."""

    path: str
    version: str
    arguments: tuple[str, ...]


_known: dict[tuple[str, int], DockerProgram | None] = {}


def find_buildkit(connection: Connection) -> DockerProgram | None:
    """The first docker command line on ``PATH`` that offers BuildKit, for an engine that has it."""
    with explained("asking the engine for BuildKit"):
        answer = connection.client.api.get(f"{connection.client.api.base_url}/_ping", timeout=10)
    if "Libpod-API-Version" in answer.headers:  # Podman builds in its own way
        return None
    for path in docker_programs():
        key = (path, Path(path).stat().st_mtime_ns)
        if key not in _known:
            _known[key] = _look_at(path)
        found = _known[key]
        if found is not None:
            return found
    return None


def docker_programs() -> list[str]:
    """Every docker command line on ``PATH``, each once."""
    folders = (os.environ.get("PATH") or os.defpath).split(os.pathsep)
    paths = [Path(folder) / "docker" for folder in folders if folder]
    programs = [path for path in paths if path.is_file() and os.access(path, os.X_OK)]
    return [str(path) for path in {path.resolve(): path for path in reversed(programs)}.values()][::-1]


def _look_at(path: str) -> DockerProgram | None:
    said = re.search(r"version (\d+)\.(\d+)", run([path, "--version"]).text)
    if said is None:  # another program of that name
        return None
    version = f"{said[1]}.{said[2]}"
    if run([path, "buildx", "version"]).returncode == 0:
        return DockerProgram(path, version, ("buildx", "build", "--builder", "default", "--load"))
    if BUILT_IN_SINCE <= (int(said[1]), int(said[2])) < (PLUGIN_SINCE, 0):
        return DockerProgram(path, version, ("build",))
    return None


@dataclass(frozen=True)
class BuildkitBuild:
    """One build; ``links_image`` holds the directories of ``find_links`` of pip's settings, empty without any."""

    job: BuildJob
    program: DockerProgram
    links_image: str

    def run(self, reporter: Reporter) -> str:
        """The id of the image; raises ``CancelledError`` and ``BuilderGaveUp``."""
        job, progress = self.job, BuildkitProgress(self.job.dockerfile, reporter)
        name = "Dockerfile" if "Dockerfile" not in job.entries else ".azml.Dockerfile"
        context = {**job.entries, name: written_entry(add_mounts(job.dockerfile, self._mounts).encode())}
        with _secret_files(self._secrets()) as (folder, secrets):
            image_id = folder / "image-id"
            options = [f"--label={key}={value}" for key, value in job.labels.items()]
            options += [f"--secret=id={key},src={path}" for key, path in secrets.items()]
            options += [f"--build-arg={variable}" for variable in job.pip.proxies]
            completed = run(
                [self.program.path, *self.program.arguments, "--progress=plain", f"--tag={job.tag}",
                 f"--file={name}", f"--iidfile={image_id}", *options, "-"],
                env=self._environment(),
                on_line=progress.feed,
                cancel=job.cancel,
                feed=stream_tar(context, cancel=job.cancel),
            )  # fmt: skip
            job.cancel.check(f"building {job.tag}")
            if completed.returncode != 0:
                progress.abandon()
                raise BuilderGaveUp(progress.remarks)
            return image_id.read_text().strip()

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, **self.job.pip.proxies, "DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}
        if self.job.connection.address.startswith(("unix:", "http+unix:", "ssh:")):
            # Contexts and DOCKER_HOST of the user are followed by ``connect``; certificates only the program knows.
            environment.pop("DOCKER_CONTEXT", None)
            environment["DOCKER_HOST"] = self.job.connection.address.replace("http+unix:", "unix:")
        return environment

    def _secrets(self) -> dict[str, bytes]:
        secrets = {"azml-pip-conf": (self.job.pip.pip_conf or "[global]\n") + f"cache-dir = {CACHE}\n" + QUIET}
        contents = {key: text.encode() for key, text in secrets.items()}
        if self.job.pip.credentials:
            contents["azml-credentials"] = self.job.pip.credentials_text().encode()
        if self.job.pip.ca_bundle is not None:
            if len(self.job.pip.ca_bundle) > SECRET_LIMIT_BYTES:
                raise BuildError(
                    f"the bundle of certificates has {len(self.job.pip.ca_bundle):,} bytes; BuildKit takes "
                    f"{SECRET_LIMIT_BYTES:,}",
                    remedy="name a file with the certificates of your network alone with AZML_CA_BUNDLE",
                    code="ca-bundle",
                )
            contents["azml-ca"] = self.job.pip.ca_bundle
        return contents

    def _mounts(self, step: Step) -> Sequence[str]:
        uid, gid = self._ids(step.user)
        mounts = [
            f"type=cache,id=azml-pip-{uid},target={CACHE},uid={uid},gid={gid}",
            f"type=secret,id=azml-pip-conf,target={PIP_CONF},mode=0444",
        ]
        if self.job.pip.ca_bundle is not None:
            mounts.append(f"type=secret,id=azml-ca,target={CA_BUNDLE},mode=0444")
        if self.job.pip.credentials:
            mounts.append(f"type=secret,id=azml-credentials,target={CREDENTIALS},mode=0444")
        if self.links_image:
            mounts.append(f"type=bind,from={self.links_image},target={FIND_LINKS}")
        return mounts

    def _ids(self, user: str | None) -> tuple[int, int]:
        """Who owns the cache of a step: pip uses none that belongs to somebody else."""
        base = self.job.base
        if base is not None and user in (None, base.user):
            return base.uid, base.gid
        name, _, group = (user or "").partition(":")
        if name.isdecimal():
            return int(name), int(group) if group.isdecimal() else 0
        return self.job.user_ids.get(name, (0, 0))


#: What pip need not say in a build. Older releases pass over what they do not know.
QUIET = "disable-pip-version-check = true\nno-input = true\nprogress-bar = off\nroot-user-action = ignore\n"


@contextmanager
def _secret_files(contents: Mapping[str, bytes]) -> Iterator[tuple[Path, dict[str, Path]]]:
    """A private directory with one file for each of ``contents``, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="azml-build-") as name:  # its mode is 0700
        folder = Path(name)
        paths = {}
        for key, content in contents.items():
            paths[key] = folder / key
            paths[key].touch(mode=0o600)
            paths[key].write_bytes(content)
        yield folder, paths
