"""``azml``: words into a verb by the grammar table, its result on stdout, news and errors on stderr, an exit code.

Exit codes: 0 done; 1 a failure of another kind, or an answer of ``score`` or ``load-test`` that is not 2xx; 2 wrong
input; 3 packages; 4 start; 5 state of the service; 6 no answer; 7 a run failed; 130 cancelled. Those of errors stand in
:mod:`azml_magics.errors`.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from itertools import takewhile

from azml_magics.errors import AzmlError, CancelledError

EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; ``argv`` are the words behind ``azml``, by default the process's own. Gives the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an answer may hold what the terminal cannot print
    own = list(takewhile(lambda word: word != "--", words))  # behind it stands what is somebody else's
    verbose = "--verbose" in own
    words = [word for word in own if word != "--verbose"] + words[len(own) :]
    try:
        return _dispatch(words, verbose)
    except AzmlError as error:
        _show_error(error, as_json="--json" in own, verbose=verbose)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE


def _dispatch(words: list[str], verbose: bool) -> int:
    from azml_magics.cells.grammar import find_verb, unknown_verb
    from azml_magics.cli import help as help_texts

    if not words or words[0] in ("--help", "-h"):
        _print(help_texts.overview())
        return 0
    if words[0] == "--version":
        from azml_magics import __version__

        _print(f"azml {__version__}")
        return 0
    own = list(takewhile(lambda word: word != "--", words))
    if "--help" in own or "-h" in own:
        text = help_texts.help_for(own)
        if text is not None:
            _print(text)
            return 0
    verb = find_verb(words, "cli")
    if verb is None:
        raise unknown_verb(words, "cli")
    from azml_magics.cells.arguments import parse_argv
    from azml_magics.cli.verbs import run

    return run(parse_argv(verb, words[len(verb.path) :]), verbose=verbose)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _show_error(error: AzmlError, *, as_json: bool, verbose: bool) -> None:
    if as_json:
        from azml_magics.show.document import error_document, render_json

        sys.stderr.write(render_json(error_document(error)) + "\n")
        return
    from azml_magics.show.terminal import Terminal

    terminal = Terminal(sys.stderr)
    if isinstance(error, CancelledError):
        terminal.show_line(error.brief)
    else:
        terminal.show_error(error, verbose=verbose)
