"""Azure's v1 environments (``azureml_environment.json`` and what lies beside it) as ``Environment`` and back.

Files are named and rendered here; reading and writing them is left to ``assets``. What else a definition holds is kept
in ``Environment.azure_details`` and written again. See docs/decisions/0008-azure-files.md for what is done otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azml_magics.definitions.azure_defaults import BASE_IMAGE, INTERPRETER, PROJECT_NAME
from azml_magics.definitions.codecs.azure_v1_document import (
    SHARED_MEMORY,
    blank_document,
    complete,
    differences,
    merged,
)
from azml_magics.definitions.codecs.azure_v1_secrets import without_secrets
from azml_magics.definitions.codecs.azure_v1_values import Values
from azml_magics.definitions.codecs.conda_yaml import (
    read_conda_mapping,
    read_conda_yaml,
    read_pip_lines,
    render_conda_mapping,
)
from azml_magics.definitions.conda_dependencies import CondaDependencies, Dependency, PipSection, conda_package_name
from azml_magics.definitions.digest import canonical_json
from azml_magics.definitions.environment import Environment, holds_credentials
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.pip_section import read_pip_section
from azml_magics.definitions.requirement_text import LogicalLine
from azml_magics.definitions.requirements import local_projects
from azml_magics.errors import DeclarationError, Finding, Place

ENVIRONMENT_FILE = "azureml_environment.json"
CONDA_FILE = "conda_dependencies.yml"
DOCKERFILE = "BaseDockerfile"
FILES = (ENVIRONMENT_FILE, CONDA_FILE, DOCKERFILE)
#: Deeper than anything Azure writes, and than what is walked through here.
DEPTH_LIMIT = 50
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class AzureReading:
    """What a definition of Azure's says, and what of it is left out or doubtful: ``findings`` are all warnings."""

    environment: Environment
    findings: tuple[Finding, ...] = ()


def parse_azure_json(text: str, *, source: str) -> dict[str, Any]:
    """The document in ``text``. Raises ``DeclarationError`` (``invalid-json``, ``not-a-mapping``)."""
    try:
        document = json.loads(text)
        is_too_deep = not _is_flatter_than(document, DEPTH_LIMIT)
    except json.JSONDecodeError as error:
        lines = text.split("\n")
        place = Place(source, error.lineno, error.colno, lines[error.lineno - 1].rstrip("\r"))
        raise _refusal(source, "invalid-json", f"this is not JSON: {error.msg}", "correct it there", place) from error
    except RecursionError:
        is_too_deep = True
    if is_too_deep:
        raise _refusal(source, "invalid-json", "this is nested too deeply", "write it flat", Place(source))
    if not isinstance(document, dict):
        raise _refusal(source, "not-a-mapping", "this is no JSON object", "write {...} around it", Place(source))
    if _HALF_CHARACTER.search(json.dumps(document, ensure_ascii=False)):
        message = "this holds half of a character (\\ud800 to \\udfff alone)"
        raise _refusal(source, "invalid-json", message, "write the whole character", Place(source))
    return document


def is_reference(document: Mapping[str, Any]) -> bool:
    """Whether it only names an environment, and perhaps its version, that is registered somewhere."""
    return document.keys() <= {"name", "version"}


