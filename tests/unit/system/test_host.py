from __future__ import annotations

import importlib.metadata
import platform
import sys
from pathlib import Path

from azml_magics.system.host import collect_host_facts, installed_packages


def distribution(folder: Path, name: str, version: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_the_callers_interpreter_and_platform() -> None:
    facts = collect_host_facts()
    assert facts.current.executable == Path(sys.executable)
    assert facts.current.version == platform.python_version()
    assert facts.platform.startswith(sys.platform + "-")
    assert facts.current_packages == ()


def test_packages_are_collected_when_asked_for() -> None:
    packages = dict(collect_host_facts(include_packages=True).current_packages)
    assert packages["pytest"] == importlib.metadata.version("pytest")
    assert all(name == name.lower() and "_" not in name for name in packages)


def test_names_are_normalised_the_first_on_the_path_counts_and_broken_ones_do_not(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    distribution(first, "Zope.Interface_X", "2")
    distribution(second, "zope-interface-x", "1")
    distribution(second, "alpha", "1.0")
    (second / "broken-1.0.dist-info").mkdir()
    (second / "nameless-1.0.dist-info").mkdir()
    (second / "nameless-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n")
    assert installed_packages([first, second]) == (("alpha", "1.0"), ("zope-interface-x", "2"))
    assert installed_packages([second, first]) == (("alpha", "1.0"), ("zope-interface-x", "1"))
