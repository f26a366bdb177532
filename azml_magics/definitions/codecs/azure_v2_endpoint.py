"""Azure's v2 ``endpoint.yml`` of an online endpoint as ``EndpointFile`` and back (AZUREML.md 4.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from azml_magics.definitions.codecs.azure_v2 import V2Values, read_root, render_v2, warnings_of
from azml_magics.errors import Finding

if TYPE_CHECKING:
    from yaml.nodes import Node

FIELDS = ("name", "auth_mode", "description", "tags", "traffic")
UNUSED = (
    "mirror_traffic",
    "properties",
    "identity",
    "public_network_access",
    "compute",
    "location",
    "id",
    "kind",
    "provisioning_state",
    "scoring_uri",
    "openapi_uri",
)
AUTH_MODES = ("key", "aml_token", "aad_token")
NAME_PATTERN = re.compile(r"[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?")
NAME_LENGTH = range(3, 33)


@dataclass(frozen=True)
class EndpointFile:
    """What the file says; ``name`` in small letters, as the service keeps it. ``findings`` are warnings."""

    name: str
    auth_mode: str = "key"
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    traffic: tuple[tuple[str, int], ...] = ()
    findings: tuple[Finding, ...] = ()


def read_endpoint_yaml(text: str, *, source: str, first_line: int = 1) -> EndpointFile:
    """The endpoint that ``text`` describes. Raises ``DeclarationError`` with everything that is wrong."""
    values, root = read_root(text, source, first_line, "an endpoint")
    given = values.fields(root, "an endpoint", FIELDS, UNUSED)
    read = EndpointFile(
        _name(values, root, given),
        (values.choice(given["auth_mode"], "auth_mode", AUTH_MODES) if "auth_mode" in given else None) or "key",
        values.any_text(given.get("description"), "description"),
        values.texts(given.get("tags"), "tags"),
        _traffic(values, given["traffic"]) if "traffic" in given else (),
    )
    return replace(read, findings=warnings_of(values, source))


def render_endpoint_yaml(file: EndpointFile) -> str:
    """The text of ``endpoint.yml``."""
    return render_v2(
        "managedOnlineEndpoint",
        {
            "name": file.name,
            "auth_mode": file.auth_mode,
            "description": file.description,
            "tags": dict(file.tags),
            "traffic": dict(file.traffic),
        },
    )


def _name(values: V2Values, root: Node, given: dict[str, Node]) -> str:
    if "name" not in given:
        values.fault("missing-key", "an endpoint has a name", "add name: my-endpoint", root)
        return ""
    name = values.one_text(given["name"], "name") or ""
    if name and (not NAME_PATTERN.fullmatch(name) or len(name) not in NAME_LENGTH):
        message = f"endpoint name {name[:60]!r} is not 3 to 32 letters, digits and '-', beginning with a letter"
        values.fault("invalid-endpoint-name", message, "write name: my-endpoint", given["name"])
    return name.lower()


def _traffic(values: V2Values, node: Node) -> tuple[tuple[str, int], ...]:
    shares = []
    for name, _, value in values.entries(node, "traffic", "write lines of DEPLOYMENT: PERCENT below traffic"):
        share = values.number(value, f"traffic of {name}")
        shares += [] if share is None else [(name, share)]
    if sum(share for _, share in shares) > 100:
        values.fault("invalid-value", "the shares of traffic are more than 100 together", "make it 100", node)
    return tuple(shares)
