"""A real kernel, spoken to as a front end does: cells in, outputs out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.manager import KernelManager

#: Until the next message of a kernel; a headless deployment is one message.
LIMIT_SECONDS = 300


@dataclass
class Outputs:
    """What one cell sent until it was done; ``updates`` are of displays of any cell."""

    results: list[dict[str, str]] = field(default_factory=list)
    displays: list[dict[str, str]] = field(default_factory=list)
    updates: list[dict[str, str]] = field(default_factory=list)
    streams: str = ""
    error: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text of the only result."""
        (result,) = self.results
        return result["text/plain"]


class Kernel:
    """``live`` sends cells as JupyterLab does, otherwise as nbval does: no input, no history."""

    def __init__(self, client: Any, manager: Any) -> None:
        self._client = client
        self.manager = manager

    def run(self, cell: str, *, live: bool = False, interrupt_at: str | None = None) -> Outputs:
        """Run a cell; with ``interrupt_at`` interrupt it once its output holds that text."""
        sent = self._client.execute(cell, allow_stdin=live, store_history=live)
        outputs = Outputs()
        while True:
            message = self._client.get_iopub_msg(timeout=LIMIT_SECONDS)
            content, kind = message["content"], message["msg_type"]
            own = message["parent_header"].get("msg_id") == sent
            if kind == "execute_result":
                outputs.results.append(content["data"])
            elif kind == "display_data":
                outputs.displays.append(content["data"])
            elif kind == "update_display_data":
                outputs.updates.append(content["data"])
            elif kind == "stream":
                outputs.streams += content["text"]
                if interrupt_at is not None and interrupt_at in outputs.streams:
                    interrupt_at = None
                    self.manager.interrupt_kernel()
            elif kind == "error":
                outputs.error = content["traceback"]
            elif kind == "status" and content["execution_state"] == "idle" and own:
                return outputs


@contextmanager
def running_kernel(folder: Path) -> Iterator[Kernel]:
    """A kernel whose working directory and workspace are in ``folder``."""
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "AZML_WORKSPACE": str(folder / ".azml")}
    environment.pop("AZML_PANEL", None)
    with TemporaryDirectory(prefix="azml-kernel-") as sockets:
        # Ports are chosen a while before a kernel takes them, and others may take them in between.
        manager = KernelManager(kernel_name="python3", transport="ipc", ip=f"{sockets}/socket")
        manager.start_kernel(cwd=str(folder), env=environment)
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=LIMIT_SECONDS)
            yield Kernel(client, manager)
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
