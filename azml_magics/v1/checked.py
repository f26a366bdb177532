"""Objects that say what is wrong with an attribute, or what to use instead of it; warnings, in one place."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping
from typing import ClassVar

from azml_magics.definitions.declarations import near_names
from azml_magics.v1.exceptions import NotSupportedAttributeError, UnknownAttributeError, UserErrorException

#: Attributes by which these classes are described: completion does not offer them.
OWN = frozenset({"names", "elsewhere", "silent"})


class AzureMLWarning(UserWarning):
    """What the SDK would have logged, or what happens here in another way."""


def warn(text: str) -> None:
    """Say ``text`` beside the user's line: the first one that is not of this package."""
    depth, frame = 2, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("azml_magics.v1."):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(text, AzureMLWarning, stacklevel=depth)


class AnsweringType(type):
    """The type of such classes: what is asked of the class itself is answered in the same way."""

    def __getattr__(cls, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        raise missing_attribute(cls, name, ())

    def __dir__(cls) -> list[str]:
        return [name for name in super().__dir__() if name not in OWN]


class Answering(metaclass=AnsweringType):
    """Says of attributes that are not there what to use instead; ``elsewhere`` has that for those of a cloud."""

    elsewhere: ClassVar[Mapping[str, str]] = {}
    #: Attributes that objects have, and classes do not.
    names: ClassVar[tuple[str, ...]] = ()

    def __getattr__(self, name: str) -> object:
        # Only called for what was not found; protocols probe for names with underscores.
        if name.startswith("_"):
            raise AttributeError(name)
        raise missing_attribute(type(self), name, vars(self))

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in OWN]


def missing_attribute(owner: type, name: str, present: Iterable[str]) -> UserErrorException:
    """The error for an attribute that ``owner`` and its object do not have: with what to use instead, or near names."""
    elsewhere: Mapping[str, str] = getattr(owner, "elsewhere", {})
    if name in elsewhere:
        return NotSupportedAttributeError(f"{owner.__name__}.{name} is not supported locally", remedy=elsewhere[name])
    known = {*present, *dir(owner), *getattr(owner, "names", ())} - OWN
    return UnknownAttributeError(
        f"{owner.__name__} has no attribute {name!r}",
        remedy=near_names(name, (each for each in known if not each.startswith("_"))),
        code="unknown-attribute",
    )


class Checked(Answering):
    """``names`` are the attributes that may be set; a misspelled one would be without effect."""

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and name not in self.names and not hasattr(type(self), name):
            raise missing_attribute(type(self), name, vars(self))
        super().__setattr__(name, value)
