"""``Panel``: the widget: its program, its channel, its place in the notebook; what it shows is left to ``contents``."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from azml_magics.panel.actions import Actions, Update
from azml_magics.panel.assets import read_module, read_style
from azml_magics.panel.pump import Message, Pump
from azml_magics.panel.settled import settled_bundle
from azml_magics.show.cell_request import read_cell_request

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from azml_magics.panel.contents import Contents
    from azml_magics.show.view import View


#: How often what is there already is read before it is shown: of a long log a part.
FIRST_READS = 8
#: Panels that have threads.
OPEN: set[Panel] = set()


class Panel(anywidget.AnyWidget):
    """A live view of a job and the services of a workspace; see :func:`azml_magics.panel.opening.open_panel`.

    ``state`` is filled only when a page asks for it, after a reload: news come as messages.
    """

    _esm = read_module()
    _css = read_style()
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, contents: Contents, *, threaded: bool = True, update: Update | None = None) -> None:
        self._contents = contents
        self._handles: list[DisplayHandle] = []
        self._display_lock = threading.Lock()
        self._cell, self._run = "", ""
        self.closed = False
        #: Called instead of :meth:`settle` when the panel has to go although its work goes on.
        self.on_dismissed: Callable[[], None] | None = None
        self._heard = threading.Event()
        self.pump = Pump(contents, self._send_news, threaded=threaded)
        for _ in range(FIRST_READS):  # a page that opens it knows how it is at once
            if not contents.take_news():
                break
        super().__init__()
        self.on_msg(self._receive)
        OPEN.add(self)
        self._actions = Actions(contents, self.pump, self.dismiss, update)
        self.pump.start()
        contents.watch(self.pump.wake)

    @property
    def contents(self) -> Contents:
        """What it shows."""
        return self._contents

    @property
    def heard(self) -> bool:
        """Whether a page has answered: the widget is really there."""
        return self._heard.is_set()

    def show(self) -> Panel:
        """Put it below the cell that is running; what former runs of that cell put there is ended."""
        from IPython.display import display

        self._cell, self._run = _running_cell()
        for other in tuple(OPEN):
            if self._cell and other._cell == self._cell and other._run != self._run:
                other.close()
        with self._display_lock:
            handle = display(self, display_id=True)  # type: ignore[no-untyped-call]
            if handle is not None:
                self._handles.append(handle)
        return self

    def settle(self, view: View | None = None) -> None:
        """Put static text and html in the place of every view of it, and close it; ``view`` is what came of it all."""
        if self.closed:
            return
        self.pump.flush()
        bundle = settled_bundle(self._contents, view)
        self.close()
        for handle in self.take_handles():
            handle.update(bundle, raw=True)  # type: ignore[no-untyped-call]

    def dismiss(self) -> None:
        """End it although its work goes on: the extension is unloaded, or the user closed it."""
        if self.on_dismissed is not None:
            self.on_dismissed()
        else:
            self.settle()

    def take_handles(self) -> list[DisplayHandle]:
        """Its places in the notebook, which are the caller's from now on."""
        with self._display_lock:
            handles, self._handles = self._handles, []
        return handles

    def close(self) -> None:
        """End its threads and its channel; its place in the notebook stays as it is."""
        if self.closed:
            return
        self.stop()
        super().close()

    def stop(self) -> None:
        """End its threads; the page keeps what it has."""
        self.closed = True
        OPEN.discard(self)
        self._actions.close()
        self.pump.close()
        self._contents.close()

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """As every widget's; a page that asks for everything gets the present state."""
        values: dict[str, Any] = super().get_state(key, drop_defaults)
        if key is None and hasattr(self, "pump"):
            values["state"] = self._contents.state()
        return values

    def _send_news(self, message: Message, buffers: list[bytes]) -> None:
        if not self.closed:
            self.send(message, buffers)

    def _receive(self, _: object, message: Message, __: object) -> None:
        self._heard.set()
        self._actions.receive(message)
        if not self.pump.threaded:
            self.pump.flush()

    def __repr__(self) -> str:
        return f"<Panel {self._contents.title!r}>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        if isinstance(bundle, tuple):
            data, metadata = bundle
            return {**data, **settled_bundle(self._contents)}, metadata
        return bundle


def _running_cell() -> tuple[str, str]:
    """Which cell runs, and which of its runs this is; empty where the front end does not say."""
    from IPython import get_ipython

    request = read_cell_request(get_ipython())
    cell = request["metadata"].get("cellId")
    return (str(cell), str(request["header"]["msg_id"])) if cell else ("", "")


def dismiss_all() -> None:
    """End every panel, its place in the notebook becomes static: the extension is unloaded."""
    for panel in tuple(OPEN):
        panel.dismiss()


def stop_all() -> None:
    """End the threads of every panel: the kernel ends, nothing can be shown any more."""
    for panel in tuple(OPEN):
        panel._actions.end_updates()
        panel.stop()


atexit.register(stop_all)
# What a cell forks has copies of the panels, without their threads.
os.register_at_fork(after_in_child=partial(atexit.unregister, stop_all))
