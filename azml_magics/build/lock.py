"""Exact versions and hashes of requirements for a Python and platform, resolved by uv; keeping them is ``assets``'."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from azml_magics.build.conda_lock import left_to_conda
from azml_magics.build.failure import explain_uv_failure
from azml_magics.build.requirements_file import render_requirements_file
from azml_magics.build.uv_calls import UvCalls
from azml_magics.cancel import Cancel
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import DeclarationError, Finding, Place
from azml_magics.events import Emit
from azml_magics.plan.actions import ImagePlan, PackagesPlan
from azml_magics.system.pythons import list_pythons
from azml_magics.system.uv import uv_environment

#: Nothing but the lines themselves, and no index address among them.
_PLAIN = ("--no-header", "--no-annotate", "--no-python-downloads", "--quiet")


@dataclass(frozen=True)
class LockTarget:
    """What is resolved for: ``python`` as ``3.11`` or ``3.11.7``, ``platform`` as uv calls it.

    ``is_here`` says that it is this machine's, ``name`` is what messages call it.
    """

    python: str
    platform: str
    is_here: bool = True
    name: str = "this machine"

    @property
    def options(self) -> list[str]:
        """How uv is told."""
        return ["--python-version", self.python, *([] if self.is_here else ["--python-platform", self.platform])]


@dataclass(frozen=True)
class Resolver:
    """Calls of uv that install nothing; ``provided`` are (name, version) of what conda brings, which is left out."""

    target: LockTarget
    emit: Emit
    cancel: Cancel
    provided: tuple[tuple[str, str], ...] = ()

    def lock(self, lines: Sequence[str], *, former: Sequence[str] = ()) -> tuple[str, ...]:
        """Requirement lines with exact versions and hashes for ``lines``; versions of ``former`` stay where they can.

        Raises ``BuildError`` where they cannot be resolved, ``DeclarationError`` (``lock-without-hash``) for what no
        hash can describe.
        """
        # Without their hashes, which uv would take over unseen.
        versions = [line.partition(" --hash=")[0] for line in former]
        resolved = self._compile(lines, ["--generate-hashes"], versions)
        findings = [
            Finding(
                "lock-without-hash",
                f"{mask_credentials(line)} is no file, so no hash can tell whether it is still the same",
                "name a wheel or a source distribution, or the project and its version",
            )
            for line in resolved
            if " --hash=" not in line
        ]
        if findings:
            raise DeclarationError("the requirements cannot be locked", findings)
        return resolved

    def newest_allowed(self, lines: Sequence[str]) -> tuple[str, ...]:
        """What ``lines`` would be resolved to now. Raises ``BuildError``."""
        return self._compile(lines, ["--upgrade"])

    def newest(self, names: Sequence[str], options: Sequence[str]) -> tuple[str, ...]:
        """The newest version of each project for itself; ``options`` are lines such as ``--find-links``."""
        return self._compile([*options, *names], ["--upgrade", "--no-deps"]) if names else ()

    def _compile(self, lines: Sequence[str], options: Sequence[str], former: Sequence[str] = ()) -> tuple[str, ...]:
        plan = self._plan(lines)
        explain = partial(explain_uv_failure, plan, list_pythons=list_pythons)
        text, variables = render_requirements_file(lines, uv_environment(), Path.cwd())
        with tempfile.TemporaryDirectory(prefix="azml-lock-") as folder:
            asked, found = Path(folder, "asked.txt"), Path(folder, "found.txt")
            asked.write_text(text, encoding="utf-8")
            # uv keeps the versions that it finds in the file it is to write.
            found.write_text("".join(f"{line}\n" for line in former), encoding="utf-8")
            arguments = ["pip", "compile", str(asked), "--output-file", str(found), *_PLAIN]
            left_out = left_to_conda(self.provided, lines)
            if left_out:
                overrides = Path(folder, "overrides.txt")
                # A condition that nothing fulfils: uv then resolves without it.
                overrides.write_text("".join(f"{name} ; python_version < '0'\n" for name in left_out), encoding="utf-8")
                arguments += ["--override", str(overrides)]
            UvCalls(self.emit, self.cancel, (), explain).call([*arguments, *self.target.options, *options], variables)
            read = parse_requirements(found.read_text(encoding="utf-8"), place=Place("what uv resolved"))
        return tuple(line.text for line in read.lines if line.name is not None)

    def _plan(self, lines: Sequence[str]) -> PackagesPlan | ImagePlan:
        """What messages about failures are made of."""
        if self.target.is_here:
            return PackagesPlan("", tuple(lines), self.target.python)
        target = self.target
        return ImagePlan(
            target.name,
            "mount",
            "",
            python=target.python,
            platform=target.platform,
            requirement_lines=tuple(lines),
        )
