"""Runs that belong to another one: made by it, listed by it, and left out where an experiment lists its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from azml_magics.v1.filters import Filter, wanted_pairs

if TYPE_CHECKING:
    from azml_magics.runs.runs import Runs
    from azml_magics.v1.experiment import Experiment
    from azml_magics.v1.notebook_run import NotebookRun
    from azml_magics.v1.run import Run

#: Tag of a run that belongs to another one.
PARENT = "azml.parent_run_id"


class RunChildren:
    """The part of :class:`~azml_magics.v1.run.Run` about its children."""

    id: str

    if TYPE_CHECKING:
        experiment: Experiment

        @property
        def _runs(self) -> Runs: ...

    def child_run(self, name: str | None = None, **_: object) -> NotebookRun:
        """A run of its own that remembers this one."""
        return self._make_child({} if name is None else {"name": name})

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: Sequence[object] | None = None
    ) -> list[NotebookRun]:
        """As many of them, or one for each value of a tag."""
        if tag_values is not None:
            return [self._make_child({str(tag_key): str(value)}) for value in tag_values]
        return [self._make_child({}) for _ in range(count or 0)]

    def get_children(
        self,
        recursive: bool = False,
        tags: Filter | None = None,
        properties: Filter | None = None,
        type: str | None = None,
        status: str | None = None,
        **_: object,
    ) -> Iterator[Run]:
        """Runs that :meth:`child_run` made, newest first; with ``recursive`` theirs too."""
        wanted = [*wanted_pairs(tags), (PARENT, self.id)]
        for run in self.experiment.get_runs(type, wanted, properties, include_children=True):
            if status in (None, run.get_status()):
                yield run
        if recursive:
            for child in self.get_children():
                yield from child.get_children(True, tags, properties, type, status)

    def _make_child(self, tags: dict[str, str]) -> NotebookRun:
        from azml_magics.v1.notebook_run import NotebookRun

        record = self._runs.start_interactive(self.experiment.name, tags={PARENT: self.id, **tags})
        return NotebookRun(self.experiment, record.id)
