"""``Checked``: objects that refuse attributes they do not have, as the SDK's do, and warnings in one place."""

from __future__ import annotations

import sys
import warnings
from typing import ClassVar

from azml_magics.definitions.declarations import near_names
from azml_magics.v1.exceptions import UnknownAttributeError


class AzureMLWarning(UserWarning):
    """What the SDK would have logged, or what happens here in another way."""


def warn(text: str) -> None:
    """Say ``text`` beside the user's line: the first one that is not of this package."""
    depth, frame = 2, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("azml_magics.v1."):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(text, AzureMLWarning, stacklevel=depth)


class Checked:
    """``names`` are the attributes that may be set; a misspelled one would be without effect."""

    names: ClassVar[tuple[str, ...]] = ()

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and name not in self.names and not hasattr(type(self), name):
            raise self._unknown(name)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> object:
        # Only called for what was not found; protocols probe for names with underscores.
        if name.startswith("_"):
            raise AttributeError(name)
        raise self._unknown(name)

    def _unknown(self, name: str) -> UnknownAttributeError:
        known = {*self.names, *(key for key in dir(type(self)) if not key.startswith("_"))} - {"names"}
        return UnknownAttributeError(
            f"{type(self).__name__} has no attribute {name!r}", remedy=near_names(name, known), code="unknown-attribute"
        )