def read_environment_document(
    document: Mapping[str, Any],
    *,
    source: str = "the environment",
    conda_text: str | None = None,
    dockerfile: str | None = None,
) -> AzureReading:
    """The environment of a document, inline or with its files beside it; those win over what stands inside.

    ``conda_text`` and ``dockerfile`` are the files. Version and asset id are not read: a workspace gives versions.
    Raises ``DeclarationError`` with everything that is wrong.
    """
    place = Place(source)
    unknown: list[str] = []
    values = Values(place)
    sections = {**document, **{key: values.section(document, key) for key in ("python", "docker")}}
    whole, findings = without_secrets(complete(sections, unknown), place)
    findings += [_warning("unknown-key", f"key {key} is not read", "remove it", place) for key in unknown]
    name = values.name(document)
    user_managed = values.flag(whole["python"], "python", "userManagedDependencies")
    source_of_image = ImageSource(
        image=values.text(whole["docker"], "docker", "baseImage"),
        dockerfile=values.text(whole["docker"], "docker", "baseDockerfile") if dockerfile is None else dockerfile,
        user_managed=user_managed,
        interpreter_path=_own_interpreter(values.text(whole["python"], "python", "interpreterPath")),
    )
    variables = values.variables(whole["environmentVariables"])
    conda = values.read(lambda: _read_conda(whole["python"].get("condaDependencies"), conda_text))
    values.raise_faults(source)
    image, registry = source_of_image.image, whole["docker"]["baseImageRegistry"]["address"]
    if source_of_image.dockerfile is not None and image is not None:
        message = f"the image {image} is not used: the Dockerfile says what the image is made from"
        findings.append(_warning("exclusive-keys", message, "keep one of them", place))
        image = None
    if isinstance(registry, str) and image is not None and not image.startswith(f"{registry}/"):
        image = f"{registry}/{image}"
    written = whole["docker"]["baseImage"] if source_of_image.dockerfile is None else None
    if image == BASE_IMAGE:
        image = None
    environment = Environment(name, environment_variables=variables, image_source=replace(source_of_image, image=image))
    if conda is not None:
        lines = None if conda_text is None else read_pip_lines(conda_text, source=CONDA_FILE)
        environment, faults = _with_conda(environment, conda, lines)
        findings += [replace(fault, severity="warning") for fault in faults]
    wanted = _wanted(whole, environment, conda, written)
    details = differences(_own_document(environment, registry), wanted)
    kept = canonical_json(details) if details else ""
    return AzureReading(replace(environment, azure_details=kept), (*findings, *values.warnings))


def environment_document(environment: Environment) -> dict[str, Any]:
    """The inline form: what Azure's service gets, conda packages and Dockerfile inside (AZUREML.md 3.2)."""
    details = json.loads(environment.azure_details) if environment.azure_details else {}
    registry = details.get("docker", {}).get("baseImageRegistry", {}).get("address")
    own = _own_document(environment, registry)
    # The environment may have been changed since: what it says itself wins over what the file said.
    docker, python = dict(details.get("docker", {})), dict(details.get("python", {}))
    source = environment.image_source
    if source.dockerfile is not None or source.image not in (None, docker.get("baseImage")):
        docker.pop("baseImage", None)
        docker.pop("buildContext", None)
    if "condaDependencies" in own["python"]:
        python.pop("condaDependencies", None)
    return merged(own, {**details, "docker": docker, "python": python})


def render_azure_files(environment: Environment) -> dict[str, str]:
    """File name -> text of what Azure saves for ``environment``; not all of :data:`FILES` need be there."""
    document = environment_document(environment)
    files: dict[str, str] = {}
    conda = document["python"].pop("condaDependencies", None)
    if conda is not None:
        files[CONDA_FILE] = render_conda_mapping(conda)
    dockerfile = document["docker"]["baseDockerfile"]
    if dockerfile is not None:
        del document["docker"]["baseDockerfile"]
        files[DOCKERFILE] = dockerfile
    return {ENVIRONMENT_FILE: json.dumps(document, indent=4), **files}


def check_azure_files(environment: Environment) -> list[Finding]:
    """What of ``environment`` Azure's files have no place for, and what they show to everybody: warnings."""
    source, place = environment.image_source, Place(f"environment {environment.label}")
    of_image = "write what builds the image into a Dockerfile"
    nowhere = {
        "apt packages": (source.apt, of_image),
        "steps": ((*source.steps_before, *source.steps_after), of_image),
        "context": (source.context, of_image),
        "site-packages": (source.site_packages, of_image),
        "packages": (source.packages != "auto", of_image),
        "lock": (environment.lock, "lock it again where it is loaded"),
        "description": (environment.description, "files of Azure's v2 have one"),
        "tags": (environment.tags, "files of Azure's v2 have one"),
    }
    left_out = {what: remedy for what, (value, remedy) in nowhere.items() if value}
    findings = []
    if left_out:
        message = f"Azure's v1 files have no place for {', '.join(left_out)}"
        findings.append(_warning("left-out", message, "; ".join(dict.fromkeys(left_out.values())), place))
    conda = environment.conda or plain_conda(environment) or CondaDependencies()
    if conda.dependencies and not any(conda_package_name(item) == "python" for item in conda.conda_packages):
        message = "its conda dependencies name no Python, which Azure asks for"
        findings.append(_warning("no-python", message, "add python=3.11, or python alone for any", place))
    if holds_credentials(replace(environment, conda=conda)):
        message = "the files show the credentials in addresses of packages, indexes or channels"
        findings.append(_warning("credentials", message, "keep them in pip.conf or .netrc instead", place))
    local = local_projects(environment.requirements)
    if local:
        message = f"the files name files of this machine, which are nowhere else: {', '.join(local)}"
        remedy = "hand the wheels on as well, or publish them in an index"
        findings.append(_warning("local-packages", message, remedy, place))
    return findings


