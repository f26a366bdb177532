"""A pull's messages into lines: something new each, and few."""

from __future__ import annotations

from typing import Any

import pytest

from azml_magics.containers.pull_progress import PullProgress, readable_size
from azml_magics.events import Progress


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


def test_how_far_a_pull_is() -> None:
    progress = PullProgress()

    def after(*messages: dict[str, Any]) -> Progress | None:
        return [progress.progress(message) for message in messages][-1]

    assert after({"status": "Pulling from azureml/minimal", "id": "latest"}) is None
    assert after({"status": "Digest: sha256:0123"}, {}) is None
    known = [of_layer("Pulling fs layer"), of_layer("Pulling fs layer", layer="b2"), of_layer("Waiting", layer="b2")]
    assert after(*known) == Progress(0, 2, "layers")
    assert after(of_layer("Downloading", 3_000_000, 10_000_000)) == Progress(0, 2, "layers", "3.0 MB downloaded")
    assert after(of_layer("Downloading", 1, 5_000_000, layer="b2")) == Progress(
        3_000_001, 15_000_000, "bytes", "0 of 2 layers"
    )
    assert after(of_layer("Already exists", layer="c3")) == Progress(3_000_001, 15_000_000, "bytes", "1 of 3 layers")
    fetched = after(of_layer("Download complete"), of_layer("Extracting", 1, 10_000_000))
    assert fetched == Progress(10_000_001, 15_000_000, "bytes", "1 of 3 layers")
    assert after(of_layer("Download complete", layer="b2")) == Progress(1, 3, "layers", "extracting")
    assert after(of_layer("Pull complete")) == Progress(2, 3, "layers", "extracting")
    assert after(of_layer("Pull complete", layer="b2")) == Progress(3, 3, "layers")


def test_small_layers_that_never_say_their_size() -> None:
    progress = PullProgress()
    said = [of_layer(status) for status in ("Pulling fs layer", "Download complete", "Extracting", "Pull complete")]
    assert [progress.progress(message) for message in said] == [
        Progress(0, 1, "layers"),
        Progress(0, 1, "layers", "extracting"),
        Progress(0, 1, "layers", "extracting"),
        Progress(1, 1, "layers"),
    ]
