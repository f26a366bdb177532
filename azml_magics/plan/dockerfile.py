"""The Dockerfile of an environment, and the name of the image it makes; building it is left to ``build.image``.

From what is edited least often to what is edited most often, so that a build repeats as little as possible.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from azml_magics.definitions.digest import digest_of
from azml_magics.definitions.dockerfile_text import final_user, parse_dockerfile
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_layout import CREDENTIALS, PACKAGES
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.definitions.private_wheel import without_place
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.plan.conda_steps import conda_python, render_conda
from azml_magics.plan.context import HASHED, REQUIREMENTS, WHEELS, context_prefix, render_requirements

#: The user of the prebuilt inference images (AZUREML.md 2.1), for one that has not been looked into yet.
PREBUILT_USER = "dockeruser"
#: Names of images that stand for what is in them.
TAG_PREFIX = "azureml/azureml_"
ROOT_USERS = frozenset({"", "0", "root"})


def render_environment_dockerfile(
    environment: Environment,
    base: ImageFacts | None,
    base_reference: str | None,
    requirement_lines: Sequence[str],
    *,
    with_packages: bool,
) -> str:
    """The whole text, which plain ``docker build`` understands, with BuildKit and without.

    ``base`` is what is known of the image it starts from: ``base_reference``, or the user's own Dockerfile's last.
    Without ``with_packages`` the Python packages are left out: they are mounted, or installed when a container starts.
    """
    source = environment.image_source
    parts = [source.dockerfile.rstrip() if source.dockerfile else f"FROM {base_reference}", *source.steps_before]
    user = user_after("\n".join(parts), base, base_reference)
    is_root_now = user is not None and is_root(user)
    if source.apt:
        parts += ["", "# Debian packages", *([] if is_root_now else ["USER root"]), *render_apt(source.apt)]
        is_root_now = True
    conda = conda_python(environment) if with_packages else None
    if conda is not None:
        parts += ["", "# Conda packages", *([] if is_root_now else ["USER root"]), *render_conda(environment, base)]
        is_root_now = True
    if with_packages and requirement_lines and not source.user_managed:
        needs_root = conda is not None or (base is not None and is_system_python(base))
        if is_root_now and user is not None and not is_root(user) and not needs_root:
            parts.append(f"USER {user}")
            is_root_now = False
        switch = ["USER root"] if needs_root and not is_root_now else []
        is_root_now = is_root_now or needs_root
        parts += ["", "# Python packages", *switch, *render_pip(environment, base, requirement_lines, python=conda)]
    if is_root_now and not (user is not None and is_root(user)):
        parts.append(f"USER {user}" if user is not None else "# USER of the image, which was not looked into")
    if source.steps_after:
        parts += ["", *source.steps_after]
    return "\n".join(parts) + "\n"


def user_after(text: str, base: ImageFacts | None, base_reference: str | None) -> str | None:
    """The user that Dockerfile ``text`` ends as; ``None`` when only an image that is not known could say it."""
    user = final_user(parse_dockerfile(text))
    if user is not None:
        return user
    if base is not None:
        return base.user
    return PREBUILT_USER if is_prebuilt(base_reference) else None


def is_prebuilt(reference: str | None) -> bool:
    """Whether an image is one of the prebuilt inference images, by its name (AZUREML.md 2.4)."""
    return reference is not None and re.sub(r"(:[\w.-]+)?(@.*)?$", "", reference).endswith("-inference")


def is_root(user: str) -> bool:
    """Whether a ``USER`` of a Dockerfile, perhaps with a group, is root."""
    return user.partition(":")[0] in ROOT_USERS


def render_apt(packages: Sequence[str]) -> list[str]:
    """One step that installs Debian packages and leaves no package lists behind."""
    return [
        "RUN apt-get update && \\",
        "    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \\",
        *(f"        {package} \\" for package in packages[:-1]),
        f"        {packages[-1]} && \\",
        "    rm -rf /var/lib/apt/lists/*",
    ]


def render_pip(
    environment: Environment, base: ImageFacts | None, lines: Sequence[str], *, python: str | None = None
) -> list[str]:
    """The steps that copy the requirements in and install them; ``python`` is one that is none of the base's."""
    files = render_requirements(lines)
    prefix = context_prefix(environment.image_source)
    names = [HASHED, REQUIREMENTS] if files.hashed else [REQUIREMENTS]
    steps = [f"COPY {' '.join(prefix + name for name in names)} {PACKAGES}/"]
    if files.sources:
        steps.append(f"COPY {prefix}{WHEELS}/ {PACKAGES}/{WHEELS}/")
    of_base = base.python if base is not None else None
    used = python or environment.image_source.interpreter_path or of_base or "python3"
    command = f"{used} -m pip install --no-cache-dir"
    if python is not None and holding_lock(environment) is not None:
        command += " --no-deps"  # a lock leaves out what conda brings, so it may depend on what it does not name
    if python is None and of_base is None:
        # Nobody knows whether its operating system forbids it (PEP 668); releases that do not either pass over this.
        command = f"PIP_BREAK_SYSTEM_PACKAGES=1 {command}"
    elif python is None and base is not None and base.externally_managed:
        command += " --break-system-packages"
    commands = [f"{command} -r {PACKAGES}/{REQUIREMENTS}"]
    if files.hashed:
        commands.insert(0, f"{command} --no-deps -r {PACKAGES}/{HASHED}")
    if files.credentials or files.variables:
        # Written to a file that is there while the step runs, and in no layer.
        commands.insert(0, f"if [ -e {CREDENTIALS} ]; then . {CREDENTIALS}; fi")
    return [*steps, "RUN " + " && \\\n    ".join(commands)]


def is_system_python(base: ImageFacts) -> bool:
    """Whether packages of the image's Python belong to root, although the image may run as somebody else."""
    has_conda = base.conda is not None and not base.conda.endswith("mamba")
    return not has_conda and (base.python or "").startswith(("/usr/", "/bin/"))


def image_tag(
    base: ImageFacts | None, dockerfile: str, requirement_lines: Sequence[str] = (), context_digest: str = ""
) -> str:
    """``azureml/azureml_<32 hex>``: equal definitions have equal names, whatever their environments are called.

    Counted are the base image's content, the Docker steps, the packages in their order and the files that are copied
    (AZUREML.md 3.6); credentials are not, so that a renewed one builds nothing again.
    """
    steps = [
        f"FROM {base.image_id}" if base is not None and item.keyword == "FROM" and item.value == base.reference
        else f"{item.keyword} {item.value}"
        for item in parse_dockerfile(dockerfile)
    ]  # fmt: skip
    definition = {
        "base": base.image_id if base is not None else None,
        "steps": steps,
        "packages": [mask_credentials(without_place(line)) for line in requirement_lines],
        "files": context_digest,
    }
    return f"{TAG_PREFIX}{digest_of(definition)[:32]}"
