"""What builders print, read back as events."""

from __future__ import annotations

from azml_magics.build.progress import BuildkitProgress, ClassicProgress, Reporter, find_line
from azml_magics.definitions.dockerfile_text import parse_dockerfile
from azml_magics.events import BuildStep, Event, LogLine, Progress

DOCKERFILE = """\
FROM python:3.11
WORKDIR /app

RUN --mount=type=cache,id=azml-pip-0,target=/run/azml/pip-cache pip install \\
    six
RUN false
"""
#: As docker 20.10 prints it, and what newer releases add.
BUILDKIT = """\
#1 [internal] load remote build context
#1 sha256:3b192dad9139a2d05d068fb893ca6cd95b6848a0e196ac7bdb7ebc0ee9cda12f
#1 DONE 0.0s

#2 [internal] load metadata for docker.io/library/python:3.11
#2 DONE 0.0s

#3 [stage-0 1/4] FROM docker.io/library/python:3.11
#3 sha256:73f50197870c7e03c27d6713f25ab430b189fc8213c0082bbe00b583e4db490e
#3 resolve docker.io/library/python:3.11 done
#3 sha256:aaaaaaaaaaaabbbbbbbbbbbbccccccccccccddddddddddddeeeeeeeeeeeeffff 1.05MB / 29.15MB 0.2s
#3 extracting sha256:aaaaaaaaaaaabbbbbbbbbbbbccccccccccccddddddddddddeeeeeeeeeeeeffff 0.1s done
#3 DONE 1.2s

#4 [stage-0 2/4] WORKDIR /app
#4 CACHED

#5 [stage-0 3/4] RUN --mount=type=cache,id=azml-pip-0,target=/run/azml/pip-cache pip install     six
#5 0.342 Collecting s3cret
#5 ...

#5 [stage-0 3/4] RUN --mount=type=cache,id=azml-pip-0,target=/run/azml/pip-cache pip install     six
#5 0.400
#5 0.500 10%\r20%\r\x1b[32m30%\x1b[0m
#5 DONE 2.5s

#6 [stage-0 4/4] RUN false
#6 0.1 before the end
#6 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1
------
 > [stage-0 4/4] RUN false:
#6 0.1 before the end
------
Dockerfile:6
--------------------
ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1
"""


def shown(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, LogLine)]


def failed_number(reporter: Reporter) -> int | None:
    return None if reporter.failed is None else reporter.failed.number


def test_buildkit() -> None:
    events: list[Event] = []
    reporter = Reporter(events.append, lambda text: text.replace("s3cret", "***"))
    progress = BuildkitProgress(DOCKERFILE, reporter)
    for line in BUILDKIT.split("\n"):
        progress.feed(line)
    assert shown(events) == [
        "[1/4] FROM python:3.11",
        "aaaaaaaaaaaa: 1.05MB / 29.15MB 0.2s",
        "extracting sha256:aaaaaaaaaaaabbbbbbbbbbbbccccccccccccddddddddddddeeeeeeeeeeeeffff 0.1s done",
        "[1/4] done in 1.2 s",
        "[2/4] WORKDIR /app",
        "[2/4] cached",
        "[3/4] RUN pip install six",
        "Collecting ***",
        "",
        "30%",
        "[3/4] done in 2.5 s",
        "[4/4] RUN false",
        "before the end",
    ]
    steps = [(event.number, event.total, event.outcome) for event in events if isinstance(event, BuildStep)]
    assert steps == [
        (1, 4, "started"),
        (1, 4, "done"),
        (2, 4, "started"),
        (2, 4, "cached"),
        (3, 4, "started"),
        (3, 4, "done"),
        (4, 4, "started"),
        (4, 4, "failed"),
    ]
    assert [event.seconds for event in events if isinstance(event, BuildStep) and event.outcome == "done"] == [1.2, 2.5]
    assert [event for event in events if isinstance(event, Progress)] == [Progress(1_050_000, 29_150_000, "bytes")]
    assert reporter.failed is not None
    assert (reporter.failed.line, list(reporter.failed.output)) == (6, ["before the end"])
    assert progress.remarks[-1].startswith("ERROR: failed to solve")


