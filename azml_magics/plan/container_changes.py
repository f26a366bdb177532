"""What differs between two deployments in what belongs to containers alone, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_rules import source_of
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.resources import Resources

#: Parts of an image that are too long to be shown, or mean nothing to the reader by their values.
_NAMES = {
    "dockerfile": "Dockerfile",
    "context": "context of the Dockerfile",
    "steps_before": "Docker steps before the packages",
    "steps_after": "Docker steps after the packages",
}


def changed_container_parts(wanted: Deployment, running: Deployment) -> list[str]:
    """Base image, what is built onto it, strategy, limits and start mode."""
    changes = []
    if wanted.base_image != running.base_image:
        changes.append(f"base image {running.base_image or 'none'} -> {wanted.base_image or 'none'}")
    changes += _source_changes(source_of(running), source_of(wanted))
    if wanted.packages != running.packages:
        changes.append(f"packages: {running.packages} -> {wanted.packages}")
    changes += [
        f"{field.name.replace('_', '-')} {_word(before)} -> {_word(after)}"
        for field in fields(Resources)
        if (before := getattr(running.resources, field.name)) != (after := getattr(wanted.resources, field.name))
    ]
    if wanted.start != running.start:
        changes.append(f"start {running.start} -> {wanted.start}")
    return changes


def _source_changes(before: ImageSource, after: ImageSource) -> list[str]:
    """``image`` and ``packages`` are the deployment's by now: they are not looked at."""
    changes = [name for field, name in _NAMES.items() if getattr(before, field) != getattr(after, field)]
    if before.apt != after.apt:
        changes.append(f"apt packages ({_difference(before.apt, after.apt)})")
    if before.user_managed != after.user_managed:
        changes.append(f"user-managed {_word(before.user_managed)} -> {_word(after.user_managed)}")
    for field, name in (("interpreter_path", "interpreter"), ("site_packages", "site-packages")):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            changes.append(f"{name} {_word(old)} -> {_word(new)}")
    return changes


def _difference(before: Sequence[str], after: Sequence[str]) -> str:
    parts = [f"+ {name}" for name in after if name not in before] + [
        f"- {name}" for name in before if name not in after
    ]
    return ", ".join(parts) or "order"


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)
