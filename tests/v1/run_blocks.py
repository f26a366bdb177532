"""Runs the blocks of one document in one namespace, as a notebook would, with ``azureml.core`` meaning our names.

Called as ``run_blocks.py BLOCKS RESULTS``: lists of JSON. Everything that was deployed is ended afterwards.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any


def main(blocks: Path, results: Path) -> None:
    import azml_magics.v1.install
    from azml_magics.v1.webservice import Webservice
    from azml_magics.v1.workspace import Workspace

    assert azml_magics.v1.install.status().is_on
    namespace: dict[str, Any] = {"__name__": "__main__"}
    outcomes = []
    try:
        for block in json.loads(blocks.read_text()):
            error = _run(block, namespace)
            outcomes.append({"id": block["id"], "error": error})
            if error:
                break
    finally:
        results.write_text(json.dumps(outcomes))
        for service in Webservice.list(Workspace.from_config()):
            service.delete()


def _run(block: dict[str, str], namespace: dict[str, Any]) -> str:
    try:
        exec(compile(block["before"], f"before {block['id']}", "exec"), namespace)
        exec(compile(block["code"], block["id"], "exec"), namespace)
        if block["expected"] and not eval(block["expected"], namespace):
            return f"not true behind it: {block['expected']}"
    except Exception:
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
