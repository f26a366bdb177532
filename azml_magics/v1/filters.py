"""Tags and properties as the SDK takes them for filtering: ``"key"``, ``["key", "value"]`` pairs, or a mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Filter: TypeAlias = str | Sequence[object] | Mapping[str, object]


def wanted_pairs(wanted: Filter | None) -> list[tuple[str, str | None]]:
    """``["area", ["type", "regression"]]`` as pairs; ``None`` stands for any value."""
    if isinstance(wanted, Mapping):
        return [(str(key), None if value is None else str(value)) for key, value in wanted.items()]
    pairs: list[tuple[str, str | None]] = []
    for item in [wanted] if isinstance(wanted, str) else wanted or ():
        key, *values = [item] if isinstance(item, str) else list(item)  # type: ignore[call-overload]  # a pair
        pairs.append((str(key), str(values[0]) if values and values[0] is not None else None))
    return pairs


def has_pairs(values: Mapping[str, str], wanted: Sequence[tuple[str, str | None]]) -> bool:
    """Whether all of them are among ``values``."""
    return all(key in values and (value is None or values[key] == value) for key, value in wanted)
