"""Azure's v2 ``environment.yml`` as ``EnvironmentFile`` and back (AZUREML.md 4.3); ``assets`` reads what it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from azml_magics.definitions.codecs.azure_v2 import V2Values, read_root, render_v2, warnings_of
from azml_magics.definitions.codecs.conda_yaml import read_conda_mapping
from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.image_source import check_image
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.definitions.yaml_text import is_mapping
from azml_magics.errors import DeclarationError, Finding, Place

if TYPE_CHECKING:
    from yaml.nodes import Node

FIELDS = ("name", "version", "image", "conda_file", "build", "inference_config", "description", "tags")
#: Uploading, what the service adds, and what is said for the service alone.
UNUSED = (
    "os_type",
    "datastore",
    "properties",
    "id",
    "creation_context",
    "latest_version",
    "auto_delete_setting",
    "intellectual_property",
)
ROUTES = ("liveness_route", "readiness_route", "scoring_route")
DEFAULT_DOCKERFILE = "Dockerfile"


@dataclass(frozen=True)
class Route:
    """Where a server inside an image answers."""

    port: int
    path: str


#: What every server here and in Azure's own images has (AZUREML.md 1.5).
USUAL_ROUTES: Mapping[str, Route] = {
    "liveness_route": Route(5001, "/"),
    "readiness_route": Route(5001, "/"),
    "scoring_route": Route(5001, "/score"),
}


@dataclass(frozen=True)
class BuildContext:
    """A directory that an image is built from; paths as written, ``dockerfile_path`` relative to ``path``."""

    path: str
    dockerfile_path: str = DEFAULT_DOCKERFILE


@dataclass(frozen=True)
class EnvironmentFile:
    """What the file says.

    ``conda_file`` is a path as written, ``conda`` a specification that stands in the file itself. With ``routes`` the
    image is one with a server. ``findings`` are warnings; ``places`` say where each field stands, of those that the
    text has.
    """

    name: str | None = None
    version: str | None = None
    image: str | None = None
    conda_file: str | None = None
    conda: CondaDependencies | None = None
    build: BuildContext | None = None
    routes: Mapping[str, Route] = field(default_factory=dict)
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)


def read_environment_yaml(text: str, *, source: str, first_line: int = 1) -> EnvironmentFile:
    """The environment that ``text`` describes. Raises ``DeclarationError`` with everything that is wrong."""
    values, root = read_root(text, source, first_line, "an environment")
    read = read_environment_node(values, root, is_anonymous=False)
    return EnvironmentFile(**{**_parts(read), "findings": warnings_of(values, source)})  # type: ignore[arg-type]


def read_environment_node(values: V2Values, node: Node, *, is_anonymous: bool = True) -> EnvironmentFile:
    """As :func:`read_environment_yaml`, for one inside another file; what is wrong is added to ``values``."""
    given = values.fields(node, "an environment", FIELDS, UNUSED)
    name = values.one_text(given.get("name"), "name")
    if "name" not in given and not is_anonymous:
        values.fault("missing-key", "an environment has a name", "add name: my-environment", node)
    image = values.one_text(given.get("image"), "image")
    if image is not None:
        values.findings += check_image(image, values.text.place(given["image"]))
    build = _build(values, given["build"]) if "build" in given else None
    if ("image" in given) == ("build" in given):
        message = "image and build exclude each other" if image else "an environment starts from image or build"
        code = "exclusive-keys" if image else "missing-key"
        values.fault(
            code, message, "write image: NAME:TAG, or build: with the path of a folder", given.get("build", node)
        )
    if "build" in given and "conda_file" in given:
        remedy = "install the packages in the Dockerfile, or name an image instead"
        values.fault("exclusive-keys", "conda_file goes with an image, not with build", remedy, given["conda_file"])
    conda_file, conda = _conda(values, given["conda_file"]) if "conda_file" in given else (None, None)
    return EnvironmentFile(
        name,
        values.one_text(given.get("version"), "version"),
        image,
        conda_file,
        conda,
        build,
        _routes(values, given["inference_config"]) if "inference_config" in given else {},
        values.any_text(given.get("description"), "description"),
        values.texts(given.get("tags"), "tags"),
        places={name: values.text.place(value) for name, value in given.items()},
    )


def render_environment_yaml(file: EnvironmentFile) -> str:
    """The text of ``environment.yml``."""
    return render_v2("environment", environment_fields(file))


def environment_fields(file: EnvironmentFile) -> dict[str, object]:
    """The fields of the file, as YAML values; those without a value may be among them."""
    conda: object = file.conda_file if file.conda is None else file.conda.document()
    return {
        "name": file.name,
        "version": file.version,
        "image": file.image,
        "build": None if file.build is None else asdict(file.build),
        "conda_file": conda,
        "inference_config": {name: asdict(route) for name, route in file.routes.items()},
        "description": file.description,
        "tags": dict(file.tags),
    }


def _build(values: V2Values, node: Node) -> BuildContext | None:
    given = values.fields(node, "build", ("path", "dockerfile_path"))
    path = values.one_text(given.get("path"), "path")
    dockerfile = values.one_text(given.get("dockerfile_path"), "dockerfile_path")
    if path is None:
        values.fault("missing-key", "build names no folder", "add path: and the folder of the Dockerfile", node)
        return None
    if "://" in path:
        values.fault(
            "not-local",
            f"build path {mask_credentials(path)[:120]!r} is not on this machine",
            "name a folder",
            given["path"],
        )
    return BuildContext(path, dockerfile or DEFAULT_DOCKERFILE)


def _conda(values: V2Values, node: Node) -> tuple[str | None, CondaDependencies | None]:
    if not is_mapping(node):
        path = values.word(node, "conda_file", "name the file of a conda specification, or write it below conda_file:")
        if path is not None and "://" in path:
            message = f"conda_file {mask_credentials(path)[:120]!r} is not on this machine"
            values.fault("not-local", message, "name a file", node)
        return None if path is None else path.removeprefix("file:"), None
    place = values.text.place(node)
    try:
        return None, read_conda_mapping(values.plain(node), source="conda_file")
    except DeclarationError as error:
        values.findings += [Finding(each.code, each.message, each.remedy, place) for each in error.findings]
        return None, None


def _routes(values: V2Values, node: Node) -> Mapping[str, Route]:
    routes = {}
    named = values.fields(node, "inference_config", ROUTES)
    for name, inner in named.items():
        given = values.fields(inner, name, ("port", "path"))
        path = values.one_text(given.get("path"), "path")
        port = values.number(given["port"], "port") if "port" in given else None
        if path is None or port is None:
            values.fault("missing-key", f"{name} has port and path", "write {port: 5001, path: /}", inner)
            continue
        routes[name] = Route(port, path)
        if routes[name] != USUAL_ROUTES[name]:
            usual = USUAL_ROUTES[name]
            message = f"{name} is not {usual.path} at port {usual.port}: services here answer only there"
            remedy = "have the server in the image listen there; Azure itself takes any"
            values.findings.append(
                Finding("unusual-route", message, remedy, values.text.place(inner), severity="warning")
            )
    for name in ROUTES:
        if name not in named:
            values.fault("missing-key", f"inference_config has no {name}", f"add {name}: {{port: 5001, path: /}}", node)
    return routes


def _parts(file: EnvironmentFile) -> dict[str, object]:
    return {name: getattr(file, name) for name in file.__dataclass_fields__}
