"""The health probe: ``GET /``, what liveness and readiness use in the cloud (AZUREML.md 1.5)."""

from __future__ import annotations

import http.client

from azml_magics.definitions.endpoint import Endpoint
from azml_magics.errors import StartError


def wait_until_healthy(endpoint: Endpoint, timeout_seconds: float) -> None:
    """Ask once, with a time-out: the service has said that it is ready. Raises ``StartError`` (``unhealthy``)."""
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=timeout_seconds)
    try:
        connection.request("GET", "/")
        status = connection.getresponse().status
    except OSError as error:
        raise _unhealthy(endpoint, str(error)) from error
    finally:
        connection.close()
    if status != http.client.OK:
        raise _unhealthy(endpoint, f"status {status}")


def is_healthy(port: int) -> bool:
    """Whether ``GET /`` on ``port`` of this machine gives 200 within a second."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1.0)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _unhealthy(endpoint: Endpoint, answer: str) -> StartError:
    return StartError(
        f"service {endpoint.service!r} says it is ready but GET / on port {endpoint.port} gave: {answer}",
        remedy=f"azml logs {endpoint.service}",
        code="unhealthy",
    )
