"""What magics return: the session's own values, of subclasses that a notebook shows as text and HTML.

``isinstance(response, ScoringResponse)`` holds, fields and methods are there; only how it looks is added.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, TypeVar, cast

from azml_magics.assets.building import EnvironmentBuild
from azml_magics.assets.copies import CopiedOut
from azml_magics.assets.environment_files import SavedEnvironment
from azml_magics.assets.locking import LockReport
from azml_magics.assets.outdated import OutdatedReport
from azml_magics.assets.v2_export import Exported
from azml_magics.definitions.declarations import Change
from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.environment_diff import EnvironmentDiff
from azml_magics.definitions.load_test import LoadReport
from azml_magics.definitions.model import Model
from azml_magics.definitions.private_wheel import PrivateWheel
from azml_magics.definitions.requirements import Requirements
from azml_magics.definitions.run import RunDetails
from azml_magics.definitions.scoring import Invocation, ScoringResponse
from azml_magics.images.bases import BaseBuild, BaseList, BaseReport
from azml_magics.images.package import BuiltPackage, DockerfileReport, WrittenPackage
from azml_magics.images.strategies import StrategyComparison
from azml_magics.plan.actions import Plan
from azml_magics.prune.unused import Pruning
from azml_magics.show.environment_results import Archiving, RegisteredEnvironment
from azml_magics.show.results import (
    CheckReport,
    CopiedFiles,
    DemoReport,
    Explanation,
    JobReport,
    Listing,
    LogText,
    NamesStatus,
    WithFindings,
)

if TYPE_CHECKING:
    from azml_magics.cells.arguments import Arguments
    from azml_magics.magics.settings import Settings
    from azml_magics.show.view import View

T = TypeVar("T")


class Shown:
    """Mixed into a frozen value: ``_figures`` and ``_notes`` say how it is shown, and are no part of the value."""

    _figures: bool
    _notes: tuple[str, ...]

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


class Finished(Shown):
    """Also answers what a job answers, so that a notebook reads the same whether it was deployed here or behind it."""

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


class ShownChange(Shown, Change):
    """What a declaring cell gives."""


class ShownRequirements(Shown, Requirements):
    """What ``%requirements NAME`` gives."""


class ShownDraft(Shown, EnvironmentDraft):
    """What ``%environment NAME`` gives for a declared one."""


class ShownEnvironment(Shown, Environment):
    """What ``%environment NAME`` gives for a registered one."""


class ShownDockerfile(Shown, DockerfileText):
    """What ``%dockerfile NAME`` gives."""


class ShownScript(Shown, EntryScript):
    """What ``%entry_script PATH`` gives."""


class ShownModel(Shown, Model):
    """What ``%azml model register`` and ``show`` give."""


class ShownWithFindings(Shown, WithFindings):
    """What ``%azml model register --file`` gives, where something of the file does not count."""


class ShownCopiedOut(Shown, CopiedOut):
    """What ``%azml model download`` gives."""


class ShownExported(Shown, Exported):
    """What ``%azml export`` gives."""


class ShownReport(Finished, ServiceReport):
    """What ``%azml deploy``, ``reload`` and ``stop`` give."""


class ShownResponse(Shown, ScoringResponse):
    """What ``%%score`` gives."""


class ShownInvocation(Shown, Invocation):
    """What ``%%invoke`` gives."""


class ShownLoadReport(Shown, LoadReport):
    """What ``%azml load-test`` gives."""


class ShownCheck(Shown, CheckReport):
    """What ``%azml check`` gives."""


class ShownPlan(Shown, Plan):
    """What ``%azml plan`` gives."""


class ShownLog(Shown, LogText):
    """What ``%azml logs`` gives."""


class ShownListing(Shown, Listing):
    """What ``%azml services`` and other lists give."""


class ShownJob(Shown, JobReport):
    """What ``%azml cancel`` gives."""


class ShownDemo(Finished, DemoReport):
    """What ``%azml demo`` gives."""


class ShownNamesStatus(Shown, NamesStatus):
    """What ``%azml v1`` gives."""


class ShownExplanation(Shown, Explanation):
    """What ``%azml why`` gives."""


class ShownBaseList(Shown, BaseList):
    """What ``%azml base list`` gives."""


class ShownBaseReport(Shown, BaseReport):
    """What ``%azml base show`` gives."""


class ShownBaseBuild(Shown, BaseBuild):
    """What ``%azml base build`` gives."""


class ShownStrategyComparison(Shown, StrategyComparison):
    """What ``%azml strategies`` gives."""


class ShownDockerfileReport(Shown, DockerfileReport):
    """What ``%azml environment dockerfile`` gives."""


class ShownRegisteredEnvironment(Shown, RegisteredEnvironment):
    """What ``%azml environment register`` and ``clone`` give."""


class ShownSavedEnvironment(Shown, SavedEnvironment):
    """What ``%azml environment scaffold`` and ``download`` give."""


class ShownArchiving(Shown, Archiving):
    """What ``%azml environment archive`` and ``restore`` give."""


class ShownEnvironmentDiff(Shown, EnvironmentDiff):
    """What ``%azml environment diff`` gives."""


class ShownPrivateWheel(Shown, PrivateWheel):
    """What ``%azml environment add-wheel`` gives."""


class ShownWrittenPackage(Shown, WrittenPackage):
    """What ``%azml package --output`` gives."""


class ShownBuiltPackage(Shown, BuiltPackage):
    """What ``%azml package --image`` gives."""


class ShownEnvironmentBuild(Shown, EnvironmentBuild):
    """What ``%azml environment build`` gives."""


class ShownLockReport(Shown, LockReport):
    """What ``%azml environment lock`` gives."""


class ShownOutdatedReport(Shown, OutdatedReport):
    """What ``%azml environment outdated`` gives."""


class ShownRunDetails(Finished, RunDetails):
    """What ``%%run_script`` and ``%azml run`` give."""


class ShownCopiedFiles(Shown, CopiedFiles):
    """What ``%azml run download`` gives."""


class ShownPruning(Shown, Pruning):
    """What ``%azml prune`` gives."""


_CLASSES: dict[type, type[Shown]] = {
    cls.__bases__[1]: cls
    for cls in (
        ShownChange,
        ShownRequirements,
        ShownDraft,
        ShownEnvironment,
        ShownDockerfile,
        ShownScript,
        ShownModel,
        ShownWithFindings,
        ShownCopiedOut,
        ShownExported,
        ShownReport,
        ShownResponse,
        ShownInvocation,
        ShownLoadReport,
        ShownCheck,
        ShownPlan,
        ShownLog,
        ShownListing,
        ShownJob,
        ShownDemo,
        ShownNamesStatus,
        ShownExplanation,
        ShownBaseList,
        ShownBaseReport,
        ShownBaseBuild,
        ShownStrategyComparison,
        ShownDockerfileReport,
        ShownRegisteredEnvironment,
        ShownSavedEnvironment,
        ShownArchiving,
        ShownEnvironmentDiff,
        ShownPrivateWheel,
        ShownWrittenPackage,
        ShownBuiltPackage,
        ShownEnvironmentBuild,
        ShownLockReport,
        ShownOutdatedReport,
        ShownRunDetails,
        ShownCopiedFiles,
        ShownPruning,
    )
}


def shown(value: T, *, figures: bool, notes: tuple[str, ...] = ()) -> T:
    """``value`` as it is displayed; ``notes`` are lines below it. A value without a shown form stays as it is."""
    cls = _CLASSES.get(type(value))
    if cls is None:
        return value
    copy = object.__new__(cls)
    copy.__dict__.update(value.__dict__, _figures=figures, _notes=notes)
    return cast(T, copy)


def give(value: object, arguments: Arguments, settings: Settings, notes: tuple[str, ...] = ()) -> object:
    """What a cell gives for ``value``, :func:`shown`; with ``--json`` it is printed instead."""
    if value is None:
        return None
    if arguments.flag("json"):
        from azml_magics.show.document import document_of, render_json

        sys.stdout.write(render_json(document_of(value)) + "\n")
        return None
    return shown(value, figures=settings.frontend.figures, notes=notes)
