"""A program for a Python that has azure-ai-ml: loads files of SDK v2, and says what it finds or why it refuses.

Takes a list of ``[kind, path]`` as JSON on standard input; what it found is the one JSON object on its last line of
output. Imported by nobody: the package itself never sees azure-ai-ml.
"""

from __future__ import annotations

import json
import sys
from typing import Any

#: Of each kind, what is looked at.
SHOWN = {
    "environment": ("name", "version", "image", "conda_file", "description", "tags", "inference_config"),
    "model": ("name", "version", "type", "path", "description", "tags", "properties"),
    "endpoint": ("name", "auth_mode", "traffic", "tags", "description"),
    "deployment": ("name", "endpoint_name", "environment_variables", "instance_type", "instance_count", "tags"),
}


def main(wanted: list[tuple[str, str]]) -> dict[str, Any]:
    """Path -> ``{"accepted": ..., ...}``."""
    from azure.ai.ml import (  # type: ignore[import-not-found]  # in the program's own environment
        load_environment,
        load_model,
        load_online_deployment,
        load_online_endpoint,
    )

    loaders = {
        "environment": load_environment,
        "model": load_model,
        "endpoint": load_online_endpoint,
        "deployment": load_online_deployment,
    }
    return {path: load(kind, loaders[kind], path) for kind, path in wanted}


def load(kind: str, loader: Any, path: str) -> dict[str, Any]:
    """What is in the file, or the error."""
    try:
        read = loader(path)
    except Exception as error:  # of many kinds, all of them refusals
        return {"accepted": False, "error": f"{type(error).__name__}: {error}"[:2000]}
    found = {"accepted": True, **{name: plain(getattr(read, name)) for name in SHOWN[kind]}}
    if kind == "environment":
        found["validates"] = validates(read)
        found["build"] = None if read.build is None else [plain(read.build.path), read.build.dockerfile_path]
    if kind == "deployment":
        code = read.code_configuration
        found["code"] = None if code is None else [code.code, code.scoring_script]
        found["model"] = read.model if isinstance(read.model, str) else plain(read.model and read.model.path)
        named = read.environment
        found["environment"] = named if isinstance(named, str) or named is None else [named.image, named.conda_file]
    return found


def validates(environment: Any) -> bool:
    """Whether the environment's own check finds nothing."""
    try:
        environment.validate()
    except Exception:  # as above
        return False
    return True


def plain(value: Any) -> Any:
    """As JSON can hold it."""
    try:
        json.dumps(value)
    except TypeError:
        return str(value)
    return value


if __name__ == "__main__":
    print(json.dumps(main(json.load(sys.stdin))))
