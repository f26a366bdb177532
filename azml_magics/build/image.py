"""Images out of Dockerfiles: which builder makes one, and the lock that lets equal builds happen once."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Literal

from azml_magics.build.buildkit import BuildkitBuild, DockerProgram, docker_programs, find_buildkit
from azml_magics.build.classic import ClassicBuild
from azml_magics.build.context import list_context
from azml_magics.build.image_failure import explain_build_failure
from azml_magics.build.index_probe import find_refusing_indexes
from azml_magics.build.job import BuilderGaveUp, BuildJob
from azml_magics.build.links_image import make_links_image
from azml_magics.build.progress import Reporter
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import inspect_image
from azml_magics.containers.pull_progress import readable_size
from azml_magics.definitions.dockerfile_text import check_dockerfile
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError, PreflightError, ToolError
from azml_magics.events import Emit
from azml_magics.plan.build_steps import check_for_classic
from azml_magics.plan.dockerfile import TAG_PREFIX
from azml_magics.system.container_pip import PipFiles
from azml_magics.system.locks import locked

#: Failures of the engine that end a build like a step of it -> what the builders say then.
SAID = {"docker-gone": "connection reset by peer", "disk-full": "no space left on device"}

Builder = Literal["auto", "buildkit", "classic"]


def build_image(
    dockerfile: str,
    tag: str,
    files: Mapping[str, bytes | Path],
    *,
    connection: Connection,
    labels: Mapping[str, str],
    emit: Emit,
    cancel: Cancel,
    context_directory: Path | None = None,
    builder: Builder = "auto",
    pip: PipFiles | None = None,
    base: ImageFacts | None = None,
    user_ids: Mapping[str, tuple[int, int]] | None = None,
) -> str:
    """Build ``dockerfile`` as ``tag``; returns the image's id (``sha256:...``).

    ``files`` (path in the context -> content) are added to ``context_directory``, whose ``.dockerignore`` and
    ``.amlignore`` are honoured. ``pip`` reaches every step that runs pip and stays in no layer. Whatever ends it,
    nothing unfinished is left. ``base`` is what the image is made from, for messages and for the owner of pip's cache;
    ``user_ids`` are the numbers (uid, gid) of users that the Dockerfile itself adds. A tag that names its content is
    built once: who had to wait for another builder takes what that one made. Raises ``BuildError``, ``CancelledError``,
    ``ToolError`` (``buildkit-missing``) and, for a text that cannot be built here (``dockerfile-from``,
    ``buildkit-needed`` ...), ``PreflightError``.
    """
    _refuse_what_no_engine_can_read(tag, dockerfile)
    entries = list_context(dockerfile, files, context_directory)
    program = _choose_builder(builder, connection, tag, dockerfile)
    job = BuildJob(connection, dockerfile, tag, entries, labels, cancel, pip or PipFiles(), base, user_ids or {})
    reporter = Reporter(emit, job.mask)
    with _alone(job) as was_absent:
        if was_absent and tag.startswith(TAG_PREFIX) and (found := inspect_image(connection, tag)) is not None:
            reporter.say(f"{tag} was built meanwhile by somebody else")
            return str(found["Id"])
        reporter.say(_announce(job, program))
        try:
            if program is None:
                return ClassicBuild(job, reporter).run()
            links = make_links_image(connection, job.pip.find_links, emit=emit, cancel=cancel)
            return BuildkitBuild(job, program, links).run(reporter)
        except BuilderGaveUp as failure:
            remarks = failure.remarks
        except ToolError as failure:
            if failure.code not in SAID:
                raise
            remarks = (*failure.details, failure.brief, SAID[failure.code])
    raise _explain(job, reporter, remarks, files)


def _choose_builder(builder: Builder, connection: Connection, tag: str, dockerfile: str) -> DockerProgram | None:
    """The docker command line with BuildKit, or ``None`` for the engine's own builder."""
    program = find_buildkit(connection) if builder != "classic" else None
    if program is not None:
        return program
    if builder == "buildkit":
        seen = ", ".join(docker_programs()) or "none"
        raise ToolError(
            "no docker command line here offers BuildKit",
            remedy="install the buildx plugin of the docker command line (docker-buildx)",
            code="buildkit-missing",
            details=[f"docker command lines on PATH: {seen}"],
        )
    findings = check_for_classic(dockerfile)
    if findings:
        raise PreflightError(f"{tag} cannot be built here", findings)
    return None


def _refuse_what_no_engine_can_read(tag: str, dockerfile: str) -> None:
    """Said here, with the line; and some engines do not survive it: BuildKit in 20.10 panics without a FROM."""
    findings = [finding for finding in check_dockerfile(dockerfile) if finding.severity == "error"]
    if findings:
        raise PreflightError(f"{tag} cannot be built", findings)


def _announce(job: BuildJob, program: DockerProgram | None) -> str:
    size = sum(entry.size for entry in job.entries.values())
    how = f"BuildKit (docker {program.version})" if program else "the engine's own builder"
    return f"building {job.tag} with {how}; context: {len(job.entries)} files, {readable_size(size)}"


@contextmanager
def _alone(job: BuildJob) -> Iterator[bool]:
    """Hold the lock of the name on this engine; says whether there was no such image before waiting for it."""
    folder = Path(tempfile.gettempdir()) / f"azml-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise ToolError(f"{folder} belongs to somebody else", remedy="set TMPDIR to a directory of your own")
    name = sha256(f"{job.connection.address} {job.tag}".encode()).hexdigest()[:32]
    before = inspect_image(job.connection, job.tag)
    with locked(folder / f"build-{name}.lock", cancel=job.cancel, what=f"building {job.tag}"):
        yield before is None


def _explain(
    job: BuildJob, reporter: Reporter, remarks: Sequence[str], files: Mapping[str, bytes | Path]
) -> BuildError:
    """Also why a package is not found inside although it exists: its index refuses, or is on this machine's disk."""
    python = job.base.python_version if job.base is not None else None
    masked = [job.mask(line) for line in remarks]
    error = explain_build_failure(job.tag, reporter.failed, masked, dockerfile=job.dockerfile, python=python)
    if error.code not in ("package-not-found", "version-not-found"):
        return error
    name = re.search(r"requirement ([\w.-]+)", "\n".join(error.details))
    refusing = find_refusing_indexes(job.pip, files, name[1] if name else "pip")
    if refusing:
        return BuildError(
            f"{error.brief}; {refusing[0]} refuses to answer",
            remedy="give it valid credentials in its URL, in pip.conf or the requirements: they stay in no layer",
            place=error.place,
            details=error.details,
            code="index-refused",
        )
    if job.pip.machine_indexes:
        hidden = ", ".join(mask_credentials(index) for index in job.pip.machine_indexes)
        error.remedy += f"; {hidden} is on this machine's disk, which a build does not see: use --find-links"
    return error
