"""Finding uv and the environment it runs in; what pip's settings mean for it is left to ``pip_settings``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from azml_magics.errors import ToolError
from azml_magics.system.pip_settings import pip_config_files, read_pip_settings, render_for_uv

#: Would make uv look at an environment or a project of the caller's, or let one definition mean different packages.
UNWANTED = frozenset(
    {
        "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT",
        "UV_WORKING_DIR", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT", "UV_OVERRIDE",
        "UV_EXCLUDE", "UV_REQUIRE_HASHES", "UV_RESOLUTION", "UV_VENV_SEED", "UV_VENV_RELOCATABLE",
    }
)  # fmt: skip


def uv_binary() -> str:
    """Path of the uv program that came with us. Raises ``ToolError`` (``uv-missing``)."""
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise ToolError(
            "the uv program is missing", remedy="pip install --force-reinstall uv", code="uv-missing"
        ) from error


def uv_environment() -> dict[str, str]:
    """The caller's environment for uv, with pip's settings added where uv has none of its own.

    Raises ``ToolError`` (``pip-config``) for a configuration file that cannot be read.
    """
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    environment["PATH"] = os.pathsep.join([environment.get("PATH", os.defpath), *pyenv_directories(environment)])
    files = [path for path in pip_config_files(environment, sys.prefix) if path.is_file()]
    texts = {str(path): path.read_text(errors="replace") for path in files}
    return {**environment, **render_for_uv(read_pip_settings(environment, texts), environment)}


def pyenv_directories(environment: Mapping[str, str]) -> list[str]:
    """Where pyenv keeps interpreters: uv sees only the one that is switched on, as a shim on PATH.

    Those of Python 3 only: uv stops at the sight of a Python 2.
    """
    root = Path(environment.get("PYENV_ROOT") or Path(environment.get("HOME", "~")).expanduser() / ".pyenv")
    return sorted(str(path) for path in (root / "versions").glob("3.*/bin"))