def test_buildkit_that_goes_away() -> None:
    events: list[Event] = []
    reporter = Reporter(events.append, str)
    progress = BuildkitProgress(DOCKERFILE, reporter)
    progress.abandon()
    assert failed_number(reporter) is None
    for line in (
        "#1 [1/2] FROM python:3.11",
        "#1 DONE 0.1s",
        "#2 [2/2] RUN false",
        "#3 exporting to image",
        "#4 [internal]",
        "#4 ERROR x",
    ):
        progress.feed(line)
    progress.abandon()
    assert failed_number(reporter) == 2
    assert progress.remarks == ["ERROR x"]
    assert "exporting to image" in shown(events)


def test_the_line_of_a_step() -> None:
    instructions = parse_dockerfile('FROM a:1 AS x\nRUN true\nCOPY --from=x "a" /b\nRUN true\n')
    assert find_line(instructions, "FROM docker.io/library/a:1") == 1
    assert find_line(instructions, "COPY --from=x a /b") == 3
    assert find_line(instructions, "RUN true") is None
    assert find_line(instructions, "RUN other") is None


TEXT = "ARG a=1\nFROM python:3.11\nRUN one\nRUN two\nCOPY x /x\n"


def classic(text: str, done: int, messages: list[dict[str, object]]) -> tuple[ClassicProgress, Reporter, list[Event]]:
    events: list[Event] = []
    reporter = Reporter(events.append, str)
    progress = ClassicProgress(text, parse_dockerfile(TEXT), done, reporter)
    for message in messages:
        progress.feed(message)
    progress.finish()
    return progress, reporter, events


def test_the_engines_own_builder() -> None:
    stream = [
        "Step 1/6 : ARG a=1",
        "\n",
        "Step 2/6 : FROM python:3.11\n",
        " ---> 111111111111\n",
        "Step 3/6 : RUN   one\n ---> Using cache\n ---> 222222222222\n",
        "Step 4/6 : RUN two\n",
        " ---> Running in 333333333333\n",
        "\x1b[91mpart of",
        " a line\n\x1b[0m",
        "Removing intermediate container 333333333333\n ---> 444444444444\n",
        "Step 5/6 : COPY x /x\n ---> 555555555555\n",
        "Step 6/6 : LABEL b=c\n ---> Running in 666666666666\n ---> 777777777777\n",
        "Successfully built 777777777777\n",
    ]
    messages: list[dict[str, object]] = [{"stream": part} for part in stream]
    messages.insert(3, {"status": "Extracting", "id": "abc", "progressDetail": {"current": 1, "total": 2}})
    messages.append({"aux": {"ID": "sha256:7777"}})
    progress, reporter, events = classic(TEXT, 0, messages)
    assert [line for line in shown(events) if "done" not in line] == [
        "[1/5] ARG a=1",
        "[2/5] FROM python:3.11",
        "abc: extracting 40 % of 2 B",
        "[3/5] RUN one",
        "[3/5] cached",
        "[4/5] RUN two",
        "part of a line",
        "[5/5] COPY x /x",
    ]
    assert progress.images == [("444444444444", True), ("555555555555", False), ("777777777777", False)]
    assert progress.image_id == "sha256:7777"
    assert reporter.failed is None


def test_a_later_segment_counts_on() -> None:
    segment = "ARG a=1\nFROM former\n\n\nCOPY x /x\n"
    stream = [
        "Step 1/3 : ARG a=1\n",
        "Step 2/3 : FROM former\n",
        " ---> 1234567890ab\n",
        "Step 3/3 : COPY x /x\n",
        "odd\n",
    ]
    _, _, events = classic(segment, 4, [{"stream": part} for part in stream])
    assert shown(events)[:2] == ["[5/5] COPY x /x", "odd"]


def test_an_error_of_the_engines_own_builder() -> None:
    messages: list[dict[str, object]] = [
        {"stream": "before\n"},
        {"stream": "Step 1/2 : FROM python:3.11\n"},
        {"error": "pull access denied", "errorDetail": {}},
    ]
    progress, reporter, events = classic("FROM python:3.11\n", 0, messages)
    assert progress.error == "pull access denied"
    assert reporter.failed is not None
    assert shown(events)[0] == "before"
    assert progress.container is None


def test_an_engine_that_goes_away() -> None:
    events: list[Event] = []
    reporter = Reporter(events.append, str)
    progress = ClassicProgress(TEXT, parse_dockerfile(TEXT), 0, reporter)
    progress.abandon()
    assert failed_number(reporter) is None
    progress.feed({"stream": "Step 4/5 : RUN two\n ---> Running in 333333333333\n"})
    progress.abandon()
    assert progress.container == "333333333333"
    assert failed_number(reporter) == 4
