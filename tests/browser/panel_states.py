"""States of the panel as the kernel sends them, for tests of the page: idle, running, failed, done."""

from __future__ import annotations

import time
from copy import deepcopy
from typing import Any

State = dict[str, Any]

STEPS: list[State] = [
    {"name": "check", "state": "done", "seconds": 0.012, "reason": ""},
    {"name": "image", "state": "skipped", "seconds": None, "reason": "the process engine needs none"},
    {"name": "plan", "state": "done", "seconds": 0.004, "reason": ""},
    {"name": "packages", "state": "reused", "seconds": 0.001, "reason": "reused: equal definition"},
    {"name": "build", "state": "waiting", "seconds": None, "reason": ""},
    {"name": "start", "state": "waiting", "seconds": None, "reason": ""},
    {"name": "healthy", "state": "waiting", "seconds": None, "reason": ""},
]
PLACE = {"source": "cell In [3]", "cell": 3, "line": 2, "column": 7, "text": "numpy=2.2.6"}
ERROR = {
    "severity": "error",
    "code": "requirement-syntax",
    "message": "numpy=2.2.6 is no requirement",
    "remedy": "write numpy==2.2.6",
    "place": PLACE,
}
WARNING = {
    "severity": "warning",
    "code": "unpinned-requirement",
    "message": "pandas has no version: another build may get another one",
    "remedy": "write pandas==2.3.3, or lock the environment",
    "place": {"source": "requirements.txt", "cell": None, "line": 4, "column": None, "text": None},
}

#: What stands out of the panel at its right, but for what can be scrolled to.
OUTSIDE = """() => {
    const root = document.querySelector(".azml-root");
    const end = root.getBoundingClientRect().right + 0.5;
    const scrolls = (node) =>
        node !== root && (/auto|scroll/.test(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
    return [...root.querySelectorAll("*")]
        .filter((node) => node.checkVisibility() && !node.closest(".azml-unseen, thead, [aria-hidden]"))
        .filter((node) => node.getBoundingClientRect().right > end && !scrolls(node))
        .map((node) => `${node.tagName} ${node.getAttribute("class")}`);
}"""


def service(name: str = "digits", **fields: Any) -> State:
    """A service that runs and was asked 60 times."""
    return {
        "name": name,
        "engine": "process",
        "state": "running",
        "port": 31311,
        "scoring_uri": "http://localhost:31311/score",
        "model": "digits:3",
        "environment": "digits:7",
        "started": time.time() - 7512,
        "requests": 1204,
        "errors": 4,
        "p50_ms": 4.2,
        "p99_ms": 48.7,
        "latencies": [3 + (number * 7919 % 23) / 4 + (40 if number % 17 == 0 else 0) for number in range(60)],
        "problem": None,
        **fields,
    }


def services() -> list[State]:
    """One of every kind."""
    silent: State = {"requests": 0, "errors": 0, "p50_ms": None, "p99_ms": None, "latencies": []}
    failed = {
        **silent,
        "port": None,
        "scoring_uri": None,
        "model": "",
        "environment": "mood-classifier-with-a-long-name:12",
    }
    return [
        service(),
        service(
            "churn-docker", engine="docker", environment="", requests=3, errors=0, latencies=[12.0, 9.5, 30.1], model=""
        ),
        service("mood", state="failed", problem="the process ended with exit code 1", started=None, **failed),
    ]


def idle() -> State:
    """Nothing was ever deployed."""
    return {"title": "", "verdict": "idle", "steps": [], "findings": [], "services": [], "error": None}


def running(**fields: Any) -> State:
    """In the middle of a deployment with Docker."""
    steps = deepcopy(STEPS)
    steps[1] = {"name": "image", "state": "done", "seconds": 3.4, "reason": "the base image was not on this engine"}
    steps[3] = {
        "name": "packages",
        "state": "running",
        "seconds": None,
        "started": time.time() - 8,
        "reason": "a new definition",
        "progress": {"done": 41_200_000, "total": 97_400_000, "unit": "bytes", "text": "scikit-learn"},
    }
    return {
        "title": "digits",
        "doing": "deploying digits",
        "verdict": "running",
        "summary": "",
        "job": "j1",
        "cancellable": True,
        "started": time.time() - 12,
        "ended": None,
        "steps": steps,
        "error": None,
        "findings": [WARNING],
        "log": {"feed": "f", "path": "build.log"},
        "services": services(),
        "selected": "digits",
        **fields,
    }


def done(**fields: Any) -> State:
    """The service is ready."""
    steps = deepcopy(STEPS)
    for step, seconds in zip(steps[4:], (None, 1.31, 0.42), strict=True):
        step.update(state="done" if seconds else "skipped", seconds=seconds)
    steps[4]["reason"] = "nothing to build for a process"
    steps[5]["reason"] = "a new process"
    ended = {
        "verdict": "done",
        "cancellable": False,
        "started": 1000.0,
        "ended": 1001.8,
        "steps": steps,
        "findings": [],
    }
    return running(**{**ended, "summary": "digits is running on port 31311", **fields})


def failed(*, lines: int = 4, **fields: Any) -> State:
    """The user's init() raised."""
    steps = deepcopy(STEPS)
    steps[4].update(state="skipped", reason="nothing to build for a process")
    steps[5].update(state="failed", seconds=0.81, reason="init() failed")
    frames = [
        line
        for number in range(lines)
        for line in (f"  cell In [3], line {number + 1}, in load", "    model = load(path)")
    ]
    error = {
        "message": "init() of score.py failed",
        "lines": [
            *frames,
            "  FileNotFoundError: [Errno 2] No such file or directory: 'model.pkl'",
            "  fix: register the model",
        ],
    }
    over = {
        "verdict": "failed",
        "cancellable": False,
        "started": 1000.0,
        "ended": 1001.2,
        "steps": steps,
        "error": error,
    }
    return running(**{**over, "findings": [ERROR, WARNING], **fields})


def standing(**fields: Any) -> State:
    """A panel of a service that was deployed a while ago."""
    ended = time.time() - 200
    over = {"about": "service", "service_state": "running", "started": ended - 19.3, "ended": ended, "title": "digits"}
    return done(**{**over, "summary": "service on port 31311, environment digits:7", **fields})
