"""``LoadSize`` and ``LoadReport``: many requests at once and what they have shown; sending is left to ``scoring``."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from azml_magics.errors import Finding

#: What is kept of a request is 8 bytes, so this is what bounds the memory of a test.
MOST_REQUESTS = 1_000_000
#: A thread and a connection each.
MOST_CONCURRENCY = 256
BINS = 20


@dataclass(frozen=True)
class LoadSize:
    """``requests`` in all, ``concurrency`` of them at a time."""

    requests: int = 100
    concurrency: int = 4

    def findings(self) -> list[Finding]:
        """What is wrong with it."""
        limits = (("requests", self.requests, MOST_REQUESTS), ("concurrency", self.concurrency, MOST_CONCURRENCY))
        return [
            Finding("load-test-size", f"{name} is {value}", f"give a whole number from 1 to {most:,}")
            for name, value, most in limits
            if not 1 <= value <= most
        ]


DEFAULT_LOAD = LoadSize()


@dataclass(frozen=True)
class LoadProgress:
    """So many requests are through after ``seconds``, ``errors`` of them without a 2xx answer."""

    done: int
    errors: int
    seconds: float


@dataclass(frozen=True)
class LatencyBin:
    """``count`` answers took ``from_ms`` or longer and less than ``to_ms``; the last bin holds the slowest too."""

    from_ms: float
    to_ms: float
    count: int


@dataclass(frozen=True)
class LoadReport:
    """What came of a load test.

    ``requests`` have ended; ``errors`` of them had no answer or one that is not 2xx. Latencies are those of every
    answer, ``None`` when there was none. ``failures`` are sentences, the most frequent first. ``stopped``: it ended
    early.
    """

    service: str
    concurrency: int
    requests: int
    errors: int
    seconds: float
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    histogram: tuple[LatencyBin, ...]
    statuses: Mapping[int, int]
    failures: tuple[str, ...]
    stopped: bool = False

    @property
    def per_second(self) -> float:
        """Requests that ended in a second, on average."""
        return self.requests / self.seconds if self.seconds > 0 else 0.0

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, in a fixed order of keys."""
        return {
            "service": self.service,
            "concurrency": self.concurrency,
            "requests": self.requests,
            "errors": self.errors,
            "seconds": round(self.seconds, 3),
            "per_second": round(self.per_second, 2),
            **{name: _rounded(getattr(self, name)) for name in ("p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms")},
            "histogram": [
                {"from_ms": round(each.from_ms, 3), "to_ms": round(each.to_ms, 3), "count": each.count}
                for each in self.histogram
            ],
            "statuses": {str(status): self.statuses[status] for status in sorted(self.statuses)},
            "failures": list(self.failures),
            "stopped": self.stopped,
        }


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The value that ``share`` (0 to 1) of ``ordered`` do not exceed: one that was measured, by nearest rank."""
    return ordered[percentile_rank(len(ordered), share)] if ordered else None


def percentile_rank(count: int, share: float) -> int:
    """Where that value stands among ``count`` ordered ones, counting from 0."""
    return min(count - 1, max(0, math.ceil(share * count) - 1))


def latency_histogram(ordered: Sequence[float]) -> tuple[LatencyBin, ...]:
    """At most :data:`BINS` bins that hold every value of ``ordered``.

    Each is wider than the one before by the same factor where values are far apart, as with a long tail; else all are
    equally wide.
    """
    if not ordered:
        return ()
    least, most = ordered[0], ordered[-1]
    if most <= least:
        return (LatencyBin(least, most, len(ordered)),)
    if least > 0 and most / least > 4:
        factor = (most / least) ** (1 / BINS)
        edges = [least * factor**number for number in range(BINS)]
    else:
        edges = [least + (most - least) * number / BINS for number in range(BINS)]
    places = [0, *(bisect_left(ordered, edge) for edge in edges[1:]), len(ordered)]
    bounds = [*edges, most]
    return tuple(LatencyBin(bounds[n], bounds[n + 1], places[n + 1] - places[n]) for n in range(BINS))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
