"""A Dockerfile taken apart for a builder: which steps run pip, what each needs, where the classic builder must stop."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from azml_magics.definitions.dockerfile_text import Instruction, parse_dockerfile
from azml_magics.definitions.image_layout import PACKAGES
from azml_magics.errors import Finding, Place

#: A program that installs Python packages and asks an index, in the shell form or in the JSON form made plain.
_INSTALLS = re.compile(
    r"(?:^|[\s;&|(/=])(?:pip[\d.]*|pipenv|conda(?:\s+env)?|mamba|micromamba)\s(?:[^;&|]*?\s)?"
    r"(?:install|download|wheel|sync|create|update)\b"
)
_RUN = re.compile(r"^(\s*RUN)(?=\s)", re.IGNORECASE)
#: What only BuildKit understands -> what it is called.
_BUILDKIT_ONLY = {
    "RUN": (("--mount", r"--mount="), ("--network", r"--network="), ("--security", r"--security=")),
    "COPY": (("--link", r"--link\b"), ("--chmod", r"--chmod="), ("--parents", r"--parents\b")),
    "ADD": (("--link", r"--link\b"), ("--chmod", r"--chmod="), ("--checksum", r"--checksum=")),
}
_HEREDOC = re.compile(r"<<-?[\"']?[A-Za-z_]")


@dataclass(frozen=True)
class Step:
    """One instruction of a Dockerfile as it is built.

    ``user`` is what ``USER`` said last, ``None`` when it is the base image's. ``arguments`` are the ``ARG`` texts
    (``NAME=value`` or ``NAME``) in force. ``is_last_stage`` says whether the image itself is made of it.
    """

    instruction: Instruction
    user: str | None
    arguments: tuple[str, ...]
    is_last_stage: bool


@dataclass(frozen=True)
class Segment:
    """A part of a build without BuildKit.

    ``text`` is a Dockerfile whose lines have the numbers of the whole one; in every segment but the first its last
    ``FROM`` names :data:`FORMER`, the image made so far. ``pip_step`` is to be run after it in a container.
    """

    text: str
    pip_step: Step | None = None


#: Stands for the image that the segments before have made.
FORMER = "azml-former-image"


def read_steps(text: str) -> tuple[Step, ...]:
    """Every instruction with what is in force there."""
    instructions = parse_dockerfile(text)
    last_from = max((index for index, item in enumerate(instructions) if item.keyword == "FROM"), default=0)
    steps: list[Step] = []
    user: str | None = None
    arguments: tuple[str, ...] = ()
    for index, item in enumerate(instructions):
        if item.keyword == "FROM":
            user, arguments = None, ()
        elif item.keyword == "USER":
            user = item.value
        elif item.keyword == "ARG":
            arguments += (item.value,)
        steps.append(Step(item, user, arguments, index >= last_from))
    return tuple(steps)


def installs_packages(text: str, instruction: Instruction) -> bool:
    """Whether a ``RUN`` calls pip or something else that reads pip's settings."""
    if instruction.keyword != "RUN":
        return False
    lines = text.split("\n")[instruction.line - 1 : instruction.last_line]
    body = " ".join(line for line in lines if not line.lstrip().startswith("#"))
    body = re.sub(r"^\s*\S+", "", body)
    return _INSTALLS.search(re.sub(r"[\"',\[\]\\]+", " ", body)) is not None


def add_mounts(text: str, mounts: Callable[[Step], Sequence[str]]) -> str:
    """``text`` with ``--mount`` options in every step that installs packages; every line keeps its number."""
    lines = text.split("\n")
    for step in read_steps(text):
        options = (
            " ".join(f"--mount={mount}" for mount in mounts(step)) if installs_packages(text, step.instruction) else ""
        )
        if options:
            number = step.instruction.line - 1
            lines[number] = _RUN.sub(rf"\1 {options}", lines[number], count=1)
            own = any(PACKAGES in line for line in lines[number : step.instruction.last_line])
            for index in range(number, step.instruction.last_line if own else number):
                # Written for builders without a cache of pip's: this one has one, outside the image.
                lines[index] = lines[index].replace(" --no-cache-dir", "")
    return "\n".join(lines)


