"""Azure's v2 ``deployment.yml`` of an online endpoint as ``DeploymentFile`` and back (AZUREML.md 4.2, 4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from azml_magics.definitions.codecs.azure_v2 import (
    PREFIX,
    AssetReference,
    V2Values,
    read_root,
    render_v2,
    warnings_of,
)
from azml_magics.definitions.codecs.azure_v2_environment import (
    EnvironmentFile,
    environment_fields,
    read_environment_node,
)
from azml_magics.definitions.codecs.azure_v2_model import ModelFile, model_fields, read_model_node
from azml_magics.definitions.variables import check_variables
from azml_magics.definitions.yaml_text import is_mapping
from azml_magics.errors import Finding, Place

if TYPE_CHECKING:
    from yaml.nodes import Node

FIELDS = (
    "name",
    "endpoint_name",
    "model",
    "code_configuration",
    "environment",
    "environment_variables",
    "description",
    "tags",
)
#: Machines, scaling and watching of the cloud; there is one machine here, and services are watched as they are.
UNUSED = (
    "type",
    "instance_type",
    "instance_count",
    "scale_settings",
    "request_settings",
    "liveness_probe",
    "readiness_probe",
    "app_insights_enabled",
    "egress_public_network_access",
    "private_network_connection",
    "data_collector",
    "model_mount_path",
    "resources",
    "properties",
    "id",
    "provisioning_state",
    "creation_context",
)
#: A deployment cannot be created in Azure without one; this is the one of its own examples.
INSTANCE_TYPE = "Standard_DS3_v2"


@dataclass(frozen=True)
class DeploymentFile:
    """What the file says; paths are as written. ``findings`` are warnings.

    ``code`` is a folder and ``scoring_script`` a file relative to it. ``places`` say where each field stands, of those
    that the text has.
    """

    name: str
    endpoint_name: str | None = None
    model: AssetReference | ModelFile | None = None
    code: str | None = None
    scoring_script: str | None = None
    environment: AssetReference | EnvironmentFile | None = None
    environment_variables: tuple[tuple[str, str], ...] = ()
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)

    @property
    def service_name(self) -> str:
        """What the service is called here: endpoint and deployment are one."""
        return f"{self.endpoint_name}-{self.name}" if self.endpoint_name else self.name


def read_deployment_yaml(text: str, *, source: str, first_line: int = 1) -> DeploymentFile:
    """The deployment that ``text`` describes. Raises ``DeclarationError`` with everything that is wrong."""
    values, root = read_root(text, source, first_line, "a deployment")
    read = _read(values, root)
    return replace(read, findings=warnings_of(values, source))


def render_deployment_yaml(file: DeploymentFile) -> str:
    """The text of ``deployment.yml``, with what Azure cannot do without."""
    return render_v2(
        "managedOnlineDeployment",
        {
            "name": file.name,
            "endpoint_name": file.endpoint_name,
            "model": _asset(file.model, model_fields),
            "code_configuration": _given({"code": file.code, "scoring_script": file.scoring_script}),
            "environment": _asset(file.environment, environment_fields),
            "environment_variables": dict(file.environment_variables),
            "description": file.description,
            "tags": dict(file.tags),
            "instance_type": INSTANCE_TYPE,
            "instance_count": 1,
        },
    )


def _read(values: V2Values, root: Node) -> DeploymentFile:
    given = values.fields(root, "a deployment", FIELDS, UNUSED)
    name = values.one_text(given.get("name"), "name")
    if "name" not in given:
        values.fault("missing-key", "a deployment has a name", "add name: blue", root)
    configured = _code_fields(values, given.get("code_configuration"))
    code, script = _code(values, configured)
    model: AssetReference | ModelFile | None = None
    if "model" in given:
        node = given["model"]
        model = read_model_node(values, node) if is_mapping(node) else values.reference(node, "model")
    environment: AssetReference | EnvironmentFile | None = None
    if "environment" in given:
        node = given["environment"]
        environment = read_environment_node(values, node) if is_mapping(node) else values.reference(node, "environment")
    variables = values.texts(given.get("environment_variables"), "environment_variables")
    if variables:
        values.findings += check_variables(variables, values.text.place(given["environment_variables"]))
    return DeploymentFile(
        name or "",
        values.one_text(given.get("endpoint_name"), "endpoint_name"),
        model,
        code,
        script,
        environment,
        variables,
        values.any_text(given.get("description"), "description"),
        values.texts(given.get("tags"), "tags"),
        places={name: values.text.place(node) for name, node in {**given, **configured}.items()},
    )


def _code_fields(values: V2Values, node: Node | None) -> dict[str, Node]:
    return {} if node is None else values.fields(node, "code_configuration", ("code", "scoring_script"))


def _code(values: V2Values, given: dict[str, Node]) -> tuple[str | None, str | None]:
    code = values.one_text(given.get("code"), "code")
    if code is not None and (code.startswith(PREFIX) or "://" in code):
        values.fault("not-local", f"code {code[:120]!r} is not on this machine", "name a folder", given["code"])
    return code, values.one_text(given.get("scoring_script"), "scoring_script")


def _asset(asset: object, fields: object) -> object:
    if isinstance(asset, AssetReference):
        return f"{PREFIX}{asset.label}"
    return None if asset is None else _given(fields(asset))  # type: ignore[operator]


def _given(fields: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value not in (None, "", (), {}, [])}
