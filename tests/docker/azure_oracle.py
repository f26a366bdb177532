"""A program for a Python that has azure-ai-ml: deploys an image locally as azure-ai-ml does, scores it, deletes it.

Takes one JSON object as its argument; what it found is the one JSON object on its last line of output. Imported by
nobody: the package itself never sees azure-ai-ml.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

PORT = 5001


class UntouchableCredential:
    """Nothing of a local deployment may ask for a token: there is no account."""

    def __init__(self) -> None:
        self.touched: list[str] = []

    def __getattr__(self, name: str) -> NoReturn:
        self.touched.append(name)
        raise AttributeError(f"the credential was asked for {name}")


def described(wanted: dict[str, Any]) -> Any:
    """A deployment of a ready image, as objects."""
    from azure.ai.ml import load_environment  # type: ignore[import-not-found]  # in the program's own environment
    from azure.ai.ml.entities import (  # type: ignore[import-not-found]
        CodeConfiguration,
        ManagedOnlineDeployment,
        Model,
    )

    routes = {"liveness_route": "/", "readiness_route": "/", "scoring_route": "/score"}
    ready_image = {
        "name": "ready-image",
        "image": wanted["image"],
        "inference_config": {route: {"path": path, "port": PORT} for route, path in routes.items()},
    }
    return ManagedOnlineDeployment(
        name="blue",
        endpoint_name=wanted["endpoint"],
        model=Model(path=wanted["model"]),
        code_configuration=CodeConfiguration(code=wanted["code"], scoring_script=wanted["script"]),
        # Loaded as a file is: given as an object, the routes stay a dictionary, which the local mode cannot read.
        environment=load_environment(io.StringIO(json.dumps(ready_image))),
        environment_variables=wanted["variables"],
        instance_type="Standard_DS3_v2",
        instance_count=1,
    )


def main(wanted: dict[str, Any]) -> dict[str, Any]:
    """Deploy, look, score, read the log, delete; with ``file`` what that ``deployment.yml`` says."""
    from azure.ai.ml import MLClient, load_online_deployment  # in the program's own environment
    from azure.ai.ml.entities import ManagedOnlineEndpoint

    credential = UntouchableCredential()
    client = MLClient(credential, "00000000-0000-0000-0000-000000000000", "no-group", "no-workspace")
    endpoints, deployments = client.online_endpoints, client.online_deployments
    name = wanted["endpoint"]
    endpoints.begin_create_or_update(ManagedOnlineEndpoint(name=name), local=True)
    deployment = load_online_deployment(wanted["file"]) if "file" in wanted else described(wanted)
    deployed = deployments.begin_create_or_update(deployment, local=True)
    request = Path("request.json")
    request.write_text(json.dumps(wanted["request"]), encoding="utf-8")
    found = {
        "state": deployed.provisioning_state,
        "scoring_uri": endpoints.get(name=name, local=True).scoring_uri,
        "answer": endpoints.invoke(endpoint_name=name, request_file=str(request), local=True),
        "log": deployments.get_logs(name="blue", endpoint_name=name, lines=200, local=True),
        "listed": list_own(deployments, name),
    }
    endpoints.begin_delete(name=name, local=True)
    return {
        **found,
        "left": list_own(deployments, name),
        "touched": credential.touched,
    }


def list_own(deployments: Any, endpoint: str) -> list[str]:
    """Names of what runs for that endpoint: azure-ai-ml lists every local deployment on the engine."""
    return [
        item.name for item in deployments.list(endpoint_name=endpoint, local=True) if item.endpoint_name == endpoint
    ]


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
