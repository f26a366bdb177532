"""Which verbs leave a record in the workspace while they run; how records are written is left to ``journal``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from azml_magics.cancel import Cancel
from azml_magics.events import Emit

if TYPE_CHECKING:
    from azml_magics.jobs import Work
    from azml_magics.session import Session

T = TypeVar("T")
#: Verbs whose log and steps somebody may want to see from elsewhere. ``reload`` is not: it is over too soon.
RECORDED_VERBS = frozenset(
    {
        "deploy",
        "update",
        "demo",
        "package",
        "invoke",
        "base build",
        "environment build",
        "environment lock",
        "run submit",
        "run_script",
    }
)


def recorded_work(
    work: Work[T], session: Session, *, verb: str, name: str, doing: str, job_id: str | None = None
) -> Work[T]:
    """``work``, recorded in the session's workspace when ``verb`` is one of those; ``doing`` says it in words."""
    if verb not in RECORDED_VERBS:
        return work

    def run(emit: Emit, cancel: Cancel) -> T:
        from azml_magics.journal.recording import recorded

        root = session.workspace.root
        return recorded(work, root, verb=verb, name=name, doing=doing, job_id=job_id)(emit, cancel)

    return run
