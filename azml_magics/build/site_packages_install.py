"""Filling one site-packages directory for an image: from ready wheels, else built by the same Python here."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from azml_magics.build.mounted import check_locally_built, hidden_packages, let_everybody_read, path_file_remarks
from azml_magics.build.requirements_file import render_requirements_file
from azml_magics.build.uv_calls import HASHES_REQUIRED, MARKER, UvCalls, find_interpreter
from azml_magics.build.wheel_failure import explain_missing_wheel
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.image_platform import source_only
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError
from azml_magics.events import Emit, Note
from azml_magics.plan.actions import ImagePlan
from azml_magics.system.files import write_atomically
from azml_magics.system.host import installed_packages
from azml_magics.system.uv import uv_environment

ONLY_WHEELS = ("--only-binary", ":all:")


@dataclass
class SitePackagesInstall:
    """One directory being filled; ``remarks`` are kept with it."""

    plan: ImagePlan
    target: Path
    emit: Emit
    uv: UvCalls
    remarks: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Install, make it readable, and write down what was really installed."""
        text, variables = render_requirements_file(self.plan.requirement_lines, uv_environment(), Path.cwd())
        # Outside the target: everything in there is seen by the service.
        with tempfile.TemporaryDirectory(prefix="azml-") as folder:
            requirements = Path(folder, "requirements.txt")
            write_atomically(requirements, text.encode())
            self._install(requirements, variables)
        (self.target / ".lock").unlink(missing_ok=True)
        self.remarks += path_file_remarks(self.target)
        let_everybody_read(self.target)
        content = {
            "key": self.plan.key,
            "python": self.plan.python,
            "platform": self.plan.platform,
            "requirements": [mask_credentials(line) for line in self.plan.requirement_lines],
            "uv": version("uv"),
            "remarks": self.remarks,
            "installed": installed_packages([self.target]),
        }
        write_atomically(self.target / MARKER, json.dumps(content, indent=1).encode(), mode=0o644)

    def _install(self, requirements: Path, variables: Mapping[str, str]) -> None:
        python = find_interpreter(self.plan.python or "")
        try:
            if source_only(self.plan.requirement_lines) and python is not None:
                self._install_with(requirements, variables, python, ())
                check_locally_built(self.plan, self.target)
            else:
                self._install_wheels(requirements, variables, python)
        except BuildError as error:
            raise explain_missing_wheel(self.plan, error, requirements, variables, self.uv) from error

    def _install_wheels(self, requirements: Path, variables: Mapping[str, str], python: str | None) -> None:
        """Ready wheels alone; where one is missing, the image's Python builds it if it is on this machine too."""
        try:
            self._install_with(requirements, variables, python, ONLY_WHEELS)
        except BuildError as error:
            if python is None or error.code != "no-wheel":
                raise
            self.emit(Note(f"{error.brief.partition(': ')[2]}; it is built by {python} instead"))
            self._install_with(requirements, variables, python, ())
            check_locally_built(self.plan, self.target)

    def _install_with(
        self, requirements: Path, variables: Mapping[str, str], python: str | None, options: Sequence[str]
    ) -> None:
        self.remarks.clear()
        wanted = ["--python-version", self.plan.python or "", "--python-platform", self.plan.platform or "", *options]
        wanted += HASHES_REQUIRED if self.plan.is_locked else ()
        arguments = ["pip", "install", "--target", str(self.target), "--requirements", str(requirements), *wanted]
        if python is not None:
            # Compiled by a Python of the same minor version: a container cannot write into what is mounted, and would
            # compile everything again whenever it starts.
            arguments += ["--python", python, "--compile-bytecode"]
        self.uv.call(arguments, variables)
        server = self.plan.image.server_version if self.plan.image else None
        installed = installed_packages([self.target])
        if self.plan.is_locked or server is None or SERVER in dict(installed):
            return
        if not hidden_packages(self.plan.image, installed):
            return
        # Asked only now, because it costs more than the installation, and mostly nothing is hidden.
        constraints = self._constraints(server, requirements, variables, wanted)
        if constraints:
            shutil.rmtree(self.target)
            self.uv.call([*arguments, *constraints], variables)

    def _constraints(
        self, server: str, requirements: Path, variables: Mapping[str, str], wanted: Sequence[str]
    ) -> list[str]:
        """Options that keep what is installed to versions the image's server can run with: it hides the image's own.

        None where no versions fit both: what was asked for stays, with a remark.
        """
        beside = requirements.with_name("server.txt")
        pinned = requirements.with_name("constraints.txt")
        beside.write_text(f"{SERVER}=={server}\n")
        options = ["--no-header", "--no-annotate", "--no-python-downloads", "--quiet", "--output-file", str(pinned)]
        compile_both = ["pip", "compile", str(requirements), str(beside), *options, *wanted]
        completed = self.uv.try_call(compile_both, variables, quiet=True)
        if completed.returncode == 0:
            return ["--constraints", str(pinned)]
        text = re.sub(r"\s+", " ", completed.text)
        reason = re.search(r"Because (.*?),? we can conclude", text)
        if reason and re.search(r"depends? on", text) and not _is_missing(text):
            self.remarks.append(
                f"warning: what is asked for does not fit {SERVER} {server} of the image, which may not start: "
                f"{reason[1]}"
            )
        return []


def _is_missing(text: str) -> bool:
    """Whether the server itself is what could not be found: then nothing can be said of what it needs."""
    return re.search(rf"there is no version of {SERVER}|{SERVER}\S* (was not found|ha(s|ve) no )", text) is not None
