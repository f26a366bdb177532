"""Metrics, parameters and tags of a run: from MLflow's file store in its documented layout, and from ``Run.log``.

``<store>/<experiment>/<run>/{meta.yaml,metrics/NAME,params/NAME,tags/NAME,artifacts/}``; a line of a metric is
``TIME_MS VALUE [STEP ...]``. Everything in the store belongs to one run of ours, so every top-level MLflow run counts;
child runs (``mlflow.parentRunId``), as autologging of a search makes them, are only counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from azml_magics.definitions.run import Metric, MetricValue, RunRecord
from azml_magics.runs.told import read_told

PARENT_TAG = "mlflow.parentRunId"
#: Tags that MLflow sets for itself.
OWN_PREFIX = "mlflow."


@dataclass(frozen=True)
class Logged:
    """What a run logged."""

    metrics: tuple[Metric, ...]
    parameters: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]
    child_runs: int


def store_variables(record: RunRecord) -> dict[str, str]:
    """What makes MLflow log into the run's own store.

    The file store needs no database and no further package, so it works with ``mlflow-skinny`` and with old releases;
    new ones want to be told that it is meant. There is no ``MLFLOW_RUN_ID``: with one, a script that chooses its own
    experiment would fail.
    """
    return {
        "MLFLOW_TRACKING_URI": record.metrics_directory.as_uri(),
        "MLFLOW_EXPERIMENT_NAME": record.experiment,
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "GIT_PYTHON_REFRESH": "quiet",  # MLflow looks for Git, and complains at length where there is none
    }


def read_logged(record: RunRecord) -> Logged:
    """Everything so far; a line that is being written is left out."""
    values: dict[str, list[MetricValue]] = {}
    parameters: dict[str, str] = {}
    tags: dict[str, str] = {}
    children = 0
    for run in _top_runs(record.metrics_directory):
        own_tags = dict(_texts(run / "tags"))
        if PARENT_TAG in own_tags:
            children += 1
            continue
        for name, path in _files(run / "metrics"):
            values.setdefault(name, []).extend(_metric_values(path))
        parameters.update(_texts(run / "params"))
        tags.update((name, text) for name, text in own_tags.items() if not name.startswith(OWN_PREFIX))
    for name, told in read_told(record).metrics.items():
        values.setdefault(name, []).extend(told)
    metrics = tuple(Metric(name, tuple(each)) for name, each in sorted(values.items()) if each)
    return Logged(metrics, tuple(sorted(parameters.items())), tuple(sorted(tags.items())), children)


def artifact_folders(record: RunRecord) -> Iterator[tuple[str, Path]]:
    """Folders of what MLflow was given to keep: (prefix, folder); of models that it keeps beside its runs, by name."""
    for run in _top_runs(record.metrics_directory):
        if (run / "artifacts").is_dir():
            yield "", run / "artifacts"
    for meta in sorted(record.metrics_directory.glob("*/models/*/meta.yaml")):
        name = _meta(meta).get("name")
        if name and (meta.parent / "artifacts").is_dir():
            yield str(name), meta.parent / "artifacts"


def _top_runs(store: Path) -> list[Path]:
    """The folders of all MLflow runs, oldest first."""
    found = [meta.parent for meta in store.glob("*/*/meta.yaml")]
    return sorted(found, key=lambda run: (str(_meta(run / "meta.yaml").get("start_time", "")), run.name))


def _meta(path: Path) -> dict[str, object]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """A name may hold slashes: then it is a path."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    for name, path in _files(folder):
        yield name, path.read_text(encoding="utf-8", errors="replace")


def _metric_values(path: Path) -> Iterator[MetricValue]:
    for line in path.read_text(errors="replace").splitlines():
        words = line.split()
        try:
            time = datetime.fromtimestamp(int(words[0]) / 1000, timezone.utc)
            yield MetricValue(float(words[1]), int(words[2]) if len(words) > 2 else None, time)
        except (IndexError, ValueError, OverflowError, OSError):
            continue
