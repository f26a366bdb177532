"""Stage 3, check: definitions and file facts in, findings out; one module per subject. Pure.

A new subject is one module with a ``check(deployment, facts)`` function and one entry in :data:`CHECKS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azml_magics.definitions.declared_places import DeclaredPlaces
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.host import HostFacts
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.site_packages import SitePackages
from azml_magics.errors import Finding


@dataclass(frozen=True)
class DeploymentFacts:
    """What the checks must know of the world, collected beforehand.

    ``sibling_modules`` are importable names beside the entry script's file, ``source_modules`` those that the deployed
    source directory will put on ``sys.path``. ``current_packages`` (normalised name -> version) is filled for a
    deployment that uses the caller's interpreter.

    For a container: ``base`` is its base image where that is on the engine already, ``base_successor`` what to take
    instead of one that is retired, ``suitable_images`` are some with the Python that the environment asks for, and
    ``site_packages`` is what is in the directory that the environment wants mounted. ``dockerfile_findings`` are about
    the environment's Dockerfile and the images it starts from.

    ``host`` is this machine, ``lapsed_lock`` the version that was locked before the environment was changed.
    ``declared`` says where things were written.
    """

    sibling_modules: frozenset[str] = frozenset()
    source_modules: frozenset[str] = frozenset()
    source_files: Mapping[str, Path] = field(default_factory=dict)
    current_packages: Mapping[str, str] = field(default_factory=dict)
    base: ImageFacts | None = None
    base_successor: str | None = None
    suitable_images: tuple[str, ...] = ()
    site_packages: SitePackages | None = None
    dockerfile_findings: tuple[Finding, ...] = ()
    host: HostFacts | None = None
    lapsed_lock: str | None = None
    declared: DeclaredPlaces = field(default_factory=DeclaredPlaces)


#: Subjects in the order they are reported; each module has ``check(deployment, facts) -> Iterable[Finding]``.
CHECKS = ("service", "environment", "requirements", "lock", "script", "image")


def check_deployment(deployment: Deployment, facts: DeploymentFacts) -> tuple[Finding, ...]:
    """All findings, errors before warnings, each group in the order of :data:`CHECKS`."""
    findings = [
        finding
        for subject in CHECKS
        for finding in facts.declared.placed(_module(subject).check(deployment, facts), subject)
    ]
    return tuple(sorted(findings, key=lambda finding: finding.severity != "error"))


def _module(subject: str) -> Any:
    return importlib.import_module(f"azml_magics.preflight.{subject}")
