"""Waiting for news of a service: that it is ready, that a reload has ended, or that neither will happen."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.endpoint import Endpoint
from azml_magics.engines.failure import LOG_TAIL_LINES, explain_exit, explain_script_failure
from azml_magics.errors import AzmlError, ServiceError, StartError

#: No event crosses processes when a service that is no child of ours ends: it is looked after this often.
LOOK_AFTER_SECONDS = 1.0
#: How long the service may take to end what it was trying, once it is told to.
GIVE_UP_SECONDS = 10.0

UNCHANGED = "nothing changed since the last deploy or reload: init() runs again all the same"
BUSY = "an old worker is still answering its last request"


class News(Protocol):
    """Where an engine hears of a service; see ``serving/notify.py`` for what a service says."""

    def wait(self, timeout_seconds: float) -> dict[str, object] | None:
        """The next piece of news, or ``None`` when there was none in time."""
        ...

    def post(self, **news: object) -> None:
        """Wake :meth:`wait` from another thread."""
        ...


def wait_until_ready(
    deployment: Deployment, news: News, read_log: Callable[[], Sequence[str]], app_root: str, *, cancel: Cancel
) -> None:
    """Return when the service has said that it is ready.

    Raises ``CancelledError``, ``StartError`` (``start-timeout``) and what :func:`explain_exit` makes of its end.
    """
    remove_hook = cancel.add_hook(lambda: news.post(state="cancelled"))
    try:
        deadline = time.monotonic() + deployment.wait_seconds
        heard = news.wait(deadline - time.monotonic())
    finally:
        remove_hook()
    cancel.check(f"deploying {deployment.name!r}")
    if heard is None:
        raise StartError(
            f"service {deployment.name!r} was not ready within {deployment.wait_seconds:g} s",
            remedy="give it more time with --wait-seconds, or see what init() is doing in the log below",
            code="start-timeout",
            log_tail=list(read_log())[-LOG_TAIL_LINES:],
        )
    if heard["state"] == "exited":
        raise explain_exit(
            deployment,
            int(str(heard["code"])),
            list(read_log()),
            app_root,
            out_of_memory=bool(heard.get("out_of_memory")),
        )


def wait_for_reload(
    endpoint: Endpoint,
    news: News,
    timeout_seconds: float,
    *,
    lives: Callable[[], bool],
    give_up: Callable[[], None],
) -> tuple[dict[str, object], KeyboardInterrupt | None]:
    """How the reload ended, for certain: files are put back by that, so an interrupt first gives it up."""
    deadline = time.monotonic() + timeout_seconds
    interrupt = None
    try:
        while (left := deadline - time.monotonic()) > 0:
            heard = news.wait(min(left, LOOK_AFTER_SECONDS))
            if heard is not None and heard["state"] != "exited":
                return heard, None
            if heard is not None or not lives():
                raise _ended(endpoint)
    except KeyboardInterrupt as caught:
        interrupt = caught
    if not lives():
        raise _ended(endpoint)
    give_up()
    return news.wait(GIVE_UP_SECONDS) or {"state": "failed", "given_up": True}, interrupt


def reload_failure(endpoint: Endpoint, deployment: Deployment, log: Sequence[str], *, given_up: bool) -> AzmlError:
    """Why the former script goes on serving; ``log`` is what was logged since the reload began."""
    if given_up:
        return ServiceError(
            f"service {endpoint.service!r} did not finish reloading within {deployment.wait_seconds:g} s "
            "and keeps serving the former script",
            remedy=f"azml logs {endpoint.service} shows what init() is doing; a deployment may give it more time "
            "(--wait-seconds)",
            code="reload-timeout",
        )
    outcome = f"service {endpoint.service!r} was not reloaded and keeps serving the former script"
    return explain_script_failure(deployment, log, endpoint.app_root, outcome) or ServiceError(
        outcome,
        remedy=f"azml logs {endpoint.service} shows why",
        details=log[-LOG_TAIL_LINES:],
        code="reload-failed",
    )


def _ended(endpoint: Endpoint) -> ServiceError:
    return ServiceError(
        f"service {endpoint.service!r} ended while it was reloading",
        remedy=f"azml logs {endpoint.service} shows why; deploy it again",
        code="service-ended",
    )
