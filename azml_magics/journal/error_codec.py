"""Errors as JSON and back, so that a failure in one process is shown in another one exactly as where it was raised."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from azml_magics import errors
from azml_magics.errors import AzmlError, Finding, Frame, Place


def known_fields(cls: type[Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """Of ``content`` what ``cls`` has fields for: a newer version of this package may have written more."""
    return {field.name: content[field.name] for field in fields(cls) if field.name in content}


def decode_place(content: Mapping[str, Any] | None) -> Place | None:
    """A place from its fields."""
    return None if content is None else Place(**known_fields(Place, content))


def decode_finding(content: Mapping[str, Any]) -> Finding:
    """A finding from its fields."""
    places = {name: decode_place(content.get(name)) for name in ("place", "declared")}
    return Finding(**{**known_fields(Finding, content), **places})


def _decode_frame(content: Mapping[str, Any]) -> Frame:
    return Frame(**{**known_fields(Frame, content), "origin": decode_place(content["origin"])})


#: The tree of ``errors``, by the names of its classes.
CLASSES: dict[str, type[AzmlError]] = {
    name: value for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, AzmlError)
}
#: What an error holds beside its message and its cause: how each field comes back.
FIELDS: dict[str, Callable[[Any], object]] = {
    "brief": str,
    "remedy": str,
    "place": decode_place,
    "details": tuple,
    "code": str,
    "findings": lambda values: tuple(decode_finding(value) for value in values),
    "log_tail": tuple,
    "process_exit_code": lambda value: value,
    "frames": lambda values: tuple(_decode_frame(value) for value in values),
    "exception": str,
    "run_id": str,
}


def encode_error(error: BaseException) -> dict[str, object]:
    """Everything a user can be told of ``error``.

    An exception that is no :class:`AzmlError` becomes one with the code ``internal`` and its traceback as details.
    """
    if not isinstance(error, AzmlError):
        error = internal_error(error)
    cls = next(cls for cls in type(error).__mro__ if CLASSES.get(cls.__name__) is cls)
    held = {name: _plain(getattr(error, name)) for name in FIELDS if hasattr(error, name)}
    cause = error.__cause__
    return {"class": cls.__name__, **held, **({"cause": encode_cause(cause)} if cause is not None else {})}


def decode_error(content: Mapping[str, Any]) -> AzmlError:
    """The error of :func:`encode_error`; of a class that a newer version knows, its nearest relative is the root."""
    cls = CLASSES.get(content["class"], AzmlError)
    error = cls.__new__(cls, content["brief"])  # its fields come as they were, not through its __init__
    for name, decode in FIELDS.items():
        if name in content:
            setattr(error, name, decode(content[name]))
    if "cause" in content:
        error.__cause__ = decode_cause(content["cause"])
    return error


class ForeignError(Exception):
    """An exception of another process, which is known by the name of its class and by what it said."""


def internal_error(error: BaseException) -> AzmlError:
    """An exception that nobody expected, as an error that can be shown: its traceback are the details."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return AzmlError(
        f"{type(error).__name__}: {error}", remedy="this is a fault of azml_magics", details=lines, code="internal"
    )


def encode_cause(cause: BaseException) -> dict[str, object]:
    """What an error came from: an error of the tree, or the name and the text of anything else."""
    if isinstance(cause, AzmlError):
        return encode_error(cause)
    name = getattr(cause, "class_name", None) or type(cause).__name__
    return {"exception_class": name, "brief": str(cause)}


def decode_cause(content: Mapping[str, Any]) -> BaseException:
    """The cause of :func:`encode_cause`; one outside the tree has its name and its text only."""
    if "exception_class" not in content:
        return decode_error(content)
    # A class of its own under the same name: that is how it is shown.
    cls: type[ForeignError] = type(content["exception_class"], (ForeignError,), {})
    return cls(content["brief"])


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return asdict(value) if isinstance(value, Place | Finding | Frame) else value
