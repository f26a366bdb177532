"""What builders print, as events: step n of m, its output, layers on their way; what failed is kept for ``failure``."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azml_magics.containers.pull_progress import PullProgress
from azml_magics.definitions.dockerfile_text import Instruction, parse_dockerfile
from azml_magics.events import BuildStep, Emit, LogLine, Progress
from azml_magics.events.pace import Pace
from azml_magics.system.logs import clip_line

#: How much of a step's output is kept for an error.
KEPT_LINES = 200
#: Steps of BuildKit's own that say what takes time.
SHOWN_INTERNAL = ("exporting to image",)

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NUMBERED = re.compile(r"\[(?P<stage>[^\]]*?)\s*(?P<number>\d+)/(?P<total>\d+)\] (?P<text>.*)")
_OUTPUT = re.compile(r"\d+\.\d+(?: (?P<text>.*))?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LAYER = re.compile(r"sha256:(?P<layer>[0-9a-f]{12})[0-9a-f]*:? (?P<what>.+)")
_SIZES = re.compile(r"(?P<done>\d+(?:\.\d+)?)(?P<unit>[kMG]?B) / (?P<total>\d+(?:\.\d+)?)(?P<whole>[kMG]?B)(?: |$)")
_UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
_OWN_MOUNT = re.compile(r"--mount=\S*(?:id=azml-|target=/run/azml)\S*\s+")
#: BuildKit writes names of images in full.
_FULL_NAME = re.compile(r"^FROM docker\.io/(?:library/)?")
_CLASSIC_STEP = re.compile(r"Step (?P<number>\d+)/(?P<total>\d+) : (?P<text>.*)", re.DOTALL)
_CONTAINER = re.compile(r" ---> Running in (?P<id>[0-9a-f]{12,64})")
_IMAGE = re.compile(r" ---> (?P<id>[0-9a-f]{12,64})")


@dataclass
class RunningStep:
    """A step that was begun; ``line`` is its line in the Dockerfile, where that is known."""

    number: int
    total: int
    text: str
    line: int | None = None
    began: float = field(default_factory=time.monotonic)
    output: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))


class Reporter:
    """Emits the events of steps; every text goes through ``mask`` first."""

    def __init__(self, emit: Emit, mask: Callable[[str], str]) -> None:
        self._emit = emit
        self._mask = mask
        self._pace = Pace(emit)
        self.failed: RunningStep | None = None

    def say(self, text: str) -> None:
        """One line that belongs to no step."""
        self._emit(LogLine("builder", clip_line(self._mask(text))))

    def progress(self, far: Progress) -> None:
        """How far layers are on their way."""
        self._pace.tell(far)

    def start(self, step: RunningStep) -> None:
        """``step`` begins."""
        self._tell(step, "started", 0.0)
        self.say(f"[{step.number}/{step.total}] {step.text}")

    def output(self, step: RunningStep, text: str) -> None:
        """A line that ``step`` printed: what it wrote last where it wrote over itself, without colours."""
        masked = clip_line(self._mask(_COLOUR.sub("", text).rstrip("\r").rpartition("\r")[2]))
        step.output.append(masked)
        self._emit(LogLine("builder", masked))

    def finish(self, step: RunningStep, *, cached: bool = False, seconds: float | None = None) -> None:
        """``step`` has succeeded."""
        took = 0.0 if cached else time.monotonic() - step.began if seconds is None else seconds
        self._tell(step, "cached" if cached else "done", took)
        self.say(f"[{step.number}/{step.total}] " + ("cached" if cached else f"done in {took:.1f} s"))

    def fail(self, step: RunningStep) -> None:
        """``step`` has failed; the first one counts."""
        if self.failed is None:
            self.failed = step
            self._tell(step, "failed", time.monotonic() - step.began)

    def abandon(self, step: RunningStep | None) -> None:
        """The builder has gone away while ``step`` ran."""
        if step is not None:
            self.fail(step)

    def _tell(self, step: RunningStep, outcome: Any, seconds: float) -> None:
        self._pace.finish()
        self._emit(BuildStep(step.number, step.total, self._mask(step.text), outcome, seconds))


class BuildkitProgress:
    """Reads ``docker build --progress=plain`` line by line."""

    def __init__(self, dockerfile: str, reporter: Reporter) -> None:
        self._reporter = reporter
        self._instructions = parse_dockerfile(dockerfile)
        self._steps: dict[str, RunningStep | None] = {}
        self._running: list[RunningStep] = []
        self._layers: dict[str, tuple[float, float]] = {}
        self._is_over = False
        #: What was printed beside the steps; after a failure the builder's own last words.
        self.remarks: list[str] = []

    def feed(self, line: str) -> None:
        """Take one line."""
        match = re.match(r"#(\d+) (.*)", line)
        if match is None:
            # Behind a failure its output is printed once more.
            if line.strip() and not line.startswith((" > ", "-----")):
                self.remarks.append(line)
            return
        key, text = match.groups()
        if self._is_over:
            return
        if key not in self._steps:
            self._steps[key] = self._begin(text)
        else:
            self._go_on(self._steps[key], text)

    def abandon(self) -> None:
        """The builder has ended; what ran until then has failed with it, unless something did before."""
        self._reporter.abandon(self._running[-1] if self._running else None)

    def _begin(self, text: str) -> RunningStep | None:
        numbered = _NUMBERED.match(text)
        if numbered is None:
            if text.startswith(SHOWN_INTERNAL):
                self._reporter.say(text)
            return None
        plain = _FULL_NAME.sub("FROM ", " ".join(_OWN_MOUNT.sub("", numbered["text"]).split()))
        step = RunningStep(int(numbered["number"]), int(numbered["total"]), plain, find_line(self._instructions, plain))
        self._reporter.start(step)
        self._running.append(step)
        return step

    def _finish(self, step: RunningStep, *, cached: bool = False, seconds: float | None = None) -> None:
        if step in self._running:
            self._running.remove(step)
            self._reporter.finish(step, cached=cached, seconds=seconds)

    def _go_on(self, step: RunningStep | None, text: str) -> None:
        output = _OUTPUT.fullmatch(text)
        if step is None:
            if text.startswith("ERROR"):
                self.remarks.append(text)
            return
        if output is not None:
            self._reporter.output(step, output["text"] or "")
        elif text == "CACHED":
            self._finish(step, cached=True)
        elif done := re.fullmatch(r"DONE (\d+\.\d+)s", text):
            self._finish(step, seconds=float(done[1]))
        elif text.startswith("ERROR"):
            self.remarks.append(text)
            self._reporter.fail(step)
            self._is_over = True
        elif layer := _LAYER.fullmatch(text):
            self._reporter.say(f"{layer['layer']}: {layer['what']}")
            self._take_size(layer["layer"], layer["what"])
        elif text.startswith("extracting "):
            self._reporter.say(text)

    def _take_size(self, layer: str, what: str) -> None:
        """``1.05MB / 29.15MB 0.2s``; the sizes of all layers that were mentioned so far count."""
        found = _SIZES.match(what)
        if found is not None:
            self._layers[layer] = (_bytes(found["done"], found["unit"]), _bytes(found["total"], found["whole"]))
            done, total = (int(sum(sizes)) for sizes in zip(*self._layers.values(), strict=True))
            self._reporter.progress(Progress(done, total, "bytes"))


def _bytes(number: str, unit: str) -> float:
    return float(number) * _UNITS[unit]


def find_line(instructions: Sequence[Instruction], text: str) -> int | None:
    """The line of the one instruction that a builder calls ``text``; ``None`` when several or none could be meant."""
    wanted = _plain(text)
    lines = [item.line for item in instructions if _plain(f"{item.keyword} {item.value}") == wanted]
    return lines[0] if len(lines) == 1 else None


def _plain(text: str) -> str:
    """``text`` without what builders change in it: white space, quotes, options, the full name of an image."""
    words = re.sub(r"[\"']", "", text).split()
    if words[:1] and words[0].upper() == "FROM":
        words = [words[0], *(word.removeprefix("docker.io/").removeprefix("library/") for word in words[1:2])]
    return " ".join(word for word in words if not word.startswith("--mount=")).casefold()


class ClassicProgress:
    """Reads the messages of the engine's own builder for one segment of a Dockerfile.

    ``instructions`` are those of the whole text, whose line numbers the segment keeps; those up to line ``done`` were
    built before. ``images`` are the ids of what this build has made and whether a ``RUN`` made it, ``container``
    runs the step at hand.
    """

    def __init__(self, segment: str, whole: Sequence[Instruction], done: int, reporter: Reporter) -> None:
        self._reporter = reporter
        self._here = parse_dockerfile(segment)
        self._numbers = {item.line: number for number, item in enumerate(whole, start=1)}
        self._done = done
        self._step: RunningStep | None = None
        self._cached = False
        self._keyword = ""
        self._text = ""
        self._pull = PullProgress()
        self.error: str | None = None
        self.image_id: str | None = None
        self.images: list[tuple[str, bool]] = []
        self.container: str | None = None

    def feed(self, message: Mapping[str, Any]) -> None:
        """Take one message."""
        if "error" in message:
            self.error = str(message["error"])
            if self._step is not None:
                self._reporter.fail(self._step)
        elif "aux" in message:
            self.image_id = message["aux"].get("ID", self.image_id)
        elif "stream" in message:
            *lines, self._text = (self._text + str(message["stream"])).split("\n")
            for line in lines:
                self._take(line.rstrip("\r"))
        elif "status" in message:
            for line in self._pull.lines(message):
                self._reporter.say(line)
            if (far := self._pull.progress(message)) is not None:
                self._reporter.progress(far)

    def finish(self) -> None:
        """The last step is over."""
        if self._step is not None and self.error is None:
            self._reporter.finish(self._step, cached=self._cached)
        self._step = None

    def abandon(self) -> None:
        """The engine has gone away."""
        self._reporter.abandon(self._step)

    def _take(self, written: str) -> None:
        line = _COLOUR.sub("", written)
        if step := _CLASSIC_STEP.fullmatch(line):
            self.finish()
            self._begin(int(step["number"]), step["text"])
        elif line == " ---> Using cache":
            self._cached = True
        elif container := _CONTAINER.fullmatch(line):
            self.container = container["id"]
        elif image := _IMAGE.fullmatch(line):
            self.container = None
            if not self._cached and self._keyword != "FROM":
                self.images.append((image["id"], self._keyword == "RUN"))
        elif line.startswith((" ---> ", "Removing intermediate container ", "Successfully ")) or not line.strip():
            return
        elif self._step is not None:
            self._reporter.output(self._step, line)
        else:
            self._reporter.say(line)

    def _begin(self, number: int, text: str) -> None:
        self._cached = False
        self._keyword = text.split(maxsplit=1)[0].upper()
        # Behind the instructions stand the labels that the builder adds by itself.
        item = self._here[number - 1] if number <= len(self._here) else None
        if item is None or item.line <= self._done:
            self._step = None
            return
        plain = " ".join(text.split())
        self._step = RunningStep(self._numbers.get(item.line, number), len(self._numbers), plain, item.line)
        self._reporter.start(self._step)
