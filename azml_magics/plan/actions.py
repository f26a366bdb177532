"""``Plan`` and ``Action``: what will be done and why, as data; doing it is left to ``build`` and ``engines``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: ``run``: has to be done; ``reuse``: an equal result exists; ``skip``: not needed at all.
ActionKind = Literal["run", "reuse", "skip"]


@dataclass(frozen=True)
class Action:
    """One step of ``events.STEPS`` with what happens in it and the reason, one short sentence without a full stop."""

    step: str
    kind: ActionKind
    reason: str


@dataclass(frozen=True)
class PackagesPlan:
    """The packages a service runs with.

    ``key`` is the content key of the virtual environment, ``requirement_lines`` what to install in order (the server
    included), ``python`` the version asked for (``None``: any supported). With ``use_current_python`` nothing is
    installed and ``key`` is ``current``.
    """

    key: str
    requirement_lines: tuple[str, ...] = ()
    python: str | None = None
    use_current_python: bool = False


@dataclass(frozen=True)
class Plan:
    """Ordered actions for one deployment; printing it is a dry run."""

    service: str
    packages: PackagesPlan
    actions: tuple[Action, ...]

    def action(self, step: str) -> Action:
        """The action of a step; ``KeyError`` when the plan has none."""
        for action in self.actions:
            if action.step == step:
                return action
        raise KeyError(step)
