"""An environment made from a conda environment that is there: its records are read, and it is built again from them."""

from __future__ import annotations

import sys
from pathlib import Path

from azml_magics.build.packages import build_packages
from azml_magics.cancel import Cancel
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection, conda_package_name
from azml_magics.definitions.environment import conda_environment
from azml_magics.events import discard
from azml_magics.plan.planner import plan_packages
from azml_magics.session import Session
from azml_magics.system.host import collect_host_facts
from tests.channels import Channel

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_what_is_installed_is_what_the_environment_asks_for(channel: Channel, tmp_path: Path) -> None:
    asked = CondaDependencies((f"python={MINOR}", "pip", "greeting", PipSection(("iniconfig==2.0.0",))), (channel.url,))
    packages = plan_packages(conda_environment("asked", asked), collect_host_facts(), with_server=False)
    built = build_packages(packages, tmp_path / "packages", emit=discard, cancel=Cancel())
    assert built.directory is not None
    made = Session(tmp_path / ".azml", working_directory=tmp_path).environments.from_existing_conda_environment(
        "again", str(built.directory)
    )
    assert made.conda is not None
    installed = dict(built.installed)
    assert {"python", "pip", "greeting"} <= {conda_package_name(item) for item in made.conda.conda_packages}
    assert made.conda.channels == (channel.url,)
    assert made.conda.pip_lines == (f"iniconfig=={installed['iniconfig']}",)
    assert made.python is not None
    assert made.python.startswith(MINOR)
