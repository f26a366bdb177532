"""Conda environments by content key, without a conda installation: conda packages first, then pip's into them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from azml_magics.build.conda_calls import CondaPackage, run_conda_program
from azml_magics.build.requirements_file import render_requirements_file
from azml_magics.build.uv_calls import HASHES_REQUIRED, MARKER, UvCalls
from azml_magics.definitions.conda_dependencies import mask_channel
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError
from azml_magics.plan.actions import PackagesPlan
from azml_magics.system.files import write_atomically
from azml_magics.system.host import installed_packages
from azml_magics.system.uv import uv_environment


def install_conda_environment(packages: PackagesPlan, prefix: Path, uv: UvCalls) -> None:
    """Solve, install, add pip's packages, and write down what was really installed; the marker comes last."""
    conda = packages.conda
    assert conda is not None
    found = run_conda_program(conda, prefix, emit=uv.emit, cancel=uv.cancel, descriptors=uv.descriptors)
    if not (prefix / "bin" / "python").exists():
        raise BuildError(
            "conda packages cannot be installed: none of them is a Python",
            remedy="name a channel that has one, for instance conda-forge",
            code="conda-no-python",
        )
    _mask_records(prefix)
    if packages.requirement_lines:
        _add_pip_packages(packages, prefix, uv)
    content = {
        "key": packages.key,
        "specifications": [mask_channel(item) for item in conda.specifications],
        "channels": [mask_channel(channel) for channel in conda.channels],
        "conda": [package.lock_line for package in found],
        "requirements": [mask_credentials(line) for line in packages.requirement_lines],
        "uv": version("uv"),
        "rattler": version("py-rattler"),
        "installed": _installed(found, prefix),
    }
    write_atomically(prefix / MARKER, json.dumps(content, indent=1).encode())


def _mask_records(prefix: Path) -> None:
    """What conda's records say of where packages came from, without passwords and tokens."""
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        masked = mask_channel(text)
        if masked != text:
            write_atomically(path, masked.encode())


def _add_pip_packages(packages: PackagesPlan, prefix: Path, uv: UvCalls) -> None:
    text, variables = render_requirements_file(packages.requirement_lines, uv_environment(), Path.cwd())
    requirements = prefix / "azml-requirements.txt"
    write_atomically(requirements, text.encode())
    # The environment is ours alone: a mark that keeps pip's packages out of it is meant for the system's Python.
    options = ["--python", str(prefix / "bin" / "python"), "--break-system-packages"]
    # A lock leaves out what conda brings, so what it names may depend on what it does not name.
    hashes = (*HASHES_REQUIRED, "--no-deps") if packages.is_locked else ()
    uv.call(["pip", "install", *options, "--requirements", str(requirements), *hashes], variables)
    write_atomically(requirements, mask_credentials(text).encode())  # for people: no build reads it again


def _installed(found: Sequence[CondaPackage], prefix: Path) -> list[tuple[str, str]]:
    """Every package by name: of pip's and conda's word for one, pip's counts, since that is what is imported."""
    of_pip = dict(installed_packages(sorted(prefix.glob("lib/python*/site-packages"))))
    of_conda = {package.name: package.version for package in found}
    return sorted({**of_conda, **of_pip}.items())