def split_at_installs(text: str) -> tuple[Segment, ...]:
    """``text`` cut before every step of the last stage that installs packages.

    Those of other stages stay where they are: what they make is copied out of them, and their steps are in no image.
    """
    cuts = [step for step in read_steps(text) if step.is_last_stage and installs_packages(text, step.instruction)]
    segments = [
        Segment(_between(text, former.instruction if former else None, cut.instruction if cut else None), cut)
        for former, cut in zip([None, *cuts], [*cuts, None], strict=True)
    ]
    return tuple(segments)


def _between(text: str, former: Instruction | None, cut: Instruction | None) -> str:
    """``text`` without what was done up to ``former`` and without what comes from ``cut`` on."""
    lines = text.split("\n")
    steps = read_steps(text)
    if cut is not None:
        del lines[cut.line - 1 :]
    if former is not None:
        for step in steps:
            item = step.instruction
            if not step.is_last_stage or item.line > former.line:
                continue
            replacement = [""] * (item.last_line - item.line + 1)
            if item.keyword == "FROM":
                name = re.search(r"\sAS\s+\S+$", item.value, re.IGNORECASE)
                replacement[0] = f"FROM {FORMER}{name[0] if name else ''}"
            elif item.keyword == "ARG":
                continue  # its value is in force in what follows, and belongs to no image
            lines[item.line - 1 : item.last_line] = replacement
    return "\n".join(lines).rstrip("\n") + "\n"


def container_command(step: Step, shell: Sequence[str], global_arguments: Mapping[str, str], setup: str) -> list[str]:
    """The command that does in a container what a ``RUN`` does in a build, after the shell text ``setup``."""
    exports = [setup]
    for argument in step.arguments:
        name, equals, value = argument.partition("=")
        if equals:
            exports.append(f"export {name}={value}")
        elif name in global_arguments:
            exports.append(f"export {name}={shlex.quote(global_arguments[name])}")
    prefix = "; ".join(filter(None, exports))
    value = step.instruction.value
    try:
        words = json.loads(value)
        if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
            return ["/bin/sh", "-c", f'{prefix}; exec "$@"', "sh", *words]
    except ValueError:
        pass
    return [*shell, f"{prefix}; {value}"]


def global_arguments(text: str) -> dict[str, str]:
    """The ``ARG`` before the first ``FROM`` that have a value; only ``FROM`` sees them until a stage names them."""
    values: dict[str, str] = {}
    for item in parse_dockerfile(text):
        if item.keyword == "FROM":
            break
        name, equals, value = item.value.partition("=")
        if item.keyword == "ARG" and equals:
            values[name] = substitute(value.strip("\"'"), values)
    return values


def substitute(text: str, values: Mapping[str, str]) -> str:
    """``text`` with ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and ``${NAME:+other}`` replaced as Docker does."""

    def value_of(match: re.Match[str]) -> str:
        value = values.get(match["plain"] or match["name"], "")
        if match["operator"] == ":-":
            return value or substitute(match["word"], values)
        if match["operator"] == ":+":
            return substitute(match["word"], values) if value else ""
        return value

    pattern = r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?:(?P<operator>:[-+])(?P<word>[^}]*))?\})"
    return re.sub(pattern, value_of, text)


def check_for_classic(text: str, *, source: str = "Dockerfile", first_line: int = 1) -> list[Finding]:
    """What in ``text`` needs BuildKit, for an engine or docker command line that has none."""
    return [
        Finding(
            "buildkit-needed",
            f"{what} needs BuildKit, and no docker command line here offers it",
            "install the buildx plugin of the docker command line (docker-buildx), or write the step without it",
            Place(source, first_line + item.line - 1, text=text.split("\n")[item.line - 1]),
        )
        for item in parse_dockerfile(text)
        for what in _needs(text, item)[:1]
    ]


def _needs(text: str, item: Instruction) -> list[str]:
    """What of BuildKit alone an instruction uses."""
    line = text.split("\n")[item.line - 1]
    found = [
        f"{item.keyword} {name}"
        for name, pattern in _BUILDKIT_ONLY.get(item.keyword, ())
        if any(re.match(pattern, word) for word in _options(item.value))
    ]
    if item.keyword in ("RUN", "COPY", "ADD") and item.last_line > item.line and _HEREDOC.search(line):
        found.append(f"{item.keyword} with a here-document")
    return found


def _options(value: str) -> list[str]:
    """The ``--options`` at the beginning of an instruction's value."""
    options = []
    for word in value.split():
        if not word.startswith("--"):
            break
        options.append(word)
    return options
