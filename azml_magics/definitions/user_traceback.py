"""Python tracebacks in log text, reduced to what concerns the user: their frames and their exception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from azml_magics.definitions.entry_script import EntryScript
from azml_magics.errors import Frame

HEADER = "Traceback (most recent call last):"
CHAIN_LINES = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
#: A line of the server's own log format (AZUREML.md 1.11); it ends a traceback.
LOG_LINE = re.compile(r"(?P<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3}) (?P<level>\w) \[(?P<pid>\d+)\] ")
#: A line of gunicorn's own, which goes to another stream: a container's engine may put it between those of a traceback.
_OTHER_STREAM = re.compile(LOG_LINE.pattern + r"gunicorn\.error - ")
FRAME_LINE = re.compile(r'\s+File "(?P<file>.+)", line (?P<line>\d+)(?:, in (?P<function>.+))?')
#: The first alternative leaves one way to match each line: a script may print megabytes of blanks.
MARKER_LINE = re.compile(r"(?!$)\s*(?:[\^~][\^~ ]*)?$|\s*\[Previous line repeated \d+ more times?\]$")
#: What the lines of an exception group begin with; those of the exceptions in it are indented further.
GROUP_PREFIX = "  | "
_GROUP_HEADER = f"  + Exception Group {HEADER}"
#: Wraps the user's exception; the last block of a chain is the server's own.
SERVER_EXCEPTION = re.compile(r"azureml_inference_server_http\.\S*UserScript\w*(: .*)?$")


def extract_tracebacks(lines: Iterable[str]) -> list[list[str]]:
    """Every traceback of a log, chained ones together as one block; the log line it began on gives only its tail."""
    found: list[list[str]] = []
    block: list[str] | None = None
    chained = False
    for line in lines:
        if _OTHER_STREAM.match(line):
            continue
        starts = HEADER in line and not line.lstrip().startswith("|")
        if starts and (block is None or LOG_LINE.match(line) or not chained):
            block, chained = [_GROUP_HEADER if line.endswith(_GROUP_HEADER) else HEADER], False
            found.append(block)
        elif block is not None:
            if LOG_LINE.match(line):
                block = None
                continue
            chained = line.strip() in CHAIN_LINES or (chained and not line.strip()) or (chained and starts)
            block.append(line)
            if starts:
                chained = False
    for block in found:
        while block and not block[-1].strip():
            block.pop()
    return [_without_following_output(block) for block in found]


def user_block(traceback: Sequence[str]) -> list[str]:
    """The part of a chained traceback that is the user's: the last one that is not the server's own exception.

    Of an exception group it is the group itself, without its frame of bars.
    """
    parts: list[list[str]] = [[]]
    for line in traceback:
        if line.strip() in CHAIN_LINES:
            parts.append([])
        else:
            parts[-1].append(line)
    while len(parts) > 1 and not parts[-1]:  # the log was cut off after a chain line
        parts.pop()
    if len(parts) > 1 and SERVER_EXCEPTION.match(_message_lines(parts[-1])[0]):
        parts.pop()
    block = parts[-1]
    if _GROUP_HEADER in block:
        return [HEADER, *(line.removeprefix(GROUP_PREFIX) for line in block if line.startswith(GROUP_PREFIX))]
    return block


def exception_line(traceback: Sequence[str]) -> str:
    """``ValueError: no model``: the user's exception; lines of a longer message are kept."""
    lines = _message_lines(user_block(traceback))
    text = "\n".join(lines).rstrip()
    # A refusal of the server itself has no block of the user: its words without its class.
    return re.sub(r"^azureml_inference_server_http\.\S*UserScriptError: ", "", text)


def user_frames(traceback: Sequence[str], app_root: str, script: EntryScript | None) -> tuple[Frame, ...]:
    """Frames of files below ``app_root``, innermost last; ``Frame.file`` is relative to it.

    Frames of the entry script carry their cell line when it was written in a cell. A syntax error counts as a frame of
    the file that has it.
    """
    root = app_root.rstrip("/") + "/"
    block = user_block(traceback)
    frames = []
    for index, line in enumerate(block):
        found = FRAME_LINE.match(line)
        if not found or not found["file"].startswith(root) or "site-packages/" in found["file"][len(root) :]:
            continue
        number = int(found["line"])
        following = block[index + 1] if index + 1 < len(block) else ""
        text = following.strip()
        if FRAME_LINE.match(following) or MARKER_LINE.match(following) or not following.startswith("    "):
            text = ""
        origin = None
        if script is not None and script.origin is not None and _is_script(found["file"][len(root) :], script):
            origin = script.origin.place(number, text or None)
        frames.append(Frame(found["file"][len(root) :], number, found["function"] or "<module>", text, origin))
    return tuple(frames)


def _is_script(relative: str, script: EntryScript) -> bool:
    """Whether ``relative`` is where an engine puts the script: the app root, or a source directory in it."""
    return relative in (script.path, script.path.rpartition("/")[2]) or relative.partition("/")[2] == script.path


def _message_lines(block: Sequence[str]) -> list[str]:
    """The exception and its message: from the first line below the header that is not indented."""
    header = next((index for index, line in enumerate(block) if HEADER in line), -1)
    message = header + 1
    while message < len(block) and (not block[message].strip() or block[message][0].isspace()):
        message += 1
    return [line for line in block[message:] if line.strip()] or [""]


def _without_following_output(block: list[str]) -> list[str]:
    """Drop what was printed raw after a traceback: its message ends at an empty line that no chain line follows."""
    for index, line in enumerate(block):
        if line.strip() or any(later.strip() in CHAIN_LINES for later in block[index + 1 :]):
            continue
        if index and block[index - 1].strip() not in CHAIN_LINES:
            return block[:index]
    return block
