"""No sentence of the SDK's is in the package: what users read here is written here."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from tests.oracles.venvs import AZUREML_CORE, make_python

PACKAGE = Path(__file__).parents[2] / "azml_magics"
#: So many words in a row are no accident.
WORDS = 7
#: Clients of the cloud's interfaces, which are nobody's sentences.
GENERATED = frozenset({"_restclient", "_vendor"})

Run = tuple[str, ...]


def runs_of_words(path: Path) -> Iterator[tuple[int, Run]]:
    """(line, words) of every text of a module, its docstrings too; names, numbers and patterns are no sentences."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.JoinedStr):
            text = " ".join(part.value if isinstance(part, ast.Constant) else "" for part in node.values)  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        words = re.findall(r"\w+", text.lower())
        for start in range(len(words) - WORDS + 1):
            run = tuple(words[start : start + WORDS])
            if sum(len(word) > 1 and word.isalpha() for word in run) >= WORDS - 1:
                yield node.lineno, run


def test_no_sentence_is_the_sdks() -> None:
    (packages,) = (make_python(AZUREML_CORE).parents[1] / "lib").glob("python*/site-packages")
    modules = [path for path in (packages / "azureml").rglob("*.py") if not GENERATED & {*path.parts}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about their escapes
        theirs = {run for path in modules for _, run in runs_of_words(path)}
    assert ("local", "web", "services", "do", "not", "support", "auth") in theirs
    copied = [
        f"{path.relative_to(PACKAGE)}:{line}: {' '.join(run)}"
        for path in PACKAGE.rglob("*.py")
        for line, run in runs_of_words(path)
        if run in theirs
    ]
    assert not copied, "\n".join(copied)
