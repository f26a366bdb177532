"""A real kernel and a page that shows its panels: cells and messages in, state, log and answers out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.unit.magics.kernels import LIMIT_SECONDS, Kernel, Outputs, running_kernel


class PanelView:
    """What a page knows of one panel; it asks for what it misses, as the real one does."""

    def __init__(self, comm: str, state: dict[str, Any]) -> None:
        self.comm = comm
        self.state = state
        self.feed = ""
        self.lines: list[list[Any]] = []
        self.replies: dict[int, list[dict[str, Any]]] = {}
        self.messages = 0
        self.gaps = 0
        self.closed = False

    @property
    def texts(self) -> list[str]:
        return [text for _, _, text in self.lines]

    def take(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        self.messages += 1
        self.state = message.get("state", self.state)
        for reply in message.get("replies", ()):
            self.replies.setdefault(reply["id"], []).append(reply)
        log = message.get("log")
        if log is None:
            return
        if log["feed"] != self.feed or log.get("reset"):
            self.feed, self.lines, self.first = log["feed"], [], log["at"]
        lines = [json.loads(line) for line in bytes(buffers[0]).split(b"\n")]
        assert len(lines) == log["count"]
        self.gaps += log["at"] > self.first + len(self.lines)
        self.lines[log["at"] - self.first :] = lines

    def value(self, ask: int) -> Any:
        last = self.replies[ask][-1]
        assert last["ok"], last
        return last["value"]

    def error(self, ask: int) -> dict[str, Any]:
        last = self.replies[ask][-1]
        assert not last["ok"]
        error: dict[str, Any] = last["error"]
        return error


class Page:
    """Of one notebook."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._client: Any = kernel._client
        self.panels: list[PanelView] = []
        self.displays: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self._asked = 0

    @property
    def panel(self) -> PanelView:
        """The one opened last."""
        return self.panels[-1]

    def run(self, cell: str, *, cell_id: str | None = None) -> Outputs:
        """As a live front end does."""
        content = {"code": cell, "silent": False, "store_history": True, "allow_stdin": True, "stop_on_error": True}
        metadata = {} if cell_id is None else {"cellId": cell_id}
        request = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(request)
        sent = request["header"]["msg_id"]
        outputs = Outputs()
        while not self._take(self._client.get_iopub_msg(timeout=LIMIT_SECONDS), outputs, sent):
            pass
        return outputs

    def wait(self, until: Callable[[], object]) -> None:
        """Take messages until it is so."""
        while not until():
            self._take(self._client.get_iopub_msg(timeout=LIMIT_SECONDS), Outputs(), "")

    def tell(self, panel: PanelView | None = None, **message: object) -> None:
        content = {"comm_id": (panel or self.panel).comm, "data": {"method": "custom", "content": message}}
        self._client.shell_channel.send(self._client.session.msg("comm_msg", content))

    def hello(self, panel: PanelView | None = None) -> None:
        panel = panel or self.panel
        self.tell(panel, op="hello", feed=panel.feed or None, have=len(panel.lines))

    def ask(self, op: str, **fields: object) -> int:
        """Send a request and wait for its answer."""
        self._asked += 1
        ask, panel = self._asked, self.panel
        self.tell(panel, op=op, id=ask, **fields)
        self.wait(lambda: any("ok" in reply for reply in panel.replies.get(ask, ())))
        return ask

    def _take(self, message: dict[str, Any], outputs: Outputs, sent: str) -> bool:
        content, kind = message["content"], message["msg_type"]
        if kind == "comm_open" and "_esm" in content["data"].get("state", {}):
            self.panels.append(PanelView(content["comm_id"], content["data"]["state"]["state"]))
        elif kind in ("comm_msg", "comm_close"):
            self._take_comm(kind, content, message["buffers"])
        elif kind == "display_data":
            outputs.displays.append(content["data"])
            self.displays.append(content["data"])
        elif kind == "update_display_data":
            outputs.updates.append(content["data"])
            self.updates.append(content["data"])
        elif kind == "execute_result":
            outputs.results.append(content["data"])
        elif kind == "stream":
            outputs.streams += content["text"]
        elif kind == "error":
            outputs.error = content["traceback"]
        own = message["parent_header"].get("msg_id") == sent
        return bool(own and kind == "status" and content["execution_state"] == "idle")

    def _take_comm(self, kind: str, content: dict[str, Any], buffers: list[bytes]) -> None:
        for panel in self.panels:
            if panel.comm != content["comm_id"]:
                continue
            panel.closed = panel.closed or kind == "comm_close"
            news = content["data"].get("content", {})
            if news.get("op") == "news":
                panel.take(news, buffers)


@contextmanager
def opened_page(folder: Path) -> Iterator[Page]:
    """A new kernel in ``folder`` with the extension, and its page."""
    with running_kernel(folder) as kernel:
        page = Page(kernel)
        assert page.run("%load_ext azml_magics").error == []
        yield page
