"""``Workspace``: everything kept on disk, behind one door; the parts are the other modules of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment, check_service_name
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.definitions.environment import Environment, NewestEnvironment
from azml_magics.definitions.model import Model
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import DeclarationError, ServiceError, WorkspaceError
from azml_magics.system.locks import is_locked, locked
from azml_magics.system.refusals import remedy_for
from azml_magics.workspace.artifacts import ArtifactBook
from azml_magics.workspace.content import ContentStore
from azml_magics.workspace.database import Database
from azml_magics.workspace.environments import EnvironmentRegistry
from azml_magics.workspace.locate import DIRECTORY_NAME, locate
from azml_magics.workspace.models import ModelRegistry
from azml_magics.workspace.requests import RequestHistory, RequestRecord, RequestStatistics
from azml_magics.workspace.runs import RunBook
from azml_magics.workspace.services import ServiceBook, ServiceRecord

#: Directories of former starts kept for each service.
KEPT_STARTS = 3


def open_workspace(root: Path | None, *, start: Path) -> Workspace:
    """Open ``root``, else the one ``start`` belongs to, else a new ``start/.azml``."""
    return Workspace(root or locate(start) or start / DIRECTORY_NAME)


class Workspace:
    """One workspace directory, created when it is not there.

    Holds ``workspace.db``, ``models/`` and ``wheels/`` (by content), ``packages/``, ``services/`` and ``locks/``;
    readable by its owner only.
    """

    def __init__(self, root: Path) -> None:
        root = root.absolute()
        self.root = root
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Only what is ours: AZML_WORKSPACE may name a folder that holds other things too.
            if not any(root.iterdir()):
                (root / ".gitignore").write_text("*\n")
        except OSError as error:
            raise WorkspaceError(
                f"workspace {root} cannot be created: {error.strerror}",
                remedy=remedy_for(error, "choose another place with AZML_WORKSPACE"),
                code="workspace-directory",
            ) from error
        self._database = Database(root / "workspace.db")
        self._environments = EnvironmentRegistry(self._database)
        self._models = ModelRegistry(self._database, ContentStore(root / "models"))
        self._services = ServiceBook(self._database)
        self._requests = RequestHistory(self._database)
        self._artifacts = ArtifactBook(self._database)
        self._runs = RunBook(self._database)

    @property
    def packages_directory(self) -> Path:
        """Where environments are built."""
        return self.root / "packages"

    @property
    def images_directory(self) -> Path:
        """Where it is kept what was found in images of engines."""
        return self.root / "images"

    @property
    def file_digests(self) -> Path:
        """The file that remembers digests of files that have not changed since."""
        return self.root / "file-digests.json"

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # environments -----------------------------------------------------------------------------------------------------

    def register_environment(self, environment: Environment) -> Environment:
        """``environment`` with its version; see :meth:`EnvironmentRegistry.register`."""
        return self._environments.register(environment)

    def register_deployment_environment(self, deployment: Deployment) -> Deployment:
        """``deployment`` with its environment registered on first use."""
        assert deployment.environment is not None
        return replace(deployment, environment=self.register_environment(deployment.environment))

    def find_environment(self, name: str, version: int | None = None) -> Environment | None:
        """That version, or the newest."""
        return self._environments.find(name, version)

    def get_environment(self, name: str, version: object = None, *, also: Iterable[str] = ()) -> Environment:
        """See :meth:`EnvironmentRegistry.get`."""
        return self._environments.get(name, version, also=also)

    def list_environments(self, name: str | None = None, *, archived: bool = False) -> list[Environment]:
        """Every version, by name and version; archived ones only when they are asked for."""
        return self._environments.list_all(name, archived=archived)

    def list_newest_environments(self, *, archived: bool = False) -> list[NewestEnvironment]:
        """Of each name the newest version, with how many there are."""
        return self._environments.list_newest(archived=archived)

    def environment_names(self) -> list[str]:
        """Every registered name, sorted."""
        return self._environments.names()

    def environment_versions(self, name: str) -> list[int]:
        """Its versions, oldest first, archived ones too."""
        return self._environments.versions(name)

    def archive_environment(self, name: str, version: object = None, *, archived: bool = True) -> list[Environment]:
        """See :meth:`EnvironmentRegistry.archive`."""
        return self._environments.archive(name, version, archived=archived)

    @property
    def wheels(self) -> ContentStore:
        """Private wheels, by content."""
        return ContentStore(self.root / "wheels")

    # models -----------------------------------------------------------------------------------------------------------

    def register_model(
        self,
        path: Path,
        *,
        name: str,
        tags: Mapping[str, str],
        properties: Mapping[str, str],
        description: str,
        framework: str | None = None,
        framework_version: str | None = None,
    ) -> Model:
        """See :meth:`ModelRegistry.register`."""
        return self._models.register(
            path,
            name=name,
            tags=tags,
            properties=properties,
            description=description,
            framework=framework,
            framework_version=framework_version,
        )

    def find_model(self, name: str, version: int | None = None) -> Model | None:
        """That version, or the newest."""
        return self._models.find(name, version)

    def get_model(self, name: str, version: int | None = None) -> Model:
        """As :meth:`find_model`; raises ``NotFoundError``."""
        return self._models.get(name, version)

    def list_models(self, name: str | None = None, tags: Mapping[str, str | None] | None = None) -> list[Model]:
        """Every version, by name and version; with ``tags`` those that have all of them, ``None`` for any value."""
        return self._models.list_all(name, tags)

    def model_path(self, model: Model) -> Path:
        """Its file or folder, read-only; of one that is not registered, the user's own."""
        return self._models.path(model)

    def unused_model_content(self) -> list[Path]:
        """Content that no model has; see :meth:`ModelRegistry.unused_content`."""
        return self._models.unused_content()

    def remove_unused_model_content(self, entry: Path) -> bool:
        """Remove it, unless a model has it by now."""
        return self._models.remove_unused_content(entry)

    # artifacts --------------------------------------------------------------------------------------------------------

    @property
    def artifacts(self) -> ArtifactBook:
        """What was built for which environment, with its figures."""
        return self._artifacts

    # runs -------------------------------------------------------------------------------------------------------------

    @property
    def runs(self) -> RunBook:
        """Training runs, as last seen."""
        return self._runs

    def run_directory(self, run_id: str) -> Path:
        """Where a run is."""
        return self.root / "runs" / run_id

    # services ---------------------------------------------------------------------------------------------------------

    def service_directory(self, name: str) -> Path:
        """A new, empty directory for one start of service ``name``: ``services/<name>/<n>``, ``n`` counting from 1.

        Of former starts the newest :data:`KEPT_STARTS` stay, for their logs, and the one that may be running.
        """
        _refuse_bad_service_name(name)
        parent = self.root / "services" / name
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        former = sorted(int(entry.name) for entry in parent.iterdir() if entry.name.isdecimal())
        record = self.find_service(name)
        for number in former[:-KEPT_STARTS]:
            if record is None or parent / str(number) != record.directory:
                # What a service left may be unremovable (read-only folders); that is no reason not to start it again.
                shutil.rmtree(parent / str(number), ignore_errors=True)
        number = former[-1] if former else 0
        while True:
            number += 1
            directory = parent / str(number)
            with suppress(FileExistsError):
                directory.mkdir(mode=0o700)
                return directory

    @contextmanager
    def service_lock(self, name: str, *, cancel: Cancel | None = None) -> Iterator[None]:
        """One holder a service over all threads and processes; waiting can be cancelled.

        Raises ``DeclarationError`` for a name that no service can have: it becomes a file name.
        """
        _refuse_bad_service_name(name)
        waiting = f"waiting for service {name!r}"
        with locked(self.lock_path(f"service-{name}"), cancel=cancel, what=waiting):
            # Whoever removes what nothing uses holds this one, and looks for holders of the other one then.
            with locked(self.lock_path("prune"), cancel=cancel, what=waiting):
                pass
            yield

    @contextmanager
    def prune_lock(self) -> Iterator[None]:
        """Nobody prepares, starts, reloads or stops a service meanwhile.

        Raises ``ServiceError`` (``service-busy``) when somebody does already.
        """
        with locked(self.lock_path("prune"), what="waiting to remove what is unused"):
            for lock in sorted((self.root / "locks").glob("service-*.lock")):
                if is_locked(lock):
                    name, _, invoked = lock.stem.removeprefix("service-").partition(".")
                    doing = "is being invoked" if invoked else "is being deployed, reloaded or stopped"
                    raise ServiceError(
                        f"service {name!r} {doing}",
                        remedy="try again when that is done",
                        code="service-busy",
                    )
            yield

    def lock_path(self, name: str) -> Path:
        """The lock file of that name."""
        locks = self.root / "locks"
        locks.mkdir(mode=0o700, exist_ok=True)
        return locks / f"{name}.lock"

    def save_service(
        self, deployment: Deployment, endpoint: Endpoint, stages: Mapping[str, float], reasons: Mapping[str, str]
    ) -> ServiceRecord:
        """Write down a running service."""
        return self._services.save(
            deployment,
            state="running",
            directory=endpoint.directory,
            endpoint=endpoint,
            stages=stages,
            reasons=reasons,
        )

    def save_failed_service(self, deployment: Deployment, directory: Path, error: str) -> ServiceRecord:
        """Write down a service that did not start; its log stays in ``directory``."""
        return self._services.save(deployment, state="failed", directory=directory, error=error)

    def save_cancelled_service(self, deployment: Deployment, directory: Path) -> ServiceRecord:
        """Write down a service that was cancelled before it ran; its log stays in ``directory``."""
        return self._services.save(deployment, state="stopped", directory=directory)

    def save_stopped_service(self, name: str) -> ServiceRecord:
        """Write down that a service has ended on purpose."""
        record = self._services.get(name)
        return self._services.save(record.deployment, state="stopped", directory=record.directory)

    def find_service(self, name: str) -> ServiceRecord | None:
        """What is known of a service."""
        return self._services.find(name)

    def get_service(self, name: str) -> ServiceRecord:
        """As :meth:`find_service`; raises ``NotFoundError``."""
        return self._services.get(name)

    def list_services(self) -> list[ServiceRecord]:
        """Every known service, by name."""
        return self._services.list_all()

    # requests ---------------------------------------------------------------------------------------------------------

    def record_request(self, record: ServiceRecord, request: ScoringRequest, response: ScoringResponse) -> int:
        """Keep one exchange in the history; returns its number."""
        return self._requests.record(record.name, request, response)

    def list_requests(self, service: str | None = None, limit: int = 50) -> list[RequestRecord]:
        """The newest first."""
        return self._requests.list_all(service, limit=limit)

    def get_request(self, service: str, number: int) -> RequestRecord:
        """See :meth:`RequestHistory.get`."""
        return self._requests.get(service, number)

    def request_statistics(self, service: str) -> RequestStatistics:
        """See :meth:`RequestHistory.statistics`."""
        return self._requests.statistics(service)


def _refuse_bad_service_name(name: str) -> None:
    findings = check_service_name(name)
    if findings:
        raise DeclarationError(f"there can be no service {name[:80]!r}", findings)
