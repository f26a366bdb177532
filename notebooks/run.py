"""Run a notebook headless, as ``make demo`` and ``make notebooks-refresh`` do; what a cell means is left to the magics.

``python notebooks/run.py demo NOTEBOOK``     run it, print what the cell tagged ``prediction`` answered
``python notebooks/run.py refresh NOTEBOOK``  run it in a workspace of its own and save its outputs
``python notebooks/run.py strip NOTEBOOK...`` remove what a front end adds and no reader needs
``python notebooks/run.py select NOTEBOOK...`` print those that can run on this machine, and why the others cannot
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

#: Notebook metadata that stays; a front end adds widget states and the name of the last kernel it used.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

#: The tag of a notebook's cell that says: containers are started below; and what they start from, unless
#: ``AZML_NOTEBOOK_BASE`` names an image with Python.
NEEDS_DOCKER = "needs-docker"
PLAIN_IMAGE = "python:3.11-slim"


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run every cell in a new kernel whose directory is ``folder``; outputs are put into ``notebook``."""
    client = NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(folder)}})
    client.extra_arguments = ["--log-level=ERROR"]  # the newest kernels warn of TCP on every start
    client.execute()


def strip(notebook: NotebookNode) -> None:
    """Keep sources, tags and outputs; widget states and times of execution go."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {})


def outputs_of(notebook: NotebookNode, tag: str) -> str:
    """The plain text that the first cell with ``tag`` gave."""
    cell = next(cell for cell in notebook.cells if tag in cell.metadata.get("tags", []))
    texts = [output.get("data", {}).get("text/plain") or output.get("text", "") for output in cell.outputs]
    return "\n".join(text.rstrip() for text in texts)


def demo(path: Path) -> int:
    """Run the notebook where it lies, its file left alone, and say how to open it."""
    notebook = nbformat.read(path, as_version=4)
    print(f"running {path} (the first time, packages are downloaded)", flush=True)
    try:
        execute(notebook, path.parent)
    except CellExecutionError as error:
        print(error, file=sys.stderr)
        print("a service may still run: azml services lists it, azml stop --all ends it", file=sys.stderr)
        return 1
    print("\nthe service answered:")
    print(outputs_of(notebook, "prediction"))
    print(f"\nopen the notebook: {Path(sys.executable).parent / 'jupyter'} lab {path}")
    return 0


def refresh(path: Path) -> int:
    """Save the outputs of a run in a new folder and a new workspace, so that versions start at 1."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AZML_WORKSPACE"] = str(Path(folder) / ".azml")
        execute(notebook, Path(folder))
    strip(notebook)
    nbformat.write(notebook, path)
    return 0


def select(paths: list[Path]) -> int:
    """Print the notebooks that can run here; for the others say why on stderr, and fail where that may not be."""
    required = "docker" in os.environ.get("AZML_REQUIRE", "").split(",")
    chosen, problem = [], ""
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        if not any(NEEDS_DOCKER in cell.metadata.get("tags", []) for cell in notebook.cells):
            chosen.append(path)
            continue
        problem = problem or why_not_docker(os.environ.get("AZML_NOTEBOOK_BASE", PLAIN_IMAGE))
        if problem:
            print(f"{path} is {'needed here but cannot run' if required else 'skipped'}: {problem}", file=sys.stderr)
        else:
            chosen.append(path)
    print(*chosen, sep="\n")
    return 1 if problem and required else 0


def why_not_docker(image: str) -> str:
    """Why notebooks with containers cannot run here: no engine, or no ``image`` to start from; empty when they can."""
    from azml_magics.cancel import Cancel
    from azml_magics.containers.connection import connect
    from azml_magics.containers.images import ensure_image
    from azml_magics.errors import AzmlError
    from azml_magics.events import discard

    with tempfile.TemporaryDirectory() as cache:
        try:
            ensure_image(connect(), image, Path(cache), emit=discard, cancel=Cancel())
        except AzmlError as error:
            return " ".join(error.brief.split())
    return ""


def main(arguments: list[str]) -> int:
    """Exit code 0, 1 when a cell failed, 2 for a wrong call."""
    match arguments:
        case ["demo", path]:
            return demo(Path(path))
        case ["refresh", path]:
            return refresh(Path(path))
        case ["select", *paths]:
            return select([Path(path) for path in paths])
        case ["strip", *paths]:
            for path in paths:
                notebook = nbformat.read(path, as_version=4)
                strip(notebook)
                nbformat.write(notebook, path)
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
