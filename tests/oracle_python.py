"""A Python of its own for what tests compare with: Azure's packages, which the package itself never imports."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from azml_magics.system.uv import uv_binary, uv_environment


def oracle_python(requirement: str, *others: str) -> Path:
    """The interpreter of an environment with ``requirement`` (``NAME==VERSION``), made once and kept between runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or tempfile.gettempdir()) / "azml-tests"
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    folder = cache / f"{requirement.replace('==', '-')}-python{version}"
    python = folder / "bin" / "python"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            for command in (
                ["venv", "--clear", "--python", sys.executable, str(folder)],
                ["pip", "install", "--python", str(python), requirement, *others],
            ):
                made = subprocess.run(
                    [uv_binary(), *command], env=uv_environment(), capture_output=True, text=True, check=False
                )
                assert made.returncode == 0, made.stderr
            (folder / "complete").touch()
    return python
