"""debugpy for one Python, in a directory of its own: nothing is added to an environment in order to debug in it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from azml_magics.build.failure import explain_uv_failure
from azml_magics.build.requirements_file import render_requirements_file
from azml_magics.build.uv_calls import MARKER, UvCalls, build_once
from azml_magics.cancel import Cancel
from azml_magics.definitions.digest import digest_of
from azml_magics.errors import BuildError
from azml_magics.events import Emit
from azml_magics.plan.actions import PackagesPlan
from azml_magics.system.files import write_atomically
from azml_magics.system.process import run
from azml_magics.system.pythons import list_pythons
from azml_magics.system.uv import uv_environment

REQUIREMENT = "debugpy>=1.6"
#: Below the workspace's ``packages``.
FOLDER = "debugpy"
_ASK = (
    "import platform, sys, sysconfig; print('%d.%d' % sys.version_info[:2]);"
    " print(sysconfig.get_platform(), platform.libc_ver())"
)


def python_of(directory: Path) -> str | None:
    """Which Python (``3.11``) the debugger in ``directory`` is for; ``None`` for one that was never finished."""
    try:
        return str(json.loads((directory / MARKER).read_text(encoding="utf-8"))["python"])
    except (OSError, ValueError, KeyError):
        return None


def build_debugger(python: Path, directory: Path, *, emit: Emit, cancel: Cancel) -> Path:
    """The directory with debugpy for ``python``, installed once below ``directory``. Raises ``BuildError``."""
    facts = run([str(python), "-I", "-c", _ASK]).text
    version = facts.split()[0]
    target = directory / FOLDER / digest_of({"python": facts, "requirement": REQUIREMENT})

    def build(descriptors: tuple[int, ...]) -> None:
        plan = PackagesPlan("", (REQUIREMENT,))
        explain = partial(explain_uv_failure, plan, list_pythons=list_pythons)
        text, variables = render_requirements_file(plan.requirement_lines, uv_environment(), Path.cwd())
        target.mkdir(parents=True)
        requirements = target / "azml-requirements.txt"
        write_atomically(requirements, text.encode())
        arguments = ["pip", "install", "--python", str(python), "--target", str(target), "-r", str(requirements)]
        UvCalls(emit, cancel, descriptors, explain).call(arguments, variables)
        write_atomically(target / MARKER, json.dumps({"python": version}).encode())

    def find() -> Path | None:
        return target if (target / MARKER).exists() else None

    found = build_once(target, find=find, build=build, cancel=cancel)
    if found is None:
        raise BuildError(f"{target} was prepared, and is gone again", remedy="repeat this", code="packages-gone")
    return found
