"""The Dockerfile of a package: an environment's, with the code, the models and a start of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.dockerfile_text import parse_dockerfile
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_layout import APP_ROOT, MODELS, PORT, SERVING
from azml_magics.errors import DeclarationError, Finding
from azml_magics.plan.conda_steps import conda_python
from azml_magics.plan.context import context_prefix
from azml_magics.plan.dockerfile import is_prebuilt

#: Folders of the context.
APP_FOLDER, MODELS_FOLDER, SERVING_FOLDER = "app", "models", "serving"
#: Programs that an image with an inference server of its own starts (AZUREML.md 2.1).
STARTS_SERVER = re.compile(r"\b(?:runsvdir|azmlinfsrv|gunicorn|start\.py)\b")
_SOUNDS_SECRET = re.compile(
    r"(?i)(?:pass(?:word|wd)?|secret|token|credential|api_?key|access_?key|account_?key)s?(?:$|_)"
)


def render_package_dockerfile(
    environment_text: str,
    environment: Environment,
    deployment: Deployment,
    *,
    base: ImageFacts | None,
    base_reference: str | None,
    variables: Mapping[str, str],
) -> str:
    """``environment_text`` (from ``render_environment_dockerfile``) and what makes it a service of its own.

    ``variables`` are those of the contract (AZUREML.md 3.7, 3.8); whoever runs the image can set others. It listens on
    port 5001 and starts with our start script where the image has no inference server of its own.
    """
    prefix = context_prefix(environment.image_source)
    brings_start = starts_server(environment_text, base, base_reference)
    parts = [environment_text.rstrip()]
    if not brings_start:
        parts += ["", "# The server's start script", f"COPY {prefix}{SERVING_FOLDER}/ {SERVING}/"]
    app = {name: value for name, value in variables.items() if name != "AZUREML_MODEL_DIR"}
    users = deployment.variables()
    if not brings_start:
        app["AZML_BIND_HOST"] = "0.0.0.0"  # noqa: S104  # inside a container
    if deployment.workers is not None:
        app["WORKER_COUNT"] = str(deployment.workers)
    parts += ["", "# Code", f"COPY {prefix}{APP_FOLDER}/ {APP_ROOT}/", *_environment({**app, **users})]
    if deployment.models:
        model_directory = {"AZUREML_MODEL_DIR": variables["AZUREML_MODEL_DIR"]}
        wanted = {} if "AZUREML_MODEL_DIR" in users else model_directory
        parts += ["", "# Models", f"COPY {prefix}{MODELS_FOLDER}/ {APP_ROOT}/{MODELS}/", *_environment(wanted)]
    if not brings_start:
        of_base = base.python if base and base.python else "python3"
        python = conda_python(environment) or environment.image_source.interpreter_path or of_base
        command = json.dumps([python, f"{SERVING}/start.py", str(PORT)])
        parts += ["", f"WORKDIR {APP_ROOT}", f"EXPOSE {PORT}", "ENTRYPOINT []", f"CMD {command}"]
    return "\n".join(parts) + "\n"


def starts_server(text: str, base: ImageFacts | None, base_reference: str | None) -> bool:
    """Whether an image made by the Dockerfile ``text`` starts an inference server by itself.

    A ``CMD`` or ``ENTRYPOINT`` of the user's own is taken at its word.
    """
    own = [item.keyword for item in parse_dockerfile(text)]
    if {"CMD", "ENTRYPOINT"} & set(own[len(own) - own[::-1].index("FROM") if "FROM" in own else 0 :]):
        return True
    if base is None:
        return is_prebuilt(base_reference)
    # Labels and /var/runit are inherited by images that start something else.
    return STARTS_SERVER.search(" ".join([*base.entrypoint, *base.command])) is not None


def check_variables(deployment: Deployment) -> list[Finding]:
    """Variables that everybody who has the image can read, and probably should not."""
    return [
        Finding(
            "variable-readable",
            f"{name} becomes a part of the image: everybody who has the image can read it",
            f"leave it out here, and give it when the image is run: docker run --env {name}=...",
            severity="warning",
        )
        for name, value in sorted(deployment.variables().items())
        if value and _SOUNDS_SECRET.search(name)
    ]


def _environment(variables: Mapping[str, str]) -> list[str]:
    """One ``ENV`` instruction a variable. Raises ``DeclarationError`` for a value that no Dockerfile can hold."""
    lines = []
    for name, value in sorted(variables.items()):
        if "\n" in value or "\r" in value:
            finding = Finding(
                "variable-lines", f"{name} has several lines", "give it when the image is run, with --env"
            )
            raise DeclarationError("the variables cannot be written into a Dockerfile", [finding])
        plain = re.fullmatch(r"[\w./:@%+,=-]+", value, re.ASCII)
        escaped = re.sub(r"([\\\"$])", r"\\\1", value)
        lines.append(f"ENV {name}={value}" if plain else f'ENV {name}="{escaped}"')
    return lines
