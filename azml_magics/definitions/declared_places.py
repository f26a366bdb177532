"""Where the parts of a deployment were written, for findings that are about a whole; checks know the other places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.errors import Finding, NotFoundError, Place

_NO_PLACES: Mapping[str, Place] = MappingProxyType({})
#: Beginnings of codes -> the key of an environment's cell that they are about.
_KEYS = {
    "unpinned-requirements": "requirements",
    "missing-package": "requirements",
    "incompatible-package": "requirements",
    "local-packages": "requirements",
    "wheel-": "requirements",
    "dynamic-": "packages",
    "mount-": "packages",
    "unpinned-": "conda",
    "no-channels": "channels",
    "python-": "python",
    "no-python": "python",
    "several-pythons": "python",
    "site-packages": "site_packages",
    "dockerfile": "dockerfile",
    "deprecated-image": "image",
    "image-": "image",
    "base-": "image",
    "invalid-variable": "environment_variables",
    "extra-": "environment_variables",
    "runtime-variables": "environment_variables",
}
#: Subjects of the checks that are about the environment.
_OF_ENVIRONMENT = frozenset({"environment", "requirements", "lock", "image"})


@dataclass(frozen=True)
class DeclaredPlaces:
    """Where an environment was written: its cell, the keys in it, each of its requirements by normalised name.

    ``dockerfile`` is the line above the first one of its Dockerfile, ``script`` the line above the first one of the
    entry script. Everything is empty for what no cell of this session declared.
    """

    environment: Place | None = None
    keys: Mapping[str, Place] = field(default_factory=lambda: _NO_PLACES)
    requirements: Mapping[str, Place] = field(default_factory=lambda: _NO_PLACES)
    dockerfile: Place | None = None
    script: Place | None = None

    def placed(self, findings: Iterable[Finding], subject: str) -> list[Finding]:
        """``findings`` of the checks of ``subject``, each with where what it is about was declared."""
        return [replace(finding, declared=finding.declared or self._find(finding, subject)) for finding in findings]

    def _find(self, finding: Finding, subject: str) -> Place | None:
        place = finding.place
        if place is not None and place.line is not None:
            if place.source.startswith("Dockerfile of "):
                return self._in_dockerfile(place)
            if not place.source.startswith("pip section of "):
                return None
        if subject == "script":
            return self.script
        return self._of_environment(finding) if subject in _OF_ENVIRONMENT else None

    def _in_dockerfile(self, place: Place) -> Place | None:
        start = self.dockerfile
        return start and replace(place, source=start.source, line=(start.line or 0) + (place.line or 0))

    def _of_environment(self, finding: Finding) -> Place | None:
        key = next((key for code, key in _KEYS.items() if finding.code.startswith(code)), None)
        if key == "requirements":
            words = re.findall(r"[a-z0-9]+(?:[-_.]+[a-z0-9]+)*", finding.message.lower())
            names = (re.sub(r"[-_.]+", "-", word) for word in words)
            named = next((self.requirements[name] for name in names if name in self.requirements), None)
            if named is not None:
                return named
        return self.keys.get(key or "", self.environment)


def declared_places(deployment: Deployment, declarations: Declarations) -> DeclaredPlaces:
    """The places of ``deployment`` in the cells that declared it; an environment that was changed since has none."""
    origin = deployment.entry_script.origin
    script = None if origin is None else origin.place(0)
    draft = _find_draft(deployment.environment, declarations)
    if draft is None:
        return DeclaredPlaces(script=script)
    listed = declarations.requirements.get(draft.requirements) if isinstance(draft.requirements, str) else None
    requirements = listed or (None if isinstance(draft.requirements, str) else draft.requirements)
    dockerfile = declarations.dockerfiles.get(draft.dockerfile) if draft.dockerfile else None
    return DeclaredPlaces(
        draft.place,
        dict(draft.places),
        {line.name: line.place for line in requirements.lines if line.name and line.place} if requirements else {},
        dockerfile.place if dockerfile else None,
        script,
    )


def _find_draft(environment: Environment | None, declarations: Declarations) -> EnvironmentDraft | None:
    """The draft that ``environment`` was made of."""
    if environment is None or environment.name not in declarations.environments:
        return None
    try:
        declared = declarations.environment(environment.name)
    except NotFoundError:  # what it names was not declared again
        return None
    same = declared is not None and declared.unlocked().digest() == environment.unlocked().digest()
    return declarations.environments[environment.name] if same else None
