"""A pull's messages into lines: something new each, and few."""

from __future__ import annotations

from typing import Any

import pytest

from azml_magics.containers.pull_progress import PullProgress, readable_size


def of_layer(status: str, current: int | None = None, total: int | None = None, layer: str = "a1") -> dict[str, Any]:
    detail = {} if current is None else {"current": current, **({} if total is None else {"total": total})}
    return {"status": status, "id": layer, "progressDetail": detail, "progress": "[==>  ]"}


def test_a_whole_pull() -> None:
    messages = [
        {"status": "Pulling from azureml/minimal", "id": "latest"},
        of_layer("Pulling fs layer"),
        of_layer("Pulling fs layer", layer="b2"),
        of_layer("Waiting", layer="b2"),
        *(of_layer("Downloading", number * 1_000_000, 100_000_000) for number in range(1, 101)),
        of_layer("Verifying Checksum"),
        of_layer("Download complete"),
        *(of_layer("Extracting", number * 1_000_000, 100_000_000) for number in range(10, 101, 10)),
        of_layer("Pull complete"),
        of_layer("Already exists", layer="b2"),
        {"status": "Digest: sha256:0123"},
        {"status": "Status: Downloaded newer image for azureml/minimal:latest"},
        {},
    ]
    progress = PullProgress()
    assert [line for message in messages for line in progress.lines(message)] == [
        "Pulling from azureml/minimal",
        *(f"a1: downloading {percent} % of 100.0 MB" for percent in (0, 20, 40, 60, 80, 100)),
        *(f"a1: extracting {percent} % of 100.0 MB" for percent in (0, 20, 40, 60, 80, 100)),
        "a1: pull complete",
        "b2: already exists",
        "Digest: sha256:0123",
        "Status: Downloaded newer image for azureml/minimal:latest",
    ]


def test_without_a_total() -> None:
    # Newer engines tell seconds while they extract.
    progress = PullProgress()
    assert [line for n in range(5) for line in progress.lines(of_layer("Extracting", n))] == ["a1: extracting"]


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (5e12, "5000.0 GB")]
)
def test_sizes(size: float, text: str) -> None:
    assert readable_size(size) == text
