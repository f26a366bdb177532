"""Locking an environment to exact versions; resolving is ``build``'s, what is newer than a lock ``outdated``'s."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.azure_packages import lines_asked_for, packages_left_out
from azml_magics.definitions.conda_dependencies import conda_versions
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.environment import Environment, check_name
from azml_magics.definitions.image_platform import host_platform, uv_platform
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.lock_rules import locked_versions, minor_version
from azml_magics.errors import DeclarationError, Finding
from azml_magics.events import Emit
from azml_magics.events.stages import running_step

if TYPE_CHECKING:
    from azml_magics.build.conda_lock import CondaLock
    from azml_magics.build.lock import LockTarget
    from azml_magics.definitions.image_facts import ImageFacts
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class LockReport:
    """``environment`` is the registered, locked one; ``former`` the lock that the same definition had before."""

    environment: Environment
    former: Lock | None = None

    @property
    def lock(self) -> Lock:
        """The new lock."""
        assert self.environment.lock is not None
        return self.environment.lock

    @property
    def changes(self) -> tuple[tuple[str, str, str], ...]:
        """(name, version before, version now) of what differs from ``former``; empty texts for what is not there."""
        before = _versions(self.former) if self.former else {}
        now = _versions(self.lock)
        return tuple(
            (name, before.get(name, ""), now.get(name, ""))
            for name in sorted({*before, *now})
            if before.get(name) != now.get(name)
        )


def _versions(lock: Lock) -> dict[str, str]:
    return {**conda_versions(lock.conda_packages), **locked_versions(lock.requirement_lines)}


@dataclass(frozen=True)
class Locking:
    """Locks for environments of ``workspace``."""

    workspace: Workspace
    emit: Emit
    cancel: Cancel

    def lock(
        self, environment: Environment, *, engine: str = "process", base: str | None = None, upgrade: bool = False
    ) -> LockReport:
        """Resolve ``environment`` and register it with its lock: the version of an equal one, else the next.

        For the engine ``docker`` it is resolved for the environment's image, else ``base``, else the usual one. Without
        ``upgrade`` versions of a former lock stay where the requirements still admit them. Raises ``DeclarationError``
        (``reserved-name``, ``nothing-to-lock``, ``lock-without-hash``), ``BuildError``, ``NotFoundError``.
        """
        from azml_magics.build.lock import Resolver
        from azml_magics.preflight.requirements import check_pip_section

        findings = [*check_name(environment.name), *check_pip_section(environment)]
        if findings:
            raise DeclarationError(f"environment {environment.name[:80]!r} cannot be locked", findings)
        unlocked = environment.unlocked()
        former = self._former_lock(unlocked)
        image = self._image(unlocked, base) if engine == "docker" else None
        with running_step(self.emit, "packages") as step:
            conda = self._lock_conda(unlocked, image)
            target = image_target(unlocked, image, conda) if image is not None else host_target(unlocked, conda)
            step.reason = f"resolved for Python {target.python} on {target.platform}"
            kept = former.requirement_lines if former and not upgrade else ()
            resolver = Resolver(target, self.emit, self.cancel, conda.provided if conda else ())
            lines = resolver.lock(served_lines(unlocked, None if conda else image), former=kept)
        packages = conda.packages if conda else ()
        lock = Lock(unlocked.digest(), minor_version(target.python), target.platform, lines, packages)
        registered = self.workspace.register_environment(replace(unlocked, lock=lock, version=None))
        return LockReport(registered, former)

    def _former_lock(self, unlocked: Environment) -> Lock | None:
        from azml_magics.resolve.environment import with_lock

        # Of a registered version too: another version of an equal definition may be locked.
        return with_lock(replace(unlocked, version=None), self.workspace).lock

    def _lock_conda(self, environment: Environment, image: ImageFacts | None) -> CondaLock | None:
        """Conda's half, solved for ``image`` or this machine."""
        from azml_magics.build.conda_lock import lock_conda
        from azml_magics.plan.conda_packages import image_platform, plan_conda
        from azml_magics.plan.pythons import default_python
        from azml_magics.system.host import collect_host_facts

        host = collect_host_facts()
        platform = host.platform if image is None else image_platform(image)
        plan = plan_conda(environment, environment.python or default_python(host), platform)
        return None if plan is None else lock_conda(plan, emit=self.emit, cancel=self.cancel)

    def _image(self, environment: Environment, base: str | None) -> ImageFacts:
        """The image that packages are added to, pulled when it is not here."""
        from azml_magics.containers.connection import connect
        from azml_magics.containers.images import ensure_image
        from azml_magics.plan.user_dockerfile import base_reference
        from azml_magics.resolve.environment import base_image_of

        source = environment.image_source
        if source.user_managed or source.site_packages:
            finding = Finding(
                "nothing-to-lock",
                f"environment {environment.label} installs nothing: its packages are the user's business",
                "leave user_managed and site_packages out, or lock it for this machine: leave --engine out",
            )
            raise DeclarationError("there is nothing to lock", [finding])
        request = DeployRequest(environment.name, "score.py", environment=environment.name, engine="docker", image=base)
        reference = base or base_image_of(request, environment) or base_reference(source.dockerfile or "")
        assert reference is not None  # a Dockerfile from scratch has no Python, which the checks have refused
        return ensure_image(
            connect(),
            reference,
            self.workspace.images_directory,
            interpreter_path=source.interpreter_path,
            emit=self.emit,
            cancel=self.cancel,
        )


def host_target(environment: Environment, conda: CondaLock | None = None) -> LockTarget:
    """Here, with the Python that the process engine takes."""
    from azml_magics.build.lock import LockTarget
    from azml_magics.plan.pythons import choose_python
    from azml_magics.system.host import collect_host_facts

    host = collect_host_facts()
    python = conda.python if conda is not None else choose_python(environment.python, host)[0]
    return LockTarget(python, host_platform(host))


def image_target(environment: Environment, image: ImageFacts, conda: CondaLock | None = None) -> LockTarget:
    """The Python of ``image``, or the one that conda adds.

    Raises ``DeclarationError`` (``lock-image``) for an image without, or with another than is asked for.
    """
    from azml_magics.build.lock import LockTarget
    from azml_magics.definitions.image_platform import describe_platform

    platform, wanted = uv_platform(image), environment.python
    python = conda.python if conda is not None else image.python_version
    fits = wanted is None or conda is not None or f"{python}.".startswith(f"{wanted}.")
    if python is None or platform is None or not fits:
        asked = f", environment {environment.label} asks for Python {wanted}" if wanted and not fits else ""
        finding = Finding(
            "lock-image",
            f"packages cannot be resolved for image {image.reference}: it has {describe_platform(image)}{asked}",
            "name another image with --base",
        )
        raise DeclarationError("the environment cannot be locked", [finding])
    return LockTarget(python, platform, is_here=False, name=f"image {image.reference}")


def served_lines(environment: Environment, image: ImageFacts | None) -> tuple[str, ...]:
    """What is asked for and the server: the release that ``image`` has, since the two must go together."""
    from azml_magics.definitions.image_facts import SERVER
    from azml_magics.plan.planner import BRINGS_SERVER

    lines = tuple(line.text for line in lines_asked_for(environment))
    if (environment.requirements.names() - {*packages_left_out(environment)}) & BRINGS_SERVER:
        return lines
    release = image.server_version if image is not None else None
    return (*lines, SERVER if release is None else f"{SERVER}=={release}")
