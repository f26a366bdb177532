"""``Workspace``: the local workspace under Azure's name; nothing of it is in a cloud."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azml_magics.session import Session
from azml_magics.v1.checked import Answering
from azml_magics.v1.exceptions import MissingPathException, UserErrorException
from azml_magics.v1.unsupported import INSTEAD

if TYPE_CHECKING:
    from azml_magics.v1.compute import ComputeTarget
    from azml_magics.v1.environment import Environment
    from azml_magics.v1.experiment import Experiment
    from azml_magics.v1.model import Model
    from azml_magics.v1.run import Run
    from azml_magics.v1.webservice import Webservice

#: Azure's file with the coordinates of a workspace, and the folders it is looked for in, from here upwards.
CONFIG_FILE = "config.json"
CONFIG_FOLDERS = (".", ".azureml", "aml_config")
LOCAL = "local"


class Workspace(Answering):
    """The workspace that the current directory belongs to (``.azml``, or ``AZML_WORKSPACE``).

    Subscription, resource group and name are only shown: they come from a ``config.json`` of Azure, if there is one.
    """

    elsewhere = INSTEAD

    def __init__(
        self,
        subscription_id: str = LOCAL,
        resource_group: str = LOCAL,
        workspace_name: str | None = None,
        auth: object = None,
        **_: object,
    ) -> None:
        self._subscription_id = subscription_id
        self._resource_group = resource_group
        self._name = workspace_name
        self._auth_object = auth

    @classmethod
    def from_config(
        cls, path: str | None = None, auth: object = None, _logger: object = None, _file_name: str | None = None
    ) -> Workspace:
        """The local workspace; with a ``config.json`` of Azure nearby (or at ``path``) under the name it has there.

        Raises ``MissingPathException`` (a ``FileNotFoundError``) for a ``path`` that is not there.
        """
        values = _read_config(path, _file_name or CONFIG_FILE)
        return cls(
            str(values.get("subscription_id", LOCAL)),
            str(values.get("resource_group", LOCAL)),
            str(values["workspace_name"]) if "workspace_name" in values else None,
            auth=auth,
        )

    @classmethod
    def get(
        cls, name: str, auth: object = None, subscription_id: str = LOCAL, resource_group: str = LOCAL, **_: object
    ) -> Workspace:
        """The local workspace, called ``name``."""
        return cls(subscription_id, resource_group, name, auth)

    @classmethod
    def create(
        cls, name: str, auth: object = None, subscription_id: str = LOCAL, resource_group: str = LOCAL, **_: object
    ) -> Workspace:
        """The local workspace, called ``name``; made when there is none."""
        created = cls(subscription_id, resource_group, name, auth)
        created.get_details()  # opens it
        return created

    @classmethod
    def list(cls, *_: object, **__: object) -> dict[str, Sequence[Workspace]]:
        """The local one."""
        found = cls.from_config()
        return {found.name: [found]}

    @cached_property
    def session(self) -> Session:
        """What all names of this package call."""
        return _make_session()

    @property
    def name(self) -> str:
        """The name in Azure's file, else that of the folder the workspace is in."""
        return self._name or self.session.workspace.root.parent.name or LOCAL

    subscription_id = property(lambda self: self._subscription_id, doc="That of Azure's file, or ``local``.")
    resource_group = property(lambda self: self._resource_group, doc="That of Azure's file, or ``local``.")

    @property
    def location(self) -> str:
        """Where it is: here."""
        return LOCAL

    def get_details(self) -> dict[str, Any]:
        """What there is to say about it."""
        root = self.session.workspace.root
        return {"name": self.name, "location": LOCAL, "workspaceid": str(root), "friendlyName": self.name}

    def write_config(self, path: str | None = None, file_name: str | None = None) -> None:
        """Azure's ``config.json``, in ``.azureml`` below ``path`` (AZUREML.md 3.1)."""
        folder = Path(path or ".") / ".azureml"
        folder.mkdir(parents=True, exist_ok=True)
        values = {
            "subscription_id": self.subscription_id,
            "resource_group": self.resource_group,
            "workspace_name": self.name,
        }
        (folder / (file_name or CONFIG_FILE)).write_text(json.dumps(values, indent=4))

    @property
    def environments(self) -> dict[str, Environment]:
        """The newest version of every environment, by name; curated ones too."""
        from azml_magics.v1.environment import Environment

        return Environment.list(self)

    @property
    def models(self) -> dict[str, Model]:
        """The newest version of every model, by name."""
        from azml_magics.v1.model import Model

        return {model.name: model for model in reversed(Model.list(self))}

    @property
    def webservices(self) -> dict[str, Webservice]:
        """Every service, by name."""
        from azml_magics.v1.webservice import Webservice

        return {service.name: service for service in Webservice.list(self)}

    @property
    def experiments(self) -> dict[str, Experiment]:
        """Every experiment with a run, by name."""
        from azml_magics.v1.experiment import Experiment

        return {experiment.name: experiment for experiment in Experiment.list(self)}

    @property
    def compute_targets(self) -> dict[str, ComputeTarget]:
        """This machine; whatever it is asked for by name, with a warning, is this machine too."""
        from azml_magics.v1.compute import ComputeTargets

        return ComputeTargets(self)

    def get_run(self, run_id: str) -> Run:
        """The run of that id."""
        from azml_magics.v1.run import Run

        return Run.get(self, run_id)

    def __repr__(self) -> str:
        return (
            f"Workspace.create(name={self.name!r}, subscription_id={self.subscription_id!r}, "
            f"resource_group={self.resource_group!r})"
        )


_make_session: Callable[[], Session] = Session


def use_sessions(make: Callable[[], Session]) -> None:
    """Take sessions from ``make`` from now on: a notebook's know what its cells declared."""
    global _make_session  # noqa: PLW0603  # one for the process, as the names are
    _make_session = make


def session_of(workspace: Workspace | None) -> Session:
    """The session of ``workspace``, or of the local one where a call needs none."""
    if workspace is None or not isinstance(getattr(workspace, "session", None), Session):
        return Workspace().session
    return workspace.session


def _read_config(path: str | None, file_name: str) -> dict[str, Any]:
    """Azure's file at ``path`` or below that folder; without ``path`` one that is nearby, if there is one."""
    start = Path(path or os.curdir).absolute()
    if path is not None and not start.exists():
        raise MissingPathException(
            f"{path} is not there", remedy="leave path out: the local workspace is found without a file"
        )
    if start.is_file():
        return _parse_config(start)
    places = (folder / sub / file_name for folder in (start, *start.parents) for sub in CONFIG_FOLDERS)
    for place in filter(Path.is_file, places):
        try:
            values = _parse_config(place)
        except (UserErrorException, OSError):
            continue  # many programs call a file so
        if "workspace_name" in values:
            return values
    return {}


def _parse_config(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise UserErrorException(f"{file} is no JSON: {error}", remedy="take it away, or repair it") from error
    return document if isinstance(document, dict) else {}
