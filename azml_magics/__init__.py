"""Notebook cells declare requirements, environments and entry scripts; this package turns them into a running service.

What happens to a cell, folder by folder; nothing ever goes back up:

========  ==============================  =======================================  =====================================
stage     folder                          takes                                    gives
========  ==============================  =======================================  =====================================
1 read    ``cells/``                      magic line and cell text, or a notebook  ``Declaration``
2 define  ``definitions/``                declarations                             ``Environment``, ``EntryScript``, ...
3 plan    ``preflight/``, ``plan/``       definitions, facts, known artifacts      findings; a ``Plan`` with reasons
4 build   ``build/``                      plan                                     an ``Artifact``; events
5 run     ``engines/``                    deployment and artifact                  an ``Endpoint``; events
6 score   ``scoring/``                    endpoint and request                     ``ScoringResponse``
7 show    ``magics/``, ``cli/``, ``v1/``  results and events                       output: ``show/``, ``panel/``
========  ==============================  =======================================  =====================================

Beside the path: ``resolve/`` turns names into values, ``preparation/`` has built what a service or run needs;
``services/`` is what is done with one service, ``images/`` with images, ``assets/`` with environments and models,
``runs/`` is the path of a training script, ``prune/`` finds what may go; ``workspace/`` remembers all of them.
``serving/`` runs next to a service's script, ``running/`` next to a training script; ``v1/`` holds the names of Azure's
SDK v1. Long work is a job: ``journal/`` keeps its news on disk for every process, ``background/`` does it outside the
kernel, ``panel/`` shows it. ``containers/`` talks to the Docker engine, ``system/`` to everything else.

``session.py`` is that path written once. Everything heavy is imported where it is used: importing this package and
loading the extension must stay cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from azml_magics.session import Session

__version__ = "0.1.0"
__all__ = ["Session", "__version__", "load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext azml_magics``: add the magics; loading twice changes nothing."""
    from azml_magics.magics.extension import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext azml_magics``: remove everything :func:`load_ipython_extension` added."""
    from azml_magics.magics.extension import unload

    unload(shell)


def __getattr__(name: str) -> object:
    if name == "Session":
        from azml_magics.session import Session

        return Session
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
