"""Dockerfiles taken apart: what runs pip, what is in force there, where the classic builder stops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.dockerfile_text import parse_dockerfile
from azml_magics.plan.build_steps import (
    FORMER,
    Step,
    add_mounts,
    check_for_classic,
    container_command,
    global_arguments,
    installs_packages,
    read_steps,
    split_at_installs,
    substitute,
)


def installs(step: str) -> bool:
    text = f"FROM x:1\n{step}\n"
    return installs_packages(text, parse_dockerfile(text)[1])


@pytest.mark.parametrize(
    "step",
    [
        "RUN pip install six",
        "run pip3 install six",
        "RUN pip3.11 install six",
        "RUN python3 -m pip --no-cache-dir install six",
        "RUN /opt/venv/bin/pip install six",
        "RUN apt-get update && pip install six",
        'RUN ["pip", "install", "six"]',
        "RUN ['pip', 'install', 'six']",
        "RUN echo a; \\\n    pip \\\n    install six",
        "RUN pip download six",
        "RUN conda env create -f x.yml",
        "RUN (pip install six)",
        "RUN PIP_X=1 pip install six",
        "RUN uv pip install six",
        "RUN <<EOF\npip install six\nEOF",
        "RUN --mount=type=cache,target=/x pip install six",
    ],
)
def test_steps_that_install_packages(step: str) -> None:
    assert installs(step)


@pytest.mark.parametrize(
    "step",
    [
        "RUN pip --version",
        "RUN apt-get install python3-pip",
        "RUN echo a; \\\n# pip install six\n    true",
        "COPY pip install /x",
        "RUN pip list; apt-get install x",
        "RUN npm install",
        "ONBUILD RUN pip install six",
    ],
)
def test_steps_that_do_not(step: str) -> None:
    assert not installs(step)


def test_what_is_in_force() -> None:
    text = "ARG v=1\nFROM a:1\nARG x=2\nUSER one\nFROM b:1 AS last\nARG y\nUSER two:three\nRUN true\n"
    steps = read_steps(text)
    assert [step.user for step in steps] == [None, None, None, "one", None, None, "two:three", "two:three"]
    assert steps[-1].arguments == ("y",)
    assert [step.is_last_stage for step in steps] == [False] * 4 + [True] * 4
    assert read_steps("") == ()


def test_mounts_are_added_where_they_are_needed() -> None:
    text = "FROM x:1\nRUN true\nUSER 7\nrun  pip install a\nRUN echo b && \\\n    pip install b\n"
    added = add_mounts(text, lambda step: [f"type=cache,target=/c,uid={step.user}"])
    assert added == (
        "FROM x:1\nRUN true\nUSER 7\nrun --mount=type=cache,target=/c,uid=7  pip install a\n"
        "RUN --mount=type=cache,target=/c,uid=7 echo b && \\\n    pip install b\n"
    )
    assert add_mounts(text, lambda step: []) == text


def test_our_own_steps_use_the_cache_that_is_mounted() -> None:
    own = "FROM x:1\nRUN true && \\\n    pip install --no-cache-dir -r /opt/azml/requirements.txt\n"
    users = "FROM x:1\nRUN pip install --no-cache-dir six\n"
    assert "--no-cache-dir" not in add_mounts(own, lambda step: ["type=cache,target=/c"])
    assert "--no-cache-dir" in add_mounts(users, lambda step: ["type=cache,target=/c"])


TEXT = """\
ARG base=x:1
FROM $base AS early
RUN pip install early
FROM $base AS last
ARG one=1
ENV A=a
RUN pip install \\
    first
