"""``EnvironmentDiff``: what differs between two environments, part by part; pure, shown by ``show``."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from azml_magics.definitions.conda_dependencies import conda_package_name, mask_channel
from azml_magics.definitions.digest import digest_of
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.private_wheel import shorten_wheel
from azml_magics.definitions.requirement_text import mask_credentials

#: (subject, name) of a part -> what the environment says there.
Parts = dict[tuple[str, str], str]
#: Fields of ``ImageSource`` that are not called as users write them.
_LABELS = {"steps_before": "steps before", "steps_after": "steps after", "user_managed": "user managed"}


@dataclass(frozen=True)
class Difference:
    """One part that only one environment has, or that differs.

    ``subject`` is ``python``, ``package``, ``conda package``, ``channels``, ``variable``, ``image``, ``locked`` and the
    like; ``name`` says which package or variable, and is empty where there is one value only. ``before`` and ``after``
    are what is said there, without credentials, ``None`` where nothing is.
    """

    subject: str
    name: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What became of it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True)
class EnvironmentDiff:
    """What leads from one environment to another.

    ``before`` and ``after`` are their labels. ``same_definition`` says that they would be one version: then only what
    people read differs, if anything. ``dockerfile`` are the lines of a unified diff, where both have a Dockerfile or
    one of them.
    """

    before: str
    after: str
    same_definition: bool
    differences: tuple[Difference, ...]
    dockerfile: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "before": self.before,
            "after": self.after,
            "same_definition": self.same_definition,
            "differences": [
                {
                    "kind": each.kind,
                    "subject": each.subject,
                    "name": each.name or None,
                    "before": each.before,
                    "after": each.after,
                }
                for each in self.differences
            ],
            "dockerfile": list(self.dockerfile),
        }


def compare_environments(before: Environment, after: Environment) -> EnvironmentDiff:
    """Everything that differs, in the order in which environments are shown."""
    old, new = _parts(before), _parts(after)
    differences = [
        Difference(*part, _shown(old.get(part)), _shown(new.get(part)))
        for part in _in_order(old, new)
        if old.get(part) != new.get(part)
    ]
    same = before.digest() == after.digest()
    if not same and not any(each.subject not in ("description", "tag") for each in differences):
        differences.insert(0, Difference("packages", "order", _order(before), _order(after)))
    return EnvironmentDiff(before.label, after.label, same, tuple(differences), _dockerfile_diff(before, after))


def _in_order(old: Parts, new: Parts) -> list[tuple[str, str]]:
    """The parts of both, those of a subject together, packages and variables by name."""
    subjects = {subject: number for number, subject in enumerate(dict.fromkeys(_subjects([*old, *new])))}
    return sorted({**old, **new}, key=lambda part: (subjects[part[0]], part[1]))


def _subjects(parts: Iterable[tuple[str, str]]) -> Iterator[str]:
    known = ("python", "package", "option", "conda package", "channels", "variable")
    yield from known
    yield from (subject for subject, _ in parts if subject not in ("description", "tag"))
    yield from ("description", "tag")


def _parts(environment: Environment) -> Parts:
    parts: Parts = {
        **_package_parts(environment),
        **{("variable", name): value for name, value in environment.environment_variables},
        **_image_parts(environment),
        **_lock_parts(environment.lock),
        **{("azure", name): value for name, value in _leaves(_json(environment.azure_details))},
        ("description", ""): environment.description,
        **{("tag", name): value for name, value in environment.tags},
    }
    return {part: text for part, text in parts.items() if text or part[0] in ("variable", "tag")}


def _shown(text: str | None) -> str | None:
    return None if text is None else mask_channel(text)


def _package_parts(environment: Environment) -> Parts:
    """Of a project that is named several times (with markers) all of its lines."""
    texts: dict[tuple[str, str], list[str]] = {("python", ""): [environment.python or ""]}
    for line in environment.requirements.lines:
        part = ("option", line.text.partition(" ")[0]) if line.name is None else ("package", line.name)
        texts.setdefault(part, []).append(shorten_wheel(line.text))
    conda = environment.conda
    if conda is not None:
        for text in conda.conda_packages:
            name = conda_package_name(text)
            if name != "python":  # told as the environment's
                texts.setdefault(("conda package", name), []).append(text)
        texts["channels", ""] = list(conda.channels)
    return {part: ", ".join(lines) for part, lines in texts.items()}


def _image_parts(environment: Environment) -> Parts:
    parts: Parts = {}
    for name, value in environment.image_source.definition().items():
        label = _LABELS.get(name, name)
        if name == "dockerfile":
            parts[label, ""] = _size(str(value))
        else:
            parts[label, ""] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return parts


def _lock_parts(lock: Lock | None) -> Parts:
    if lock is None:
        return {}
    parts: Parts = {("lock", ""): f"Python {lock.python} on {lock.platform}"}
    for line in lock.requirement_lines:
        text = shorten_wheel(line.partition(" --hash=")[0])
        name, _, version = text.partition(" @ ") if " @ " in text else text.partition("==")
        parts["locked", name.strip()] = version.strip()
    for package in lock.conda_packages:
        file = package.partition("#")[0].rpartition("/")[2]
        parts["locked conda package", conda_file_name(file)] = file
    return parts


def conda_file_name(file: str) -> str:
    """``numpy`` of ``numpy-1.26.4-py311h64a7726_0.conda``."""
    return file.rsplit("-", 2)[0] if file.count("-") >= 2 else file


def _json(text: str) -> object:
    return json.loads(text) if text else {}


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def _order(environment: Environment) -> str:
    """What is installed in which order, for two environments that differ in nothing else."""
    conda = environment.conda
    dependencies = [] if conda is None else [*conda.conda_packages, *conda.pip_lines]
    return mask_channel(", ".join(dependencies or environment.requirements.canonical_lines()))


def _dockerfile_diff(before: Environment, after: Environment) -> tuple[str, ...]:
    old, new = (
        mask_credentials(environment.image_source.dockerfile or "").splitlines() for environment in (before, after)
    )
    return tuple(difflib.unified_diff(old, new, before.label, after.label, lineterm=""))


def _size(text: str) -> str:
    lines = len(text.splitlines())
    return f"{lines} line{'' if lines == 1 else 's'} ({digest_of(text)[:8]})"
