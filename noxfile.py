"""The quickstart on older and newer kernels: ``nox --session kernels``, or ``make kernels``."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True

#: (Python, ipykernel, IPython); empty means the newest that goes with the other two.
KERNELS = [
    ("3.10", "6.29.5", "8.18.1"),
    ("3.12", "6.29.5", ""),
    ("3.10", "7.0.1", "8.18.1"),
    ("3.12", "7.0.1", ""),
    ("3.12", "", "8.18.1"),
    ("3.13", "", ""),
]


@nox.session
@nox.parametrize(("python", "ipykernel", "ipython"), KERNELS)
def kernels(session: nox.Session, ipykernel: str, ipython: str) -> None:
    """Compare the outputs of the quickstart on one kernel."""
    session.install("-e", ".", "--group", "quickstart", "nbval", "pytest")
    session.install(
        f"ipykernel=={ipykernel}" if ipykernel else "ipykernel", f"ipython=={ipython}" if ipython else "ipython"
    )
    session.run("python", "-c", "import IPython, ipykernel; print(IPython.__version__, ipykernel.__version__)")
    work = Path(session.create_tmp())
    shutil.copy("notebooks/01-quickstart.ipynb", work)
    session.run(
        *("python", "-m", "pytest", "-q", "-p", "tests.notebooks.usage_error_guard", "-p", "no:cacheprovider"),
        *("--nbval", "--nbval-current-env", "--rootdir", str(work), "-c", "/dev/null", str(work)),
        env={"AZML_WORKSPACE": str(work / ".azml")},
    )
