"""The conda half of an environment as Docker steps: an environment of its own in the image, its Python the image's."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from azml_magics.definitions.conda_dependencies import conda_package_name
from azml_magics.definitions.conda_rules import installs_conda
from azml_magics.definitions.digest import digest_of
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_layout import CA_BUNDLE, CREDENTIALS, PACKAGES
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.plan.conda_packages import DEFAULT_CHANNELS
from azml_magics.plan.context import context_prefix
from azml_magics.plan.pythons import SUPPORTED_PYTHONS

#: In the context, and below :data:`PACKAGES` in the image.
CONDA_FILE = "conda_dependencies.yml"
#: Where the cloud keeps environments that it built (AZUREML.md 2.1, 2.5).
ENVIRONMENTS = "/azureml-envs"
#: By which Python, conda and micromamba learn of certificates.
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CONDA_SSL_VERIFY", "MAMBA_SSL_VERIFY")


def conda_python(environment: Environment) -> str | None:
    """The path of the environment's Python in the image; ``None`` where conda installs nothing."""
    return f"{conda_prefix(environment)}/bin/python" if installs_conda(environment) else None


def conda_prefix(environment: Environment) -> str:
    """The directory of the environment in the image, named by what is in it as the cloud does."""
    definition = {"dependencies": list(_dependencies(environment)), "channels": list(_channels(environment))}
    return f"{ENVIRONMENTS}/azureml_{digest_of(definition)[:32]}"


def render_conda_file(environment: Environment) -> str:
    """The specification that the image's conda reads: without pip's half, which is installed in a step of its own.

    Of a lock it names exactly the packages that were locked, by version and build.
    """
    lines = [f"name: {PurePosixPath(conda_prefix(environment)).name}"]
    for key, values in (("channels", _channels(environment)), ("dependencies", _dependencies(environment))):
        # A JSON text is a YAML one, whatever it holds.
        lines += [f"{key}:", *(f"- {json.dumps(value)}" for value in values)]
    return "\n".join(lines) + "\n"


def render_conda(environment: Environment, base: ImageFacts | None) -> list[str]:
    """The steps that make the environment with the conda, mamba or micromamba of the image."""
    prefix, file = conda_prefix(environment), f"{PACKAGES}/{CONDA_FILE}"
    certificates = " ".join(f"{name}={CA_BUNDLE}" for name in CA_VARIABLES)
    commands = [
        # Both are there while the step runs, and in no layer.
        f"if [ -e {CREDENTIALS} ]; then . {CREDENTIALS}; fi",
        f"if [ -e {CA_BUNDLE} ]; then export {certificates}; fi",
        "export CONDA_ALWAYS_YES=true MAMBA_ALWAYS_YES=true",
    ]
    if base is not None and base.conda is not None:
        commands += [_create(base.conda, prefix, file), f"{base.conda} clean --all --yes"]
    else:
        micromamba, conda = (_create(program, prefix, file) for program in ("micromamba", "conda"))
        commands.append(f"if command -v micromamba >/dev/null; then {micromamba}; else {conda}; fi")
    variables = {
        "AZUREML_CONDA_ENVIRONMENT_PATH": prefix,
        "AZUREML_CONDA_DEFAULT_ENVIRONMENT": prefix,
        "AZUREML_INFERENCE_PYTHON_PATH": f"{prefix}/bin",
        "CONDA_PREFIX": prefix,
        "PATH": f"{prefix}/bin:$PATH",
    }
    return [
        f"COPY {context_prefix(environment.image_source)}{CONDA_FILE} {PACKAGES}/",
        "RUN " + " && \\\n    ".join(commands),
        "ENV " + " \\\n    ".join(f"{name}={value}" for name, value in variables.items()),
    ]


def _create(program: str, prefix: str, file: str) -> str:
    if PurePosixPath(program).name == "micromamba":
        return f"{program} create --yes --quiet --prefix {prefix} --file {file}"
    return f"{program} env create --quiet --prefix {prefix} --file {file}"


def _channels(environment: Environment) -> tuple[str, ...]:
    conda = environment.conda
    return (conda.channels if conda is not None else ()) or DEFAULT_CHANNELS


def _dependencies(environment: Environment) -> tuple[str, ...]:
    conda, lock = environment.conda, holding_lock(environment)
    assert conda is not None
    found = conda.conda_packages
    if lock is not None and lock.conda_packages:
        found = tuple(_exact(line) for line in lock.conda_packages)
    names = {conda_package_name(item) for item in found}
    newest, oldest = SUPPORTED_PYTHONS[0].split("."), SUPPORTED_PYTHONS[-1]
    python = f"python>={oldest},<{newest[0]}.{int(newest[1]) + 1}"
    return (*found, *([] if "python" in names else [python]), *([] if "pip" in names else ["pip"]))


def _exact(line: str) -> str:
    """``conda-forge::numpy=1.26.4=py311_0`` of ``conda-forge/linux-64/numpy-1.26.4-py311_0.conda#sha256=...``."""
    path = line.partition("#sha256=")[0]
    channel, _, file = path.rsplit("/", 2)
    name, version, build = file.removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)
    return f"{'' if '/' in channel else channel + '::'}{name}={version}={build}"
