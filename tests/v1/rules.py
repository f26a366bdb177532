"""Recorded rules of Azure's SDK: what was tried and what came of it, and whether something else came of ours."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
import yaml

Attempt: TypeAlias = Callable[[], object]
RULES = Path(__file__).parents[2].parent / "shared" / "contract" / "vectors" / "rules"
_RAISES = re.compile(r"RAISES (?:[\w.]*\.)?(?P<kind>\w+)(?: (?P<message>.*))?", re.DOTALL)
_NEWS = re.compile(
    r"(?:WARNING|ERROR):.*|Property \w+ is mutually exclusive.*|.* doesn't exist\..*|Error, .*|Invalid .*|"
)


@dataclass(frozen=True)
class Rule:
    """``label`` is what was tried, with ``#2`` behind the second of that name; ``outcome`` as it was written down."""

    label: str
    outcome: str

    @property
    def raises(self) -> str | None:
        """The name of the exception, without its module."""
        match = _RAISES.fullmatch(self.outcome)
        return match["kind"] if match else None


def read_rules(name: str) -> list[Rule]:
    """Every rule of a file of recordings, in order; what the SDK logged meanwhile is left out."""
    rules: list[Rule] = []
    seen: Counter[str] = Counter()
    for line in (RULES / name).read_text(encoding="utf-8").splitlines():
        label, arrow, outcome = line.partition(" -> ")
        if arrow and not _NEWS.fullmatch(label):
            seen[label] += 1
            rules.append(Rule(label if seen[label] == 1 else f"{label}#{seen[label]}", outcome))
        elif rules and not _NEWS.fullmatch(line):
            rules[-1] = Rule(rules[-1].label, f"{rules[-1].outcome}\n{line}")
    return rules


def check_rules(
    file: str,
    followed: Mapping[str, Attempt],
    different: Mapping[str, tuple[str, Attempt]],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    prepare: Callable[[Path], object] = lambda _: None,
) -> None:
    """Every rule of ``file`` is in one of the tables, and comes to what was recorded, or really to something else.

    Each is tried in a folder of its own below ``folder``, which ``prepare`` fills.
    """
    rules = {rule.label: rule for rule in read_rules(file)}
    assert {*followed, *different} == {*rules}
    assert not {*followed} & {*different}
    outcomes = {}
    for number, (label, rule) in enumerate(rules.items()):
        own = folder / str(number)
        own.mkdir()
        prepare(own)
        monkeypatch.chdir(own)
        attempt = followed[label] if label in followed else different[label][1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outcomes[label] = follows(rule, attempt)
    broken = {label: f"{rules[label].outcome}  BUT  {outcomes[label]}" for label in followed if outcomes[label]}
    assert not broken, "\n".join(f"{label}: {text}" for label, text in broken.items())
    assert [label for label in different if not outcomes[label]] == []


def follows(rule: Rule, attempt: Callable[[], object]) -> str:
    """Empty when ``attempt`` comes to what was recorded, else what it came to."""
    try:
        value = attempt()
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        return "" if rule.raises in names else f"{type(error).__name__}: {error}"
    # Of values that were recorded with addresses of memory or times, the beginning is compared.
    is_beginning = isinstance(value, str) and value.endswith((", ", "(")) and rule.outcome.startswith(value)
    if rule.raises is None and (is_beginning or _text(value) == rule.outcome or _plain(value) == _read(rule.outcome)):
        return ""
    return f"{value!r}"


def _text(value: object) -> str:
    return value if isinstance(value, str) and "\n" in value else repr(value)


def _plain(value: object) -> object:
    """Tuples and texts of specifications as they are compared: YAML by what it says."""
    if isinstance(value, str) and "dependencies:" in value:
        document = yaml.safe_load(value[value.index("dependencies:") :])
        return {key: document.get(key) for key in ("dependencies", "channels")}
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    return value


def _read(outcome: str) -> object:
    try:
        return _plain(ast.literal_eval(outcome))
    except (ValueError, SyntaxError):
        return outcome
