"""What a script told ``Run`` (``running/azureml_shim``), read back from its file; a line cut short is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from azml_magics.definitions.run import MetricValue, RunRecord

NAME = "events.jsonl"


@dataclass(frozen=True)
class Told:
    """``metrics`` by name, in the order they came; ``models`` to be registered; ``failure`` what ``fail()`` said."""

    metrics: dict[str, list[MetricValue]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    models: tuple[dict[str, object], ...] = ()
    failure: str | None = None


def read_told(record: RunRecord) -> Told:
    """Everything so far."""
    told = Told()
    models: list[dict[str, object]] = []
    failure: str | None = None
    for item in _items(record):
        kind = item.get("kind")
        if kind == "metric":
            value = MetricValue(item.get("value"), item.get("step"), _time(item.get("time")))
            told.metrics.setdefault(str(item.get("name")), []).append(value)
        elif kind == "tags":
            told.tags.update(_texts(item))
        elif kind == "properties":
            told.properties.update(_texts(item))
        elif kind == "model":
            models.append(item)
        elif kind == "failed":
            failure = str(item.get("message", ""))
    return Told(told.metrics, told.tags, told.properties, tuple(models), failure)


def tell_metric(record: RunRecord, name: str, value: object, step: int | None = None) -> None:
    """As if the script had told it: for whoever accompanies a run from outside."""
    item = {"kind": "metric", "name": name, "value": value, "step": step}
    item["time"] = datetime.now(timezone.utc).timestamp()
    with (record.record_directory / NAME).open("ab", buffering=0) as file:
        file.write(json.dumps(item, default=str).encode() + b"\n")


def _items(record: RunRecord) -> Iterator[dict[str, Any]]:
    try:
        lines = (record.record_directory / NAME).read_bytes().split(b"\n")
    except OSError:
        return
    for line in lines:
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if isinstance(item, dict):
            yield item


def _texts(item: dict[str, Any]) -> dict[str, str]:
    values = item.get("values")
    return {str(key): str(value) for key, value in values.items()} if isinstance(values, dict) else {}


def _time(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, timezone.utc) if isinstance(seconds, int | float) else None
