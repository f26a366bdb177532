"""What lines may choose from and get without choosing: the grammar needs it before anything else is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azml_magics.definitions.image_source import PackagesStrategy

STRATEGIES: tuple[PackagesStrategy, ...] = ("auto", "dynamic", "mount", "bake")
DEFAULT_WAIT_SECONDS = 120.0
