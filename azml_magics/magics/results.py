"""What magics return: the session's own values, of subclasses that a notebook shows as text and HTML.

``isinstance(response, ScoringResponse)`` holds, fields and methods are there; only how it looks is added. Which values
have a look, and which, is left to ``show/describe.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments
    from azml_magics.magics.settings import Settings
    from azml_magics.show.view import View

T = TypeVar("T")


class Shown:
    """Mixed into a frozen value: ``_figures`` and ``_notes`` say how it is shown, and are no part of the value.

    Also answers what a job answers, so that a notebook reads the same whether work was done in the cell or behind it.
    """

    _figures: bool
    _notes: tuple[str, ...]

    def result(self: T) -> T:
        """Itself."""
        return self

    def wait(self, timeout_seconds: float | None = None) -> bool:  # noqa: ARG002  # as Job.wait
        """True: there is nothing to wait for."""
        return True

    def __await__(self: T) -> Generator[object, None, T]:
        async def itself() -> T:
            return self

        return itself().__await__()

    def __reduce__(self) -> tuple[object, ...]:
        # A class that is made here has no name to import it by, and notebooks keep results with joblib and %store.
        return _shown_again, (type(self).__bases__[1], self.__dict__)

    def _view(self) -> View:
        from dataclasses import replace

        from azml_magics.show.describe import describe

        view = describe(self, figures=self._figures)
        return replace(view, lines=(*view.lines, *self._notes))

    def __repr__(self) -> str:
        from azml_magics.show.text import view_lines

        return "\n".join(view_lines(self._view()))

    def _repr_html_(self) -> str:
        from azml_magics.show.html import view_html

        return view_html(self._view())


@cache
def _shown_class(kind: type) -> type[Shown]:
    return type(f"Shown{kind.__name__}", (Shown, kind), {"__module__": __name__, "__doc__": kind.__doc__})


def _shown_again(kind: type, fields: dict[str, object]) -> object:
    value = object.__new__(_shown_class(kind))
    value.__dict__.update(fields)
    return value


def shown(value: T, *, figures: bool, notes: tuple[str, ...] = ()) -> T:
    """``value`` as it is displayed; ``notes`` are lines below it. A value without a shown form stays as it is."""
    from azml_magics.show.describe import describe

    kind = type(value)
    if kind is object or kind not in describe.registry:
        return value
    return cast(T, _shown_again(kind, {**value.__dict__, "_figures": figures, "_notes": notes}))


def give(value: object, arguments: Arguments, settings: Settings, notes: tuple[str, ...] = ()) -> object:
    """What a cell gives for ``value``, :func:`shown`; with ``--json`` it is printed instead."""
    if value is None:
        return None
    if arguments.flag("json"):
        from azml_magics.show.document import document_of, render_json

        sys.stdout.write(render_json(document_of(value)) + "\n")
        return None
    return shown(value, figures=settings.frontend.figures, notes=notes)
