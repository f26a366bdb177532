"""Content keys: one canonical way to turn a definition into 64 hex digits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Canonical: TypeAlias = bool | int | float | str | Sequence["Canonical"] | Mapping[str, "Canonical"] | None


def canonical_json(value: Canonical) -> str:
    """``value`` as JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(value: Canonical) -> str:
    """SHA-256 of the canonical JSON of ``value``, 64 lower-case hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
