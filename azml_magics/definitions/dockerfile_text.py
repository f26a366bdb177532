"""``DockerfileText``: a Dockerfile as a cell or file holds it, its instructions, and what is wrong with its text alone.

What depends on the image it starts from, and writing Dockerfiles, is left to ``plan.dockerfile``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from azml_magics.definitions.image_source import check_image
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import Finding, Place

#: Largest text the service accepts (AZUREML.md 3.3).
SIZE_LIMIT_BYTES = 100 * 1024
INSTRUCTIONS = (
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
)
_ESCAPE = re.compile(r"\s*#\s*escape\s*=\s*(?P<character>[\\`])\s*", re.IGNORECASE)
_DIRECTIVE = re.compile(r"\s*#\s*\w+\s*=")
_HEREDOC = re.compile(r"<<-?(?P<quote>[\"']?)(?P<word>[A-Za-z_]\w*)(?P=quote)")
_TAKES_HEREDOC = re.compile(r"\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s", re.IGNORECASE)
#: Sources of ``ADD`` and ``COPY`` that are no files of the context.
_ELSEWHERE = re.compile(r"<<|git@|\w+://")
#: What a word processor makes of ``-r`` and ``--upgrade``.
_WRONG_DASH = re.compile(r"(?<=\s)[\u2010-\u2015\u2212]+(?=[A-Za-z])")


@dataclass(frozen=True)
class DockerfileText:
    """A Dockerfile under the name a cell gave it; ``text`` ends with a line end."""

    name: str
    text: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Instruction:
    """One instruction: ``keyword`` in capitals, ``value`` with continuations joined and comments dropped.

    ``line`` and ``last_line`` count from 1 in the text. The body of a heredoc is among the lines, but not in ``value``.
    """

    keyword: str
    value: str
    line: int
    last_line: int


def parse_dockerfile(text: str) -> tuple[Instruction, ...]:
    """The instructions of ``text`` in order, also those that Docker does not know; never raises."""
    from io import BytesIO

    from dockerfile_parse import DockerfileParser

    prepared, heredocs = _prepare(text)
    parser = DockerfileParser(fileobj=BytesIO("".join(f"{line}\n" for line in prepared).encode()), env_replace=False)
    return tuple(
        Instruction(
            item["instruction"],
            item["value"].strip(),
            item["startline"] + 1,
            heredocs.get(item["endline"], item["endline"]) + 1,
        )
        for item in parser.structure
        if item["instruction"] != "COMMENT"
    )


def check_dockerfile(text: str, *, place: Place | None = None, first_line: int = 1) -> list[Finding]:
    """Everything wrong or doubtful in ``text``, in the order of its lines; ``place`` names the cell or file it is in.

    ``first_line`` is the number of its first line there. Codes: ``dockerfile-from``, ``dockerfile-order``,
    ``dockerfile-instruction``, ``dockerfile-value``, ``dockerfile-size``, ``invalid-image``; as warnings ``image-tag``,
    ``dockerfile-dash``, ``dockerfile-credentials``.
    """
    checker = _Checker(text, place.source if place else "Dockerfile", first_line)
    return [*_check_size(text, place), *sorted(checker.check(), key=_line)]


def final_user(instructions: Sequence[Instruction]) -> str | None:
    """The user that the last stage ends as; ``None`` where it names none, so that its base image's user stays."""
    user = None
    for instruction in instructions:
        if instruction.keyword == "FROM":
            user = None
        elif instruction.keyword == "USER":
            user = instruction.value
    return user


def reads_context(instructions: Sequence[Instruction]) -> bool:
    """Whether something is copied out of the directory that is sent along with a build."""
    return any(_copied(item) for item in instructions)


def _copied(item: Instruction) -> bool:
    words = item.value.split()
    if item.keyword == "RUN":
        mounts = [word for word in words if word.startswith("--mount=") and "from=" not in word]
        return any("type=bind" in mount or "type=" not in mount for mount in mounts)
    if item.keyword not in ("ADD", "COPY") or any(word.startswith("--from=") for word in words):
        return False
    sources = [word.strip('[]",') for word in words if not word.startswith("--")][:-1]
    return any(not _ELSEWHERE.match(source) for source in sources)


