"""``Panel``: the widget itself: its program, its channel, its place in the notebook; what it shows is left to ``contents``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from azml_magics.panel.assets import read_module, read_style
from azml_magics.panel.pump import Message, Pump
from azml_magics.panel.settled import settled_bundle

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from azml_magics.panel.contents import Contents


class Panel(anywidget.AnyWidget):
    """A live view of a job and the services of a workspace; see :func:`azml_magics.panel.opening.open_panel`.

    ``state`` is filled only when a page asks for it, after a reload: news come as messages.
    """

    _esm = read_module()
    _css = read_style()
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, contents: Contents, *, threaded: bool = True) -> None:
        self._contents = contents
        self._handles: list[DisplayHandle] = []
        self._display_lock = threading.Lock()
        self._closed = False
        self._heard = threading.Event()
        self.pump = Pump(contents, self._send_news, threaded=threaded)
        super().__init__()
        self.on_msg(self._receive)
        contents.attach(self.pump)

    @property
    def contents(self) -> Contents:
        """What it shows."""
        return self._contents

    @property
    def heard(self) -> bool:
        """Whether a page has answered: the widget is really there."""
        return self._heard.is_set()

    def show(self) -> Panel:
        """Put it below the cell that is running."""
        from IPython.display import display

        with self._display_lock:
            handle = display(self, display_id=True)  # type: ignore[no-untyped-call]
            if handle is not None:
                self._handles.append(handle)
        return self

    def settle(self, bundle: dict[str, str] | None = None) -> None:
        """Put static text and html in the place of every view of it, and close it."""
        self.pump.flush()
        shown = bundle or settled_bundle(self._contents)
        self.close()
        with self._display_lock:
            for handle in self._handles:
                handle.update(shown, raw=True)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """End its threads and its channel; its place in the notebook stays as it is."""
        if self._closed:
            return
        self._closed = True
        self.pump.close()
        self._contents.close()
        super().close()

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """As every widget's; a page that asks for everything gets the present state."""
        values: dict[str, Any] = super().get_state(key, drop_defaults)
        if key is None and hasattr(self, "pump"):
            values["state"] = self._contents.state()
        return values

    def _send_news(self, message: Message, buffers: list[bytes]) -> None:
        if not self._closed or self.comm is not None:
            self.send(message, buffers)

    def _receive(self, _: object, message: Message, __: object) -> None:
        self._heard.set()
        self._contents.receive(message)

    def __repr__(self) -> str:
        return f"<Panel {self._contents.title!r}>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        if isinstance(bundle, tuple):
            data, metadata = bundle
            return {**settled_bundle(self._contents), **data}, metadata
        return bundle