def plain_conda(environment: Environment) -> CondaDependencies | None:
    """What an environment without conda packages is in Azure's files; ``None`` for one that asks for nothing."""
    lines = environment.requirements.canonical_lines()
    if not lines and environment.python is None:
        return None
    # Without a version it means any, and Azure refuses to save what names none at all.
    python = "python" if environment.python is None else f"python={environment.python}"
    pip: tuple[Dependency, ...] = ("pip", PipSection(lines)) if lines else ()
    return CondaDependencies((python, *pip), ("conda-forge",), PROJECT_NAME)


def _is_flatter_than(value: object, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_is_flatter_than(item, depth - 1) for item in inner)


# parts ----------------------------------------------------------------------------------------------------------------


def _own_document(environment: Environment, registry: object) -> dict[str, Any]:
    """What ``environment`` says itself, the rest as Azure writes it where nobody chose."""
    document, source = blank_document(), environment.image_source
    document["name"] = environment.name
    document["version"] = None if environment.version is None else str(environment.version)
    document["environmentVariables"] = dict(environment.environment_variables)
    python, docker = document["python"], document["docker"]
    python["userManagedDependencies"] = source.user_managed
    python["interpreterPath"] = source.interpreter_path or INTERPRETER
    conda = environment.conda or plain_conda(environment)
    if conda is not None:
        python["condaDependencies"] = conda.document()
    docker["shmSize"] = SHARED_MEMORY
    if source.dockerfile is not None:
        docker["baseDockerfile"] = source.dockerfile
    else:
        docker["baseImage"] = (source.image or BASE_IMAGE).removeprefix(f"{registry}/")
    return document


def _wanted(
    whole: Mapping[str, Any], environment: Environment, conda: CondaDependencies | None, image: object
) -> dict[str, Any]:
    """``whole`` with what the environment says in its own words, so that only the rest differs."""
    source = environment.image_source
    python = {
        **whole["python"],
        "interpreterPath": source.interpreter_path or INTERPRETER,
        "userManagedDependencies": source.user_managed,
    }
    python.pop("condaDependencies", None)
    if conda is not None:
        python["condaDependencies"] = conda.document()
    return {
        **whole,
        "name": environment.name,
        "version": None,
        "assetId": None,
        "environmentVariables": dict(environment.environment_variables),
        "python": python,
        "docker": {**whole["docker"], "baseImage": image, "baseDockerfile": source.dockerfile},
    }


def _own_interpreter(written: str | None) -> str | None:
    return None if written in (None, "", INTERPRETER) else written


def _read_conda(inline: object, text: str | None) -> CondaDependencies | None:
    if text is not None:
        return read_conda_yaml(text, source=CONDA_FILE)
    return None if inline is None else read_conda_mapping(inline, source="condaDependencies")


def _with_conda(
    environment: Environment, conda: CondaDependencies, lines: Sequence[LogicalLine] | None
) -> tuple[Environment, tuple[Finding, ...]]:
    """With its packages, unless the image holds every package already.

    What :func:`plain_conda` would write again is no conda: an environment of ours comes back as it was.
    """
    source = f"pip section of environment {environment.name}"
    requirements, faults = read_pip_section(conda, source=source, lines=lines)
    whole = replace(environment, python=conda.python, requirements=requirements)
    if plain_conda(whole) == conda:
        return whole, faults
    if environment.image_source.user_managed:
        return environment, ()
    return replace(whole, conda=conda), faults


def _warning(code: str, message: str, remedy: str, place: Place) -> Finding:
    return Finding(code, message, remedy, place, "warning")


def _refusal(source: str, code: str, message: str, remedy: str, place: Place) -> DeclarationError:
    return DeclarationError(f"{source} is no environment of Azure's", [Finding(code, message, remedy, place)])
