"""The Dockerfile that makes a local inference base out of an image with a Python; building it is left to ``build``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.definitions.image_layout import APP_ROOT, PORT, SERVING
from azml_magics.definitions.requirements import Requirements, mask_credentials
from azml_magics.errors import Finding
from azml_magics.plan.base_images import find_base_image

USER = "dockeruser"
ENVIRONMENT = "/azureml-envs/azml"
SETUP = "/opt/azml-base"
#: The engine's, for an image that sets none.
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Paths in the build context.
SERVING_FOLDER, SETUP_FOLDER = "serving", "base"
SETUP_SCRIPT, REQUIREMENTS = f"{SETUP_FOLDER}/base_setup.py", f"{SETUP_FOLDER}/requirements.txt"

#: Distributions every Python comes with: an image with others has packages of its own that must stay importable.
BARE = frozenset({"pip", "setuptools", "wheel", "packaging", "distribute", "conda", "mamba"})
_NAME = re.compile(
    r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][\w.-]{0,127})?"
)


def render_base_dockerfile(reference: str, base: ImageFacts) -> str:
    """The whole text; ``base`` is the image called ``reference``, which holds a Python.

    The result runs as ``dockeruser``, who owns the app root and the environment and may install into it. Where the
    Python of ``base`` holds packages of its own, the environment sees them.
    """
    assert base.python is not None
    variables = {
        "PATH": f"{ENVIRONMENT}/bin:{base.variable('PATH') or DEFAULT_PATH}",
        # Where the prebuilt images name theirs: whoever looks for the Python of this image finds it (AZUREML.md 2.1).
        "AZUREML_CONDA_ENVIRONMENT_PATH": ENVIRONMENT,
        "AML_APP_ROOT": APP_ROOT,
        "AZUREML_INFERENCE_SERVER_HTTP_ENABLED": "True",
        "WORKER_TIMEOUT": "300",
        "LANG": "C.UTF-8",
        "AZML_BIND_HOST": "0.0.0.0",  # noqa: S104  # inside a container
    }
    own_packages = {name for name, _ in base.packages} - BARE
    options = ["--system-site-packages"] if own_packages else []
    return "\n".join(
        [
            f"FROM {reference}",
            "USER root",
            f"COPY {SETUP_FOLDER} {SETUP}/",
            _run([base.python, f"{SETUP}/base_setup.py", "account", APP_ROOT, ENVIRONMENT]),
            f"USER {USER}",
            # A line of pip's own words, so that whoever builds this can see that pip needs its settings here.
            f"RUN {base.python} {SETUP}/base_setup.py environment {' '.join([ENVIRONMENT, *options])} && \\",
            f"    {ENVIRONMENT}/bin/python -m pip install --no-cache-dir -r {SETUP}/requirements.txt",
            # After the packages, because it changes more often; what is copied belongs to root whatever the user.
            f"COPY {SERVING_FOLDER} {SERVING}/",
            *(f"ENV {name}={value}" for name, value in variables.items()),
            f"WORKDIR {APP_ROOT}",
            f"EXPOSE {PORT}",
            "ENTRYPOINT []",
            f"CMD {json.dumps([f'{ENVIRONMENT}/bin/python', f'{SERVING}/start.py', str(PORT)])}",
            "",
        ]
    )


def base_requirement_lines(wanted: Requirements) -> tuple[str, ...]:
    """What is installed into a base: the server, in the release for its Python, unless the lines name it."""
    return (*([] if SERVER in wanted.names() else [SERVER]), *wanted.canonical_lines())


def check_base_requirements(wanted: Requirements) -> list[Finding]:
    """A base is made of what every machine can install again: options, files and credentials are not."""
    return [
        Finding(
            "base-requirement",
            f"{mask_credentials(line.text)} cannot be built into a base",
            "write NAME==VERSION here, and everything else in the requirements of an environment",
        )
        for line in wanted.lines
        if line.name is None or " @ " in line.text or " --hash=" in line.text
    ]


def check_base_name(name: str) -> list[Finding]:
    """Everything wrong with ``name`` for an image of the user's own."""
    if find_base_image(name) is not None:
        return [
            Finding(
                "base-name-taken",
                f"{name!r} is the name of a prebuilt image of the catalogue",
                f"choose a name of your own, for instance my-{name.rpartition('/')[2].partition(':')[0]}",
            )
        ]
    if not _NAME.fullmatch(name):
        proposal = re.sub(r"[^a-z0-9._/-]+", "-", name.lower()).strip("-._/") or "my-base"
        message = f"{name!r} is no name for an image: lower-case letters, digits, '.', '_', '-' and '/', then :TAG"
        return [Finding("invalid-base-name", message, f"rename it, for instance {proposal!r}")]
    return []


def _run(command: Sequence[str]) -> str:
    return "RUN " + json.dumps(list(command))
