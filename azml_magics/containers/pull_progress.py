"""The messages of a pull, several a second and layer, into the few lines that say something new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: A layer's progress is told whenever it has come this much further.
STEP_PERCENT = 20
#: Said of every layer, one after the other, and telling nothing.
SILENT = frozenset({"Pulling fs layer", "Waiting", "Verifying Checksum", "Download complete"})


class PullProgress:
    """Remembers what was said of each layer."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, int]] = {}

    def lines(self, message: Mapping[str, Any]) -> list[str]:
        """What ``message`` adds; often nothing."""
        status, layer = str(message.get("status", "")), str(message.get("id", ""))
        if not status or status in SILENT:
            return []
        if not layer or status.startswith("Pulling from"):
            return [status]
        detail = message.get("progressDetail") or {}
        current, total = detail.get("current") or 0, detail.get("total") or 0
        step = int(current * 100 / total) // STEP_PERCENT * STEP_PERCENT if total > 0 else 0
        said_status, said_step = self._said.get(layer, ("", -1))
        if status == said_status and step <= said_step:
            return []
        self._said[layer] = (status, step)
        size = f" {step} % of {readable_size(total)}" if total > 0 else ""
        return [f"{layer}: {status.lower()}{size}"]


def readable_size(size_bytes: float) -> str:
    """``12.3 MB``: units of 1000, as registries and the docker command line count."""
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"
