"""Why packages could not be prepared for an image: the package, the Python it was for, the versions that do exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azml_magics.build.failure import find_cause
from azml_magics.build.uv_calls import UvCalls
from azml_magics.errors import BuildError
from azml_magics.plan.actions import ImagePlan

#: Failures that name a package of which other versions may fit.
_ABOUT_VERSIONS = frozenset(
    {"no-wheel", "no-matching-wheel", "version-not-found", "python-unsuitable", "wheel-build-failed"}
)


def explain_missing_wheel(
    plan: ImagePlan, error: BuildError, requirements: Path, variables: Mapping[str, str], uv: UvCalls
) -> BuildError:
    """``error`` in terms of the image, with the versions that its Python can have."""
    found = find_cause(error.details)
    name = re.match(r"[\w.-]*[A-Za-z0-9]", found.subject) if found else None
    if error.code not in _ABOUT_VERSIONS or found is None or name is None:
        return error
    versions = _Versions(plan, requirements, variables, uv).of(name[0])
    if f"{name[0]}=={versions}" == found.subject:  # a directory of wheels does not say which Python each is for
        versions = None
    return BuildError(
        error.brief.replace(f"and Python {plan.python} was asked for", f"and the image has Python {plan.python}"),
        remedy=_remedy(error.code, name[0], versions),
        code=error.code,
        details=error.details,
    )


def _remedy(code: str, name: str, versions: str | None) -> str:
    choose = f"choose a version of {name} with a ready wheel for it: {versions}" if versions else ""
    if code == "python-unsuitable":
        another = "take an image with another Python"
        return f"{choose}, or {another}" if choose else another
    if code == "version-not-found":
        return choose or f"check the spelling; no version of {name} has a ready wheel for it"
    bake = "packages: bake, which builds it inside the image" if code != "no-matching-wheel" else ""
    compiler = " (with the compiler it needs among apt:)" if code == "wheel-build-failed" else ""
    offers = [choose, f"take {bake}{compiler}" if bake else ""]
    return ", or ".join(offer for offer in offers if offer) or f"leave {name} out: nothing of it fits this image"


@dataclass(frozen=True)
class _Versions:
    """Asks the indexes that the requirements are taken from."""

    plan: ImagePlan
    requirements: Path
    variables: Mapping[str, str]
    uv: UvCalls

    def of(self, name: str) -> str | None:
        """``OLDEST to NEWEST`` of the versions with a wheel for the image's Python."""
        newest = self._resolve(name, "highest")
        oldest = self._resolve(name, "lowest") if newest else None
        if newest is None or oldest in (None, newest):
            return newest
        return f"{oldest} to {newest}"

    def _resolve(self, name: str, resolution: str) -> str | None:
        options = [line for line in self.requirements.read_text().splitlines() if line.startswith("--")]
        asked = self.requirements.with_name("versions.txt")
        asked.write_text("".join(f"{line}\n" for line in [*options, name]))
        arguments = [
            "pip", "compile", str(asked), "--no-deps", "--no-header", "--no-annotate", "--no-python-downloads",
            "--quiet", "--resolution", resolution, "--only-binary", ":all:",
            "--python-version", self.plan.python or "", "--python-platform", self.plan.platform or "",
        ]  # fmt: skip
        completed = self.uv.try_call(arguments, self.variables, quiet=True)
        found = re.search(r"^[\w.\[\],-]+==(\S+)", completed.text, re.MULTILINE)
        return found[1] if completed.returncode == 0 and found else None
