"""``Actions``: what the page asks for, done on threads and answered; the doing is left to the session."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from azml_magics.cancel import Cancel
from azml_magics.errors import AzmlError
from azml_magics.events import Emit, discard
from azml_magics.journal.recording import recorded
from azml_magics.journal.records import new_job_id, request_cancel
from azml_magics.panel import playground
from azml_magics.panel.outline import error_state

if TYPE_CHECKING:
    from azml_magics.definitions.deployment import ServiceReport
    from azml_magics.panel.contents import Contents
    from azml_magics.panel.pump import Pump

Fields: TypeAlias = Mapping[str, Any]
Update: TypeAlias = Callable[[str], "ServiceReport"]
#: How long what was asked for may take to end once its panel ends, all of it together.
JOIN_SECONDS = 5.0


class Actions:
    """Of one panel; ``dismiss`` ends it. Nothing raises: the page is told what went wrong where it asked.

    ``update`` updates a service where the caller has a better place for long work than a thread of this process.
    """

    def __init__(
        self, contents: Contents, pump: Pump, dismiss: Callable[[], None], update: Update | None = None
    ) -> None:
        self._contents = contents
        self._session = contents.session
        self._pump = pump
        self._threads: list[threading.Thread] = []
        self._loads: dict[str, Cancel] = {}
        self._update = update or self._update_here
        self._updates: list[Cancel] = []
        self._told = {
            "hello": self._send_again,
            "sync": self._send_again,
            "select": self._select,
            "cancel": lambda _: self._spawn(self._cancel),
            "close": lambda _: self._spawn(dismiss),
            "load": self._begin_load,
            "load_stop": self._stop_load,
        }
        self._asked: dict[str, Callable[[Fields], object]] = {
            "service": self._change_service,
            "send": partial(playground.send, self._session),
            "sample": lambda fields: playground.sample(self._session, str(fields["name"])),
            "history": lambda fields: playground.history(self._session, str(fields["name"]), int(fields["limit"])),
            "request": lambda fields: playground.request(self._session, str(fields["name"]), int(fields["number"])),
        }

    def receive(self, message: Fields) -> None:
        """Begin what ``message`` asks for; one that is none of ours is answered with an error where it can be."""
        op = str(message.get("op"))
        tell, ask = self._told.get(op), self._asked.get(op)
        if tell is not None:
            tell(message)
        elif "id" in message:
            self._spawn(partial(self._answer, message, ask))

    def close(self) -> None:
        """End load tests and wait for what was begun; an update goes on."""
        for cancel in tuple(self._loads.values()):  # each is taken out by its own thread once it ends
            cancel.request()
        deadline = time.monotonic() + JOIN_SECONDS
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    def end_updates(self) -> None:
        """The kernel ends: nothing half done may stay."""
        for cancel in tuple(self._updates):
            cancel.request()

    # what is told ---------------------------------------------------------------------------------------------------

    def _send_again(self, message: Fields) -> None:
        self._pump.send_again(message.get("feed"), message.get("have"))

    def _select(self, message: Fields) -> None:
        service = message.get("service")
        self._contents.select(service if isinstance(service, str) else None)

    def _cancel(self) -> None:
        job = self._contents.job
        if job is not None:
            request_cancel(job.record)

    def _stop_load(self, message: Fields) -> None:
        cancel = self._loads.get(str(message.get("load")))
        if cancel is not None:
            cancel.request()
        if "id" in message:
            self._pump.reply(message["id"], ok=True, value=None)

    # what is asked for ------------------------------------------------------------------------------------------------

    def _answer(self, message: Fields, ask: Callable[[Fields], object] | None) -> None:
        try:
            if ask is None:
                raise AzmlError(f"this kernel knows nothing of {message.get('op')!r}", remedy="reload the page")
            value = ask(message)
        except (KeyError, TypeError, ValueError) as error:  # a message that says too little
            text = f"the page asked for {message.get('op')!r} and left out or garbled: {error}"
            self._pump.reply(message["id"], ok=False, error={"message": text, "lines": [text]})
        except Exception as error:
            self._pump.reply(message["id"], ok=False, error=error_state(error))
        else:
            self._pump.reply(message["id"], ok=True, value=value)

    def _change_service(self, message: Fields) -> object:
        action = message["action"]
        name = self._session.workspace.get_service(str(message["name"])).name
        try:
            if action == "update":
                report = self._update(name)
            elif action == "reload":
                report = self._session.reload(name)
            elif action == "stop":
                report = self._session.stop(name)
            else:
                raise AzmlError(f"a service cannot be told to {action!r}")
        finally:
            self._contents.services_changed()
        return {"message": f"service {report.name} is {report.state}"}

    def _update_here(self, name: str) -> ServiceReport:
        """A job as any other, which the panel shows."""
        job_id, cancel = new_job_id(), Cancel()

        def work(emit: Emit, cancel: Cancel) -> ServiceReport:
            return self._session.update(name, {}, emit=emit, cancel=cancel)

        root = self._session.workspace.root
        job = recorded(work, root, verb="update", name=name, doing=f"updating {name}", job_id=job_id)
        self._contents.show_job(job_id)
        self._updates.append(cancel)
        try:
            return job(discard, cancel)
        finally:
            self._updates.remove(cancel)

    def _begin_load(self, message: Fields) -> None:
        if "id" in message:
            # Known before its thread runs: it may be stopped at once.
            cancel = self._loads[str(message.get("load"))] = Cancel()
            self._spawn(partial(self._answer, message, partial(self._load, cancel)))

    def _load(self, cancel: Cancel, message: Fields) -> object:
        try:
            return playground.load(self._session, message, partial(self._report, message["id"]), cancel)
        finally:
            self._loads.pop(str(message.get("load")), None)

    def _report(self, ask: object, progress: dict[str, object]) -> None:
        self._pump.reply(ask, progress=progress)

    def _spawn(self, work: Callable[[], object]) -> None:
        if not self._pump.threaded:
            work()
            return
        context = contextvars.copy_context()
        thread = threading.Thread(target=lambda: context.run(work), name="azml-panel-action", daemon=True)
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()