class _Checker:
    """One text while it is looked at; findings come in no particular order."""

    def __init__(self, text: str, source: str, first_line: int) -> None:
        self._lines = [line.rstrip("\r") for line in text.split("\n")]
        self._instructions = parse_dockerfile(text)
        self._source = source
        self._first_line = first_line
        self._stages: set[str] = set()

    def check(self) -> Iterator[Finding]:
        first_from = next((item.line for item in self._instructions if item.keyword == "FROM"), None)
        if first_from is None:
            first = self._instructions[0].line if self._instructions else 1
            remedy = "write FROM IMAGE:TAG in front of everything else"
            yield Finding("dockerfile-from", "the Dockerfile has no FROM", remedy, self._place(first, 0, 1))
        for item in self._instructions:
            yield from self._check_instruction(item, first_from)
        for number, line in enumerate(self._lines, start=1):
            if not line.lstrip().startswith("#"):
                yield from self._check_line(number, line)

    def _check_instruction(self, item: Instruction, first_from: int | None) -> Iterator[Finding]:
        line = self._lines[item.line - 1]
        place = self._place(item.line, len(line) - len(line.lstrip()), len(item.keyword))
        if item.keyword not in INSTRUCTIONS:
            near = difflib.get_close_matches(item.keyword, INSTRUCTIONS, n=1)
            remedy = f"did you mean {near[0]}?" if near else "a line that goes on needs \\ at the end of the one before"
            message = f"{mask_credentials(item.keyword)[:40]!r} is no instruction of a Dockerfile"
            yield Finding("dockerfile-instruction", message, remedy, place)
        elif not item.value:
            remedy = f"write {item.keyword} with what it is for, or remove the line"
            yield Finding("dockerfile-value", f"{item.keyword} is given nothing", remedy, place)
        elif item.keyword == "FROM":
            yield from self._check_from(item)
        elif first_from is not None and item.line < first_from and item.keyword != "ARG":
            message = f"{item.keyword} stands before FROM; only ARG may"
            yield Finding("dockerfile-order", message, "move it below FROM", place)

    def _check_from(self, item: Instruction) -> Iterator[Finding]:
        words = [word for word in item.value.split() if not word.startswith("--")]
        image = words[0] if words else ""
        if "$" not in image and image != "scratch" and image.lower() not in self._stages:
            offset = max(0, self._lines[item.line - 1].find(image))
            yield from check_image(image, self._place(item.line, offset, len(image)))
        if len(words) == 3 and words[1].upper() == "AS":
            self._stages.add(words[2].lower())

    def _check_line(self, number: int, line: str) -> Iterator[Finding]:
        dash = _WRONG_DASH.search(line)
        if dash is not None:
            message = f"{dash[0]!r} is a dash of a text, not the '-' that options begin with"
            place = self._place(number, dash.start(), len(dash[0]))
            yield Finding("dockerfile-dash", message, "write - instead", place, "warning")
        if mask_credentials(line) != line:
            message = "credentials in an address stay in the image, where everybody who has it can read them"
            remedy = "leave them out: pip's own settings (PIP_INDEX_URL, pip.conf) reach the build as a secret"
            yield Finding("dockerfile-credentials", message, remedy, self._place(number, 0, 1), "warning")

    def _place(self, number: int, offset: int, length: int) -> Place:
        """``length`` characters of a line, as the user sees them; no caret where masking an address would move it."""
        written = self._lines[number - 1]
        shown = mask_credentials(written)
        same = shown[: offset + 1] == written[: offset + 1]
        line = self._first_line + number - 1
        return Place(self._source, line, offset + 1 if same else None, shown, max(1, length))


def _line(finding: Finding) -> int:
    return (finding.place.line or 0) if finding.place else 0


def _check_size(text: str, place: Place | None) -> list[Finding]:
    size = len(text.encode(errors="replace"))
    if size <= SIZE_LIMIT_BYTES:
        return []
    message = f"the Dockerfile has {size:,} bytes; at most {SIZE_LIMIT_BYTES:,} are allowed"
    return [Finding("dockerfile-size", message, "put long scripts into files and COPY them", place)]


def _prepare(text: str) -> tuple[list[str], dict[int, int]]:
    """What dockerfile-parse can read, and index of an instruction's last line -> that of its heredocs' last line.

    It knows neither heredocs, whose bodies are blanked, nor empty lines inside a continuation nor one that the text
    ends in, which Docker passes over. No line moves.
    """
    lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    escape = _escape_character(lines)
    heredocs: dict[int, int] = {}
    index, goes_on = 0, False
    words: list[str] = []
    while index < len(lines):
        line = lines[index]
        if goes_on and not line.strip():
            lines[index] = line = escape
        if not line.lstrip().startswith("#"):
            words = words if goes_on else []
            if words or goes_on or _TAKES_HEREDOC.match(line):
                words += [match["word"] for match in _HEREDOC.finditer(line)]
            goes_on = line.rstrip().endswith(escape)
        if words and not goes_on:
            end = _heredoc_end(lines, index + 1, words)
            heredocs[index] = end
            lines[index + 1 : end + 1] = [""] * (end - index)
            index, words = end, []
        index += 1
    if goes_on:
        lines[-1] = lines[-1].rstrip().removesuffix(escape)
    return lines, heredocs


def _escape_character(lines: Sequence[str]) -> str:
    for line in takewhile(_DIRECTIVE.match, lines):
        if match := _ESCAPE.fullmatch(line):
            return match["character"]
    return "\\"


def _heredoc_end(lines: Sequence[str], start: int, words: Sequence[str]) -> int:
    """Index of the line that ends the last of ``words``, one after the other; the last line when one never ends."""
    index = start
    for word in words:
        while index < len(lines) and lines[index].strip("\t") != word:
            index += 1
        index += 1
    return min(index, len(lines)) - 1
