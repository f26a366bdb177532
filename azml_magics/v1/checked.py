"""Objects that say what is wrong with an attribute, or what to use instead of it; warnings, in one place."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import ClassVar

from azml_magics.definitions.declarations import near_names
from azml_magics.v1.exceptions import NotSupportedAttributeError, UnknownAttributeError


class AzureMLWarning(UserWarning):
    """What the SDK would have logged, or what happens here in another way."""


def warn(text: str) -> None:
    """Say ``text`` beside the user's line: the first one that is not of this package."""
    depth, frame = 2, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("azml_magics.v1."):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(text, AzureMLWarning, stacklevel=depth)


class Answering:
    """Says of attributes that are not there what to use instead; ``elsewhere`` has that for those of a cloud."""

    elsewhere: ClassVar[Mapping[str, str]] = {}

    def __getattr__(self, name: str) -> object:
        # Only called for what was not found; protocols probe for names with underscores.
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self.elsewhere:
            raise NotSupportedAttributeError(
                f"{type(self).__name__}.{name} is not supported locally", remedy=self.elsewhere[name]
            )
        raise self._unknown(name)

    def _unknown(self, name: str) -> UnknownAttributeError:
        known = {*vars(self), *dir(type(self)), *getattr(type(self), "names", ())} - {"names", "elsewhere", "silent"}
        return UnknownAttributeError(
            f"{type(self).__name__} has no attribute {name!r}",
            remedy=near_names(name, (each for each in known if not each.startswith("_"))),
            code="unknown-attribute",
        )


class Checked(Answering):
    """``names`` are the attributes that may be set; a misspelled one would be without effect."""

    names: ClassVar[tuple[str, ...]] = ()

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and name not in self.names and not hasattr(type(self), name):
            raise self._unknown(name)
        super().__setattr__(name, value)
