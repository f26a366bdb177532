"""``azureml.core.webservice``: running services of the workspace as the SDK's objects, with its guards and words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse
from azml_magics.errors import NotFoundError
from azml_magics.v1.checked import Answering
from azml_magics.v1.deployment_configuration import DeploymentConfiguration, LocalWebserviceDeploymentConfiguration
from azml_magics.v1.exceptions import NotSupportedLocally, WebserviceException, raising
from azml_magics.v1.filters import Filter
from azml_magics.v1.former_deployments import FormerDeployments
from azml_magics.v1.news import perform_recorded, say
from azml_magics.v1.service_list import list_names
from azml_magics.v1.unsupported import OF_SERVICES
from azml_magics.v1.workspace import Workspace, session_of

if TYPE_CHECKING:
    from azml_magics.v1.inference_config import InferenceConfig
    from azml_magics.v1.model import Model

_LIVE = ("deploying", "failed", "running")
#: Call -> states it may be made in (AZUREML.md 3.8).
GUARDS = {
    "delete": _LIVE,
    "get_logs": _LIVE,
    "reload": _LIVE,
    "run": ("deploying", "running"),
    "wait_for_deployment": ("deploying", "running"),
    "update": (*_LIVE, "unknown"),
}


class Webservice(FormerDeployments, Answering):
    """``Webservice(ws, NAME)`` is the local service of that name; raises ``WebserviceException`` when there is none."""

    elsewhere = OF_SERVICES

    def __new__(cls, *_: object, **__: object) -> Any:  # noqa: D102
        return super().__new__(LocalWebservice if cls is Webservice else cls)

    @staticmethod
    def list(
        workspace: Workspace,
        compute_type: str | None = None,
        image_name: str | None = None,
        image_id: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: Filter | None = None,
        properties: Filter | None = None,
        image_digest: str | None = None,
        **_: object,
    ) -> list[LocalWebservice]:
        """Every service that was deployed and not deleted, by name; those with that model."""
        images = (image_name, image_id, image_digest)
        names = list_names(workspace, compute_type, model_name, model_id, (tags, properties), images)
        return [LocalWebservice(workspace, name) for name in names]

    @staticmethod
    def deploy_configuration(*_: object, **__: object) -> DeploymentConfiguration:
        """Use ``LocalWebservice.deploy_configuration``."""
        raise NotSupportedLocally(
            "Webservice has no deployment configuration", remedy="use LocalWebservice.deploy_configuration(port=...)"
        )


class LocalWebservice(Webservice):
    """A service on this machine; ``must_exist=False`` gives one in state ``unknown`` where there is none."""

    STATE_DEPLOYING, STATE_RUNNING, STATE_FAILED = "deploying", "running", "failed"
    STATE_DELETED, STATE_UNKNOWN = "deleted", "unknown"
    auth_enabled = token_auth_enabled = False
    _failure: WebserviceException | None = None

    def __init__(self, workspace: Workspace, name: str, must_exist: bool = True, **_: object) -> None:
        self.workspace = workspace
        self.name = name
        self.compute_type = "Local"
        self.tags: object = None
        self.properties: object = None
        self.description: object = None
        self._session = session_of(workspace)
        self._is_deleted = False
        if must_exist and self._report() is None:
            raise WebserviceException(
                f"WebserviceNotFound: there is no service {name!r} on this machine",
                remedy="Webservice.list(ws) shows what there is",
                code="unknown-service",
            )

    @staticmethod
    def deploy_configuration(  # type: ignore[override]  # the SDK's
        port: int | None = None, **settings: object
    ) -> LocalWebserviceDeploymentConfiguration:
        """``port`` from 1 to 65535; without it the next free one. Raises ``WebserviceException``."""
        return LocalWebserviceDeploymentConfiguration(port, **settings)

    def _report(self) -> ServiceReport | None:
        try:
            report = self._session.service(self.name)
        except NotFoundError:
            return None
        return None if report.state == "stopped" else report

    def _guard(self, call: str) -> None:
        state = self._local_state()
        if state not in GUARDS[call]:
            raise WebserviceException(
                f"{call}() needs a service in another state: {self.name} is {state}",
                remedy="get_logs() shows why" if state == "failed" else "deploy it first",
                code="service-state",
            )

    @property
    def state(self) -> str:
        """``deploying``, ``running``, ``failed``, ``deleted`` or ``unknown``."""
        return self._local_state()

    def _local_state(self) -> str:
        if self._is_deleted:
            return "deleted"
        report = self._report()
        return "unknown" if report is None else report.state

    def update_deployment_state(self, must_exist: bool = True) -> None:
        """Nothing to do: the state is always as it is now."""
        _ = must_exist

    @property
    def port(self) -> int | None:
        """The port it listens on."""
        report = self._report()
        return report.port if report else None

    @property
    def scoring_uri(self) -> str | None:
        """``http://localhost:PORT/score``."""
        report = self._report()
        return report.scoring_uri if report else None

    @property
    def swagger_uri(self) -> str | None:
        """``http://localhost:PORT/swagger.json``."""
        report = self._report()
        return report.swagger_uri if report else None

    @property
    def created_time(self) -> object:
        """When it was started."""
        report = self._report()
        return report.started if report else None

    updated_time = created_time

    @property
    def error(self) -> str | None:
        """Why it failed."""
        report = self._report()
        return report.error if report else None

    def wait_for_deployment(self, show_output: bool = False, **_: object) -> None:
        """It is ready, or did not become ready: then the reason is raised, with the user's own lines."""
        if self._failure is not None:
            if show_output:
                say("Container Logs:\n" + self.get_logs(100))
            raise self._failure
        self._guard("wait_for_deployment")
        say(f"Local webservice is running at http://localhost:{self.port}")

    def run(self, input_data: object = None, *, input: object = None) -> Any:  # both are names of Azure's
        """Send JSON (text, bytes, or a value) and give the answer's value.

        Raises ``WebserviceException`` with what the service answered and the user's lines of the traceback.
        """
        self._guard("run")
        input_data = input if input_data is None else input_data
        if not isinstance(input_data, str | bytes):
            input_data = json.dumps(input_data)
        body = input_data if isinstance(input_data, bytes) else input_data.encode()
        with raising(WebserviceException):
            response = self._session.score(self.name, ScoringRequest(body))
        if response.status == 200:
            return response.json()
        failure = WebserviceException(
            f"the service answered HTTP {response.status} {response.text[:2000]}{_reason(response)}",
            remedy="get_logs() shows the whole log",
            details=[response.text, *response.traceback],
            code="scoring",
        )
        failure.status_code = response.status
        raise failure

    def get_logs(self, num_lines: int = 5000, raw: bool = False, **_: object) -> str:
        """The last lines of its log, also of one that failed to start."""
        _ = {"raw": raw}
        self._guard("get_logs")
        with raising(WebserviceException):
            return "\n".join(self._session.logs(self.name, tail=num_lines))

    def reload(self, wait: bool = False) -> None:
        """Serve script and source files as they are now, without a new build; the former ones stay when they fail.

        One that failed to start has nothing to fall back to: it is deployed again, with what was built for it.
        """
        self._guard("reload")
        if self._local_state() == "failed":
            LocalWebservice.update(self, wait=wait)
            return
        with raising(WebserviceException):
            self._session.reload(self.name)

    def update(
        self,
        models: Sequence[Model | str] | None = None,
        image_config: object = None,
        deployment_config: DeploymentConfiguration | None = None,
        wait: bool = False,
        inference_config: InferenceConfig | None = None,
        **_: object,
    ) -> None:
        """Deploy again with what is given changed, on the same port; the former one serves until that is ready."""
        from azml_magics.v1.deploying import changed_fields

        _ = {"wait": wait}
        if image_config is not None:
            raise NotSupportedLocally("image configurations are not supported", remedy="give inference_config")
        self._guard("update")
        with raising(WebserviceException):
            changes = changed_fields(self.workspace, self.name, models, inference_config, deployment_config)
            perform_recorded(
                f"updating {self.name}",
                lambda emit, cancel: self._session.update(self.name, changes, emit=emit, cancel=cancel),
                self._session,
                verb="update",
                name=self.name,
            )
        self._failure = None

    def delete(self, delete_cache: bool = True, delete_image: bool = False, delete_volume: bool = True) -> None:
        """End it; its log stays. Images and caches are left to ``azml prune``."""
        _ = (delete_cache, delete_image, delete_volume)
        self._guard("delete")
        with raising(WebserviceException):
            self._session.stop(self.name)
        self._is_deleted = True
        say(f"Local webservice {self.name} has been deleted.")

    def get_keys(self) -> tuple[str, str]:
        """Raises ``NotImplementedError``: who reaches this machine's port may use it."""
        raise NotSupportedLocally("a service on this machine has no keys", remedy="leave the header out")

    def get_token(self) -> str:
        """As :meth:`get_keys`."""
        raise NotSupportedLocally("a service on this machine has no tokens", remedy="leave it out")

    def regen_key(self, key: str, set_key: str | None = None) -> None:
        """As :meth:`get_keys`."""
        _ = (key, set_key)
        self.get_keys()

    def deploy_to_cloud(self, *_: object, **__: object) -> Webservice:
        """Raises: nothing here talks to a cloud."""
        raise NotSupportedLocally(
            "a local service cannot be deployed to a cloud from here",
            remedy=f"azml package {self.name} --output DIR writes everything that an image of it is built from",
        )

    def serialize(self) -> dict[str, Any]:
        """As a JSON object, with the SDK's keys."""
        report = self._report()
        started = report.started.isoformat() if report and report.started else None
        return {
            "name": self.name,
            "tags": self.tags,
            "properties": self.properties,
            "state": self.state,
            "createdTime": started,
            "updatedTime": started,
            "error": self.error,
            "computeType": self.compute_type,
            "workspaceName": self.workspace.name,
            "imageId": report.container if report else None,
            "scoringUri": self.scoring_uri,
            "swaggerUri": self.swagger_uri,
            "port": self.port,
        }

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, compute_type={self.compute_type})"
        )


def _reason(response: ScoringResponse) -> str:
    """The user's own line that failed, and what was raised there."""
    if not response.frames:
        return ""
    frame = response.frames[-1]
    raised = [line for line in response.traceback if line and not line.startswith((" ", "Traceback", "The above"))]
    where = frame.origin or f"{frame.file}, line {frame.line}"
    return "\n" + "\n".join([f"{where}, in {frame.function}", f"  {frame.text}", *raised[:1]])
