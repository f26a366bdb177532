"""The messages of a pull, several a second and layer, into the few lines that say something new, and into progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azml_magics.events import Progress

#: A layer's progress is told whenever it has come this much further.
STEP_PERCENT = 20
#: Said of every layer, one after the other, and telling nothing.
SILENT = frozenset({"Pulling fs layer", "Waiting", "Verifying Checksum", "Download complete"})


#: Said of a layer of which everything has been fetched, and of one that is in place.
FETCHED = frozenset({"Verifying Checksum", "Download complete", "Extracting"})
IN_PLACE = frozenset({"Pull complete", "Already exists"})


@dataclass
class _Layer:
    """``total`` is what its download has, 0 while nobody has said it."""

    done: int = 0
    total: int = 0
    is_fetched: bool = False
    is_in_place: bool = False


class PullProgress:
    """Remembers what was said of each layer."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, int]] = {}
        self._layers: dict[str, _Layer] = {}

    def progress(self, message: Mapping[str, Any]) -> Progress | None:
        """How far all layers are after ``message``, which is to be taken by :meth:`lines` too.

        Bytes while everything that is still to be fetched has said its size, else layers that are in place.
        """
        status, layer = str(message.get("status", "")), str(message.get("id", ""))
        if not layer or not status or status.startswith("Pulling from"):
            return None
        self._take(self._layers.setdefault(layer, _Layer()), status, message.get("progressDetail") or {})
        layers = self._layers.values()
        in_place = sum(each.is_in_place for each in layers)
        done, total = sum(each.done for each in layers), sum(each.total for each in layers)
        coming = [each for each in layers if not each.is_fetched]
        if coming and all(each.total for each in coming):
            return Progress(done, total, "bytes", f"{in_place} of {len(layers)} layers")
        if coming:
            return Progress(in_place, len(layers), "layers", f"{readable_size(done)} downloaded" if done else "")
        return Progress(in_place, len(layers), "layers", "" if in_place == len(layers) else "extracting")

    def _take(self, layer: _Layer, status: str, detail: Mapping[str, Any]) -> None:
        if status == "Downloading":
            layer.done = detail.get("current") or layer.done
            layer.total = max(detail.get("total") or 0, layer.total)
        elif status in FETCHED | IN_PLACE:
            layer.is_fetched, layer.done = True, layer.total
            layer.is_in_place = layer.is_in_place or status in IN_PLACE

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
