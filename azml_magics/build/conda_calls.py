"""Calls of ``conda_program``: told line by line, killed when cancelled; its failures are explained elsewhere."""

from __future__ import annotations

import importlib.util
import json
import os
import site
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azml_magics
from azml_magics.build.conda_failure import explain_conda_failure
from azml_magics.build.package_progress import BYTES, CondaProgress
from azml_magics.cancel import Cancel
from azml_magics.definitions.conda_dependencies import mask_channel
from azml_magics.errors import BuildError, ToolError
from azml_magics.events import Emit, LogLine
from azml_magics.plan.actions import CondaPlan
from azml_magics.system.conda_settings import read_conda_settings
from azml_magics.system.logs import clip_line
from azml_magics.system.process import run
from azml_magics.system.uv import uv_environment

PROGRAM = "azml_magics.build.conda_program"
#: How the last line of the program begins.
RESULT = "azml-conda "
#: Would make the program, or a script of a package, look at an environment of the caller's.
UNWANTED = frozenset({"CONDA_PREFIX", "CONDA_DEFAULT_ENV", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"})


@dataclass(frozen=True)
class CondaPackage:
    """One package of a solution; ``file`` is ``CHANNEL/SUBDIR/FILE``."""

    name: str
    version: str
    file: str
    sha256: str

    @property
    def lock_line(self) -> str:
        """As a lock holds it."""
        return f"{self.file}#sha256={self.sha256}"


def run_conda_program(
    conda: CondaPlan,
    prefix: Path | None,
    *,
    emit: Emit,
    cancel: Cancel,
    descriptors: Sequence[int] = (),
    newest: bool = False,
) -> tuple[CondaPackage, ...]:
    """What ``conda`` is solved to (or locked to), installed into ``prefix`` where one is given.

    With ``newest`` of everything that is locked the newest release for its Python; nothing is solved.

    Raises ``BuildError``, ``ToolError`` (``rattler-missing``, ``conda-config``) and ``CancelledError``.
    """
    settings = read_conda_settings(os.environ)
    named = [item.rpartition("::")[0].strip() for item in conda.specifications if "::" in item]
    channels = list(dict.fromkeys([*conda.channels, *named]))
    environment = _environment(settings.variables)
    job = {
        "specifications": list(conda.specifications),
        "channels": settings.locate(channels, Path.cwd()),
        "alias": settings.alias,
        "subdir": conda.subdir,
        "locked": list(conda.locked),
        "newest": newest,
        "prefix": None if prefix is None else str(prefix),
        "is_priority_strict": settings.is_priority_strict,
        "use_system_certificates": bool(environment.get("SSL_CERT_FILE")),
    }

    progress = CondaProgress(emit)

    def tell(line: str) -> None:
        if not line.startswith((RESULT, BYTES)):
            emit(LogLine("builder", clip_line(mask_channel(line))))
        progress.feed(line)

    completed = run(
        [sys.executable, "-m", PROGRAM],
        env=environment,
        # "-m" looks for modules in the working directory first: nothing of the user's must stand in for anything.
        cwd=Path(azml_magics.__file__).parents[1],
        on_line=tell,
        cancel=cancel,
        pass_fds=descriptors,
        feed=[json.dumps(job).encode()],
    )
    progress.finish(succeeded=completed.returncode == 0)
    cancel.check("building packages")
    lines = [mask_channel(line) for line in completed.lines if not line.startswith((RESULT, BYTES))]
    found = [line for line in completed.lines if line.startswith(RESULT)]
    result: dict[str, Any] = json.loads(found[-1].removeprefix(RESULT)) if found else {}
    if "packages" not in result:
        raise _explain(conda, result.get("error"), lines)
    return tuple(CondaPackage(**package) for package in result["packages"])


def _explain(conda: CondaPlan, error: Mapping[str, Any] | None, lines: Sequence[str]) -> BuildError:
    if error is None:
        return BuildError(
            "conda packages cannot be installed: rattler failed",
            remedy="its own words are in the details (%azml why, azml --verbose)",
            details=lines[-60:],
        )
    return explain_conda_failure(conda, error, lines)


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, with the proxy and the certificates that pip and conda are set up for here."""
    inherited = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    of_pip = {name: value for name, value in uv_environment().items() if name in ("SSL_CERT_FILE", "ALL_PROXY")}
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    others = {"SSL_CERT_FILE": bundle} if bundle else {}
    return {**others, **of_pip, **variables, **inherited, **_path_of_rattler(), "PYTHONUNBUFFERED": "1"}


def _path_of_rattler() -> dict[str, str]:
    """Where the program finds rattler, should that be none of the interpreter's own places."""
    spec = importlib.util.find_spec("rattler")
    if spec is None or spec.origin is None:
        raise ToolError("rattler is missing", remedy="pip install py-rattler", code="rattler-missing")
    place = str(Path(spec.origin).parents[1])
    return {} if place in (*site.getsitepackages(), site.getusersitepackages()) else {"PYTHONPATH": place}
