"""Whether a live panel can be shown, and what to install where not; showing something else is left to ``magics``."""

from __future__ import annotations

import importlib
import sys

#: What the widget is made of; both must be there in the kernel and, as a part of the page, in the front end.
PACKAGES = ("anywidget", "ipywidgets")
NOT_IN_PAGE = (
    "this page shows no widgets, so this is not live: install anywidget where the Jupyter server runs "
    "(python -m pip install anywidget ipywidgets) and reload the page"
)


def find_obstacle() -> str:
    """What keeps this kernel from making a panel, with the remedy; empty when nothing does."""
    package = ""
    try:
        for package in PACKAGES:
            importlib.import_module(package)
    except Exception as error:  # an incomplete installation fails in any way
        return (
            f"the live panel needs {package} in this kernel ({type(error).__name__}: {error}): "
            f"{sys.executable} -m pip install {package}, then restart the kernel"
        )
    return ""
