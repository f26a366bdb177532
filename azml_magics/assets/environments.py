"""``Environments``: the environments of one workspace, and those that this session declared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.environment import Environment, NewestEnvironment, check_name
from azml_magics.definitions.environment_diff import EnvironmentDiff, compare_environments
from azml_magics.errors import DeclarationError, Finding, NotFoundError
from azml_magics.events import Emit, Found, discard
from azml_magics.resolve.environment import as_meant_here, get_named_environment, located

if TYPE_CHECKING:
    from azml_magics.assets.building import EnvironmentBuild
    from azml_magics.assets.environment_files import SavedEnvironment
    from azml_magics.assets.locking import LockReport
    from azml_magics.assets.outdated import OutdatedReport
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class Environments:
    """The environments of ``workspace`` and of ``declarations``; relative paths start at ``working_directory``."""

    workspace: Workspace
    declarations: Declarations
    working_directory: Path

    def get(self, label: str) -> Environment:
        """``NAME`` (declared in this session, else curated, else the newest registered) or ``NAME:VERSION``.

        Raises ``NotFoundError`` (``unknown-environment``, ``unknown-environment-version``).
        """
        return get_named_environment(label, self.declarations, self.workspace)

    def list_all(self, name: str | None = None, *, archived: bool = False) -> list[Environment]:
        """Every registered version, by name and version; archived ones only when they are asked for."""
        return self.workspace.list_environments(name, archived=archived)

    def list_newest(self, *, archived: bool = False) -> list[NewestEnvironment]:
        """Of each registered name the newest version, with how many there are."""
        return self.workspace.list_newest_environments(archived=archived)

    def list_curated(self) -> list[Environment]:
        """Those whose names are kept for them: they can be used, shown and copied."""
        from azml_magics.plan.curated import curated_environments

        return list(curated_environments())

    def register(self, environment: Environment) -> Environment:
        """``environment`` with its version: that of an equal definition of its name, else the next; locked as that is.

        Raises ``DeclarationError`` for a name that may not be registered, ``NotFoundError`` for a directory it names
        that is not there.
        """
        meant = as_meant_here(environment, self.working_directory, self.workspace)
        return self.workspace.register_environment(meant)

    def as_registered(self, environment: Environment) -> Environment:
        """As :meth:`register` would give it, without doing so; a definition that is new has no version."""
        meant = as_meant_here(environment, self.working_directory, self.workspace)
        known = self.workspace.list_environments(meant.name)
        found = next((each for each in reversed(known) if each.digest() == meant.digest()), None)
        findings = check_name(meant.name) if found is None else []
        if findings:
            raise DeclarationError(f"environment {meant.name[:80]!r} cannot be registered", findings)
        return replace(meant, version=None if found is None else found.version)

    def diff(self, before: str, after: str | None = None) -> EnvironmentDiff:
        """What leads from one environment to another; of ``before`` alone, between its two newest versions.

        Raises ``NotFoundError`` as :meth:`get`, and (``one-version``) where there is nothing to compare with.
        """
        if after is not None:
            return compare_environments(self.get(before), self.get(after))
        newest = self.get(before)
        former = self._former(newest)
        if former is None:
            raise NotFoundError(
                f"there is no earlier version to compare environment {newest.label!r} with",
                remedy="name two: azml environment diff NAME:1 OTHER:2",
                code="one-version",
            )
        return compare_environments(former, newest)

    def _former(self, environment: Environment) -> Environment | None:
        """The version before; of one that is not registered the newest of its name."""
        name, version = environment.name, environment.version
        if version is None:
            return self.workspace.find_environment(name)
        earlier = [each for each in self.workspace.environment_versions(name) if each < version]
        return self.workspace.find_environment(name, earlier[-1]) if earlier else None

    def clone(self, label: str, name: str) -> Environment:
        """A copy registered as ``name``, with which one goes on; a curated one too.

        Raises ``NotFoundError`` as :meth:`get`, ``DeclarationError`` for a name that may not be registered, or
        (``environment-exists``) that something else is registered as.
        """
        copied = replace(self.get(label), name=name, version=None, archived=False)
        former = self.workspace.find_environment(name)
        if former is not None and former.digest() != copied.digest():
            finding = Finding(
                "environment-exists",
                f"there is an environment {name!r}, and it is another one",
                "choose another name; what is declared anew becomes its next version",
            )
            raise DeclarationError(f"environment {label!r} was not copied", [finding])
        return self.register(copied)

    def add_wheel(self, path: Path, *, exist_ok: bool = False) -> str:
        """Keep a private wheel in the workspace; gives the requirement line that installs it, with every engine.

        Raises ``NotFoundError`` (``wheel-missing``), ``DeclarationError`` (``invalid-wheel``, ``wheel-exists``).
        """
        from azml_magics.assets.wheels import add_wheel

        return add_wheel(self.workspace, self.working_directory / path, exist_ok=exist_ok).requirement

    def save(self, environment: Environment, directory: Path, *, overwrite: bool = False) -> SavedEnvironment:
        """Write the files of Azure's SDK v1 into ``directory``, all or nothing; see ``assets.environment_files``.

        Raises ``DeclarationError`` (``directory-exists``), ``WorkspaceError``.
        """
        from azml_magics.assets.environment_files import save_environment

        return save_environment(environment, self.working_directory / directory, overwrite=overwrite)

    def load(self, directory: Path, *, emit: Emit = discard) -> Environment:
        """The environment in a directory of Azure's SDK v1, not registered yet; what it leaves out is told by ``emit``.

        A file that only names an environment means the one of that name here. Raises ``NotFoundError``,
        ``DeclarationError``.
        """
        from azml_magics.assets.environment_files import load_environment

        found = load_environment(self.working_directory / directory)
        if isinstance(found, str):
            return self.get_named_in(directory, found)
        for finding in found.findings:
            emit(Found(finding))
        return found.environment

    def get_named_in(self, directory: Path, label: str) -> Environment:
        """That of ``label``, which is all that the file in ``directory`` says. Raises ``NotFoundError``."""
        try:
            return self.get(label)
        except NotFoundError as error:
            message = f"the file in {directory} only names environment {label!r}, which is not in the workspace"
            remedy = f"register it first, with the files that say what is in it; {error.remedy}"
            raise NotFoundError(message, remedy=remedy, code=error.code) from error

    def save_file(self, environment: Environment, directory: Path, *, overwrite: bool = False) -> SavedEnvironment:
        """Write ``environment.yml`` of Azure's v2 and what it names into ``directory``, all or nothing.

        Raises ``DeclarationError`` (``directory-exists``, ``no-base-image``), ``WorkspaceError``.
        """
        from azml_magics.assets.v2_environments import save_environment_file

        return save_environment_file(
            environment, self.working_directory / directory, self.workspace, overwrite=overwrite
        )

    def load_file(self, path: Path) -> tuple[Environment, tuple[Finding, ...]]:
        """The environment of an ``environment.yml`` of Azure's v2, not registered yet, and what is doubtful about it.

        Raises ``NotFoundError`` for what is not there, ``DeclarationError``.
        """
        from azml_magics.assets.v2_environments import load_environment_file

        return load_environment_file(self.working_directory / path)

    def from_conda_specification(self, name: str, path: Path) -> Environment:
        """From a file that conda would make an environment of. See ``assets.environment_sources`` for all of these."""
        from azml_magics.assets.environment_sources import from_conda_specification

        return from_conda_specification(name, self.working_directory / path)

    def from_pip_requirements(self, name: str, path: Path, *, pip_version: str | None = None) -> Environment:
        """From a requirements text."""
        from azml_magics.assets.environment_sources import from_pip_requirements

        return from_pip_requirements(name, self.working_directory / path, pip_version=pip_version)

    def from_existing_conda_environment(self, name: str, existing: str) -> Environment:
        """With the packages of a conda environment of this machine, by its name or directory."""
        from azml_magics.assets.environment_sources import from_existing_conda_environment

        return from_existing_conda_environment(name, existing, self.working_directory)

    def from_dockerfile(
        self,
        name: str,
        dockerfile: str,
        *,
        conda_specification: Path | None = None,
        pip_requirements: Path | None = None,
    ) -> Environment:
        """From a Dockerfile, as text or as a path; without packages of its own the image has them all."""
        from azml_magics.assets.environment_sources import from_dockerfile

        conda, pip = self._located(conda_specification), self._located(pip_requirements)
        folder = self.working_directory
        return from_dockerfile(name, dockerfile, folder, conda_specification=conda, pip_requirements=pip)

    def from_docker_image(
        self,
        name: str,
        image: str,
        *,
        registry: str | None = None,
        conda_specification: Path | None = None,
        pip_requirements: Path | None = None,
    ) -> Environment:
        """From an image; without packages of its own the image has them all."""
        from azml_magics.assets.environment_sources import from_docker_image

        conda, pip = self._located(conda_specification), self._located(pip_requirements)
        return from_docker_image(name, image, registry=registry, conda_specification=conda, pip_requirements=pip)

    def build_local(
        self,
        environment: str | Environment,
        *,
        use_docker: bool = False,
        base_image: str | None = None,
        frozen: bool = False,
        emit: Emit = discard,
        cancel: Cancel | None = None,
    ) -> EnvironmentBuild:
        """Build an environment, by its name or itself, without a service; see ``assets.building``.

        ``frozen`` refuses one without a lock (``DeclarationError``, ``not-frozen``).
        """
        from azml_magics.assets.building import build_environment
        from azml_magics.resolve.environment import require_lock

        named = self.get(environment) if isinstance(environment, str) else environment
        meant = as_meant_here(named, self.working_directory, self.workspace)
        if frozen:
            require_lock(meant, self.workspace, f"environment {meant.label} cannot be built")
        return build_environment(
            self.workspace,
            meant,
            use_docker=use_docker,
            base_image=base_image,
            emit=emit,
            cancel=cancel or Cancel(),
        )

    def lock(
        self,
        label: str,
        *,
        engine: str = "process",
        base: str | None = None,
        upgrade: bool = False,
        emit: Emit = discard,
        cancel: Cancel | None = None,
    ) -> LockReport:
        """Resolve an environment to exact versions with hashes and register it with them; see :class:`Locking`."""
        from azml_magics.assets.locking import Locking

        environment = located(self.get(label), self.working_directory)
        locking = Locking(self.workspace, emit, cancel or Cancel())
        return locking.lock(environment, engine=engine, base=base, upgrade=upgrade)

    def outdated(self, label: str, *, emit: Emit = discard, cancel: Cancel | None = None) -> OutdatedReport:
        """Which packages of a locked or pinned environment have newer releases; see :func:`find_outdated`."""
        from azml_magics.assets.outdated import find_outdated

        return find_outdated(located(self.get(label), self.working_directory), emit, cancel or Cancel())

    def archive(self, name: str, version: object = None, *, archived: bool = True) -> list[Environment]:
        """Hide one version, or all of ``name``, from lists and from ``latest``, or bring them back.

        Gives what was hidden or brought back; raises ``NotFoundError``.
        """
        from azml_magics.plan.curated import find_curated

        if find_curated(name) is not None:
            raise NotFoundError(
                f"environment {name!r} is curated: it belongs to azml, and no version of it is in this workspace",
                remedy="nothing: only environment list --curated shows it",
                code="unknown-environment",
            )
        return self.workspace.archive_environment(name, version, archived=archived)

    def _located(self, path: Path | None) -> Path | None:
        return None if path is None else self.working_directory / path