ARG two
COPY --from=early /a /a
RUN pip install second
CMD ["x"]
"""


def test_segments_keep_lines_and_stages() -> None:
    first, second, third = split_at_installs(TEXT)
    assert first.text == "".join(f"{line}\n" for line in TEXT.split("\n")[:6])
    assert first.pip_step is not None
    assert first.pip_step.instruction.line == 7
    assert second.text.split("\n") == [
        "ARG base=x:1",
        "FROM $base AS early",
        "RUN pip install early",
        f"FROM {FORMER} AS last",
        "ARG one=1",
        "",
        "",
        "",
        "ARG two",
        "COPY --from=early /a /a",
        "",
    ]
    assert third.text.split("\n")[8:] == ["ARG two", "", "", 'CMD ["x"]', ""]
    assert third.pip_step is None
    for segment in (second, third):
        lines = {item.line for item in parse_dockerfile(segment.text)}
        assert lines <= {item.line for item in parse_dockerfile(TEXT)}


def test_a_text_without_such_steps_is_one_segment() -> None:
    (segment,) = split_at_installs("FROM x:1\nRUN true")
    assert (segment.text, segment.pip_step) == ("FROM x:1\nRUN true\n", None)
    first, last = split_at_installs("FROM x:1\nRUN pip install a\n")
    assert (first.text, last.text) == ("FROM x:1\n", f"FROM {FORMER}\n")


def step_of(run: str, *before: str) -> Step:
    return read_steps("\n".join(["FROM x:1", *before, run]))[-1]


def test_commands_in_a_container() -> None:
    shell = ["/bin/bash", "-c"]
    step = step_of("RUN pip install $name", "ARG name=six", "ARG outer", "ARG unknown")
    assert container_command(step, shell, {"outer": "a b"}, ". /setup") == [
        "/bin/bash",
        "-c",
        ". /setup; export name=six; export outer='a b'; pip install $name",
    ]
    step = step_of('RUN ["pip", "install", "a b"]')
    assert container_command(step, shell, {}, "true") == [
        "/bin/sh",
        "-c",
        'true; exec "$@"',
        "sh",
        "pip",
        "install",
        "a b",
    ]
    for odd in ("RUN [ -e /x ] && pip install a", "RUN [1]", "RUN []"):
        assert container_command(step_of(odd), ["sh", "-c"], {}, "true")[-1] == f"true; {odd.removeprefix('RUN ')}"


def test_arguments_before_the_first_from() -> None:
    text = 'ARG a=1\nARG b="$a-2"\nARG c\nARG d=${c:-three}\nFROM x:1\nARG e=5\n'
    assert global_arguments(text) == {"a": "1", "b": "1-2", "d": "three"}
    assert global_arguments("") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$a-${a}", "1-1"),
        ("${a:-x}${b:-x}", "1x"),
        ("${a:+y}${b:+y}", "y"),
        ("${b:-$a}", "1"),
        ("$b", ""),
        ("$$", "$$"),
    ],
)
def test_substitution(text: str, expected: str) -> None:
    assert substitute(text, {"a": "1"}) == expected


@given(st.text(max_size=60))
def test_substitution_takes_any_text(text: str) -> None:
    assert isinstance(substitute(text, {"a": "1"}), str)


@pytest.mark.parametrize(
    ("step", "what"),
    [
        ("RUN --mount=type=cache,target=/x true", "RUN --mount"),
        ("RUN --network=none true", "RUN --network"),
        ("RUN --security=insecure true", "RUN --security"),
        ("COPY --chmod=755 a /a", "COPY --chmod"),
        ("COPY --from=x --link a /a", "COPY --link"),
        ("ADD --checksum=sha256:0 a /a", "ADD --checksum"),
        ("RUN <<EOF\ntrue\nEOF", "RUN with a here-document"),
        ("COPY <<-'EOF' /a\ntrue\nEOF", "COPY with a here-document"),
    ],
)
def test_what_needs_buildkit(step: str, what: str) -> None:
    (finding,) = check_for_classic(f"FROM x:1\n{step}\n", source="%%dockerfile x", first_line=4)
    assert finding.code == "buildkit-needed"
    assert finding.message.startswith(f"{what} needs BuildKit")
    assert finding.place is not None
    assert (finding.place.source, finding.place.line) == ("%%dockerfile x", 5)


def test_what_does_not() -> None:
    text = "FROM x:1\nRUN echo --mount=x\nCOPY --from=y --chown=1:1 a /a\nADD a /a\nENV A=--link\n"
    assert check_for_classic(text) == []
