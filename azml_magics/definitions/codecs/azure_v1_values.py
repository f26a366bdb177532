"""Values of a JSON document of Azure's v1 environments, each checked; faults are gathered and raised together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from azml_magics.errors import DeclarationError, Finding, Place

T = TypeVar("T")


class Values:
    """``place`` is the document; every fault names its key."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.faults: list[Finding] = []
        self.warnings: list[Finding] = []

    def section(self, document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """A mapping; one that is absent or ``null`` is empty."""
        value = document.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._fault("wrong-type", f"{key} is no JSON object", f'write "{key}": {{...}}, or leave it out')
            return {}
        return value

    def name(self, document: Mapping[str, Any]) -> str:
        """The environment's name; there must be one."""
        value = document.get("name")
        if not isinstance(value, str) or not value:
            self._fault("missing-name", "the environment has no name", 'write "name": "my-environment"')
            return ""
        return value

    def text(self, section: Mapping[str, Any], path: str, key: str) -> str | None:
        """A text, or nothing."""
        value = section[key]
        if value is None or isinstance(value, str):
            return value or None
        self._fault("wrong-type", f"{path}.{key} is no text", "write it in quotes, or null")
        return None

    def flag(self, section: Mapping[str, Any], path: str, key: str) -> bool:
        """``true`` or ``false``; nothing is ``false``."""
        value = section[key]
        if value is None or isinstance(value, bool):
            return bool(value)
        self._fault("wrong-type", f"{path}.{key} is neither true nor false", "write true or false")
        return False

    def variables(self, value: object) -> tuple[tuple[str, str], ...]:
        """Names and texts, sorted; a value that is no text becomes one, as a process would see it."""
        if value is None:
            return ()
        if not isinstance(value, Mapping):
            self._fault("wrong-type", "environmentVariables is no JSON object", 'write {"NAME": "VALUE"}')
            return ()
        pairs = []
        for name, item in value.items():
            text = item if isinstance(item, str) else "" if item is None else json.dumps(item)
            if not name or "=" in name or "\0" in name + text:
                self._fault(
                    "invalid-variable", f"{name!r} cannot be a variable", "rename it: no '=', no null character"
                )
            elif not isinstance(item, str):
                message = f"variable {name} is no text: it is taken as {text!r}"
                self.warnings.append(Finding("variable-type", message, "write it in quotes", self._place, "warning"))
            pairs.append((name, text))
        return tuple(sorted(pairs))

    def read(self, reader: Callable[[], T]) -> T | None:
        """What ``reader`` gives; its faults are kept with the others."""
        try:
            return reader()
        except DeclarationError as error:
            self.faults += error.findings
            return None

    def raise_faults(self, source: str) -> None:
        """Raises ``DeclarationError`` when there were any."""
        if self.faults:
            raise DeclarationError(f"{source} is no environment of Azure's", self.faults)

    def _fault(self, code: str, message: str, remedy: str) -> None:
        self.faults.append(Finding(code, message, remedy, self._place))
