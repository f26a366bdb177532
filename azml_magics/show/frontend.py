"""``Frontend``: what the screen in front of the user can do, found out from the shell it runs in.

Measured on ipykernel 6.29 to 7.4: a request for input is allowed (``allow_stdin``) by JupyterLab, Notebook 7 and
VS Code, and refused by nbclient, nbval, papermill, nbconvert and Voila.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from azml_magics.show.cell_request import read_cell_request

Name = Literal["terminal", "headless", "interactive", "voila", "colab"]
#: Values of ``%config AzmlMagics.panel`` and ``AZML_PANEL``; the variable wins.
PANELS = ("auto", "widget", "text", "none")


@dataclass(frozen=True)
class Frontend:
    """Where output goes.

    ``background``: a long job may return at once and go on, because its display can be updated later.
    ``figures``: numbers that differ from run to run may be shown. ``progress``: steps are shown while they run.
    ``asks``: somebody is there to answer a question. ``widgets``: a live panel can be shown, and with ``threads`` be
    told news by threads, not only by the cell that runs.
    """

    name: Name
    background: bool
    figures: bool
    progress: bool
    asks: bool = False
    widgets: bool = False
    threads: bool = True


TERMINAL = Frontend("terminal", background=False, figures=True, progress=True, asks=True)
HEADLESS = Frontend("headless", background=False, figures=False, progress=False)
INTERACTIVE = Frontend("interactive", background=True, figures=True, progress=True, asks=True, widgets=True)
VOILA = Frontend("voila", background=True, figures=True, progress=True, widgets=True)
#: Updates from other threads do not reach the page there (colabtools #3373), so jobs run in the foreground.
COLAB = Frontend("colab", background=False, figures=True, progress=True, asks=True, widgets=True, threads=False)


def detect_frontend(
    shell: object | None, *, panel: str, environment: Mapping[str, str], in_colab: bool = False
) -> Frontend:
    """The front end of ``shell`` (an IPython shell, or ``None`` for a plain program).

    ``panel`` is the user's setting; ``AZML_PANEL`` in ``environment`` wins over it, and a value that is none of
    :data:`PANELS` there counts as ``auto``. ``text`` and ``none`` give the output of a headless run anywhere.
    """
    wanted = environment.get("AZML_PANEL", "").strip().lower()
    wanted = wanted if wanted in PANELS else panel
    if wanted in ("text", "none"):
        return HEADLESS
    if getattr(shell, "kernel", None) is None:
        return TERMINAL
    if "VOILA_KERNEL_ID" in environment:
        return VOILA
    if in_colab:
        return COLAB
    if wanted == "widget":
        return INTERACTIVE
    return INTERACTIVE if _allows_input(shell) else HEADLESS


def _allows_input(shell: object) -> bool:
    """Whether the cell that is running was sent by somebody who can answer a question."""
    return bool(read_cell_request(shell)["content"].get("allow_stdin", False))
