"""``Environment``: a Python version, packages and variables, named; versions are given by ``workspace``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection, conda_package_name, mask_channel
from azml_magics.definitions.digest import Canonical, digest_of
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.private_wheel import without_place
from azml_magics.definitions.requirement_text import LogicalLine, read_logical_lines
from azml_magics.definitions.requirements import Requirements, parse_requirement_lines
from azml_magics.errors import Finding, Place

#: Longest name the service accepts (AZUREML.md 3.3).
NAME_LENGTH_LIMIT = 255
#: Prefixes the service keeps for curated environments (AZUREML.md 3.3), compared without case.
RESERVED_PREFIXES = ("AzureML", "Microsoft")
#: Names the workspace can hold: as Azure's models (AZUREML.md 3.9), so that an environment can be a file name too.
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Environment:
    """What a service or a run is installed with.

    ``python`` is ``major.minor`` (or ``major.minor.patch``); ``None`` means the newest Python at hand that the server
    supports. ``environment_variables`` is sorted by name. ``version`` is ``None`` until the workspace registered it.

    With ``conda``, ``python`` and ``requirements`` are what it says (:func:`conda_environment` keeps them together).
    ``azure_details`` is the canonical JSON of those parts of an Azure v1 definition that nothing here uses (Spark, R,
    registries...), kept so that the definition can be written again; empty: none. ``lock`` holds the exact versions.
    ``description`` and ``tags`` tell people about the environment; they do not make it another one. ``archived`` is
    what the workspace says of that version.
    """

    name: str
    python: str | None = None
    requirements: Requirements = field(default_factory=Requirements)
    environment_variables: tuple[tuple[str, str], ...] = ()
    version: int | None = None
    image_source: ImageSource = field(default_factory=ImageSource)
    conda: CondaDependencies | None = None
    lock: Lock | None = None
    azure_details: str = ""
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    archived: bool = False

    @property
    def label(self) -> str:
        """``name:version``, or the name alone of one that is not registered."""
        return self.name if self.version is None else f"{self.name}:{self.version}"

    @property
    def needs_conda(self) -> bool:
        """Whether it holds packages that only conda can install."""
        return self.conda is not None and self.conda.needs_conda

    def variables(self) -> dict[str, str]:
        """What a service or a run sees: ``variables`` of the conda specification, then ``environment_variables``."""
        conda = self.conda.variables if self.conda is not None else ()
        return {**dict(conda), **dict(self.environment_variables)}

    def definition(self) -> dict[str, Canonical]:
        """What makes two environments equal: everything but name, version and what only people read (AZUREML.md 3.6).

        A private wheel counts by its content, not by where it lies.
        Parts that are not there are left out: digests of environments without them stay what they were.
        """
        parts: dict[str, Canonical] = {
            "image_source": self.image_source.definition(),
            "conda": None if self.conda is None else _without_places(self.conda).document(),
            "azure_details": self.azure_details,
            "lock": None if self.lock is None else _lock_without_places(self.lock).document(),
        }
        return {
            "python": self.python,
            "requirements": [without_place(line) for line in self.requirements.canonical_lines()],
            "environment_variables": dict(self.environment_variables),
            **{key: value for key, value in parts.items() if value},
        }

    def digest(self) -> str:
        """SHA-256 of :meth:`definition`, 64 hex digits."""
        return digest_of(self.definition())

    def unlocked(self) -> Environment:
        """The same without its lock."""
        return replace(self, lock=None)


@dataclass(frozen=True)
class NewestEnvironment:
    """The newest version of a name and how many versions there are."""

    environment: Environment
    versions: int


def _lock_without_places(lock: Lock) -> Lock:
    return replace(lock, requirement_lines=tuple(without_place(line) for line in lock.requirement_lines))


def _without_places(conda: CondaDependencies) -> CondaDependencies:
    dependencies = (
        PipSection(tuple(without_place(line) for line in item.lines)) if isinstance(item, PipSection) else item
        for item in conda.dependencies
    )
    return replace(conda, dependencies=tuple(dependencies))


def conda_environment(
    name: str, conda: CondaDependencies, *, lines: Sequence[LogicalLine] | None = None, **fields: object
) -> Environment:
    """An environment whose Python and requirements are those of ``conda``; ``fields`` are the others.

    ``lines`` are those of its pip section, where it is known where they stand. Raises
    ``DeclarationError`` for lines that a service cannot be built from.
    """
    if lines is None:
        lines = read_logical_lines("\n".join(conda.pip_lines), source=f"pip section of environment {name}")
    requirements = parse_requirement_lines(lines)
    return replace(Environment(name, conda.python, requirements, conda=conda), **fields)  # type: ignore[arg-type]


def holds_credentials(environment: Environment) -> bool:
    """Whether an address in it, of a package, an index or a channel, says a password or a token."""
    conda, source = environment.conda or CondaDependencies(), environment.image_source
    texts = (
        *environment.requirements.canonical_lines(),
        *conda.conda_packages,
        *conda.pip_lines,
        *(f"{channel}/" for channel in conda.channels),
        *(source.dockerfile or "").splitlines(),
        *source.steps_before,
        *source.steps_after,
    )
    return any(mask_channel(text) != text for text in texts)


@dataclass(frozen=True)
class EnvironmentDraft:
    """An environment as a cell writes it.

    ``requirements`` may still be the name of a requirements list, ``dockerfile`` the name of a declared Dockerfile or
    the path of one (its text is then in ``image_source``). ``conda`` is without Python and pip's packages where the
    cell lists conda packages, and whole where it names a file. ``Declarations.environment`` makes an
    :class:`Environment` of all that. ``places`` are those of the keys in the cell.
    """

    name: str
    python: str | None = None
    requirements: str | Requirements = field(default_factory=Requirements)
    environment_variables: tuple[tuple[str, str], ...] = ()
    place: Place | None = None
    image_source: ImageSource = field(default_factory=ImageSource)
    dockerfile: str | None = None
    conda: CondaDependencies | None = None
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    places: tuple[tuple[str, Place], ...] = field(default=(), compare=False, repr=False)


def declared_conda(conda: CondaDependencies, python: str | None, requirements: Requirements) -> CondaDependencies:
    """``conda`` with the Python and the requirements that were declared beside it; pip comes with its packages."""
    dependencies = conda.dependencies if python is None else (f"python={python}", *conda.dependencies)
    lines = requirements.canonical_lines()
    if lines:
        has_pip = any(conda_package_name(item) == "pip" for item in conda.conda_packages)
        dependencies = (*dependencies, *(() if has_pip else ("pip",)), PipSection(lines))
    return replace(conda, dependencies=dependencies)


def check_name(name: str, place: Place | None = None) -> list[Finding]:
    """Everything wrong with ``name`` as an environment name; empty when it may be registered."""
    lowered = name.lower()
    findings = [
        Finding(
            "reserved-name",
            f"environment name {name!r} starts with {prefix!r}, which is kept for curated environments",
            f"choose a name of your own, for instance {name[len(prefix) :].lstrip('-._ ') or 'my-environment'!r}; "
            "to change a curated one, copy it first: azml environment clone NAME NEW-NAME",
            place,
        )
        for prefix in RESERVED_PREFIXES
        if lowered.startswith(prefix.lower())
    ]
    if len(name) > NAME_LENGTH_LIMIT:
        findings.append(
            Finding(
                "name-too-long",
                f"environment name has {len(name)} characters; at most {NAME_LENGTH_LIMIT} are allowed",
                "shorten the name",
                place,
            )
        )
    if not NAME_PATTERN.fullmatch(name):
        findings.append(
            Finding(
                "invalid-name",
                f"environment name {name!r} may hold only letters, digits, '.', '_' and '-', "
                "and starts with a letter or digit",
                "rename it, for instance "
                + repr(re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "my-environment"),
                place,
            )
        )
    return findings
