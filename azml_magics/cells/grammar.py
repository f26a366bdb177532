"""ONE table of kinds and verbs: feeds the magics, the ``azml`` command and completion; ``arguments`` parses by it.

A new verb is one entry in the module of its subject in ``verbs``; a new option one ``Option``.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from azml_magics.cells.verb import PROMPTS, Door, Verb
from azml_magics.cells.verbs.declaring import DECLARING_KINDS
from azml_magics.cells.verbs.deploying import DEPLOYING_VERBS
from azml_magics.cells.verbs.environments import ENVIRONMENT_VERBS
from azml_magics.cells.verbs.exporting import EXPORTING_VERBS
from azml_magics.cells.verbs.images import IMAGE_VERBS
from azml_magics.cells.verbs.invoking import INVOKING_VERBS
from azml_magics.cells.verbs.kernel import KERNEL_VERBS
from azml_magics.cells.verbs.load_testing import LOAD_VERBS
from azml_magics.cells.verbs.locking import LOCKING_VERBS
from azml_magics.cells.verbs.models import MODEL_VERBS
from azml_magics.cells.verbs.runs import RUN_KINDS, RUN_VERBS
from azml_magics.cells.verbs.services import SERVICE_VERBS
from azml_magics.errors import DeclarationError, Finding, Place

#: In the order in which they are listed everywhere.
GRAMMAR: tuple[Verb, ...] = (
    *DECLARING_KINDS,
    *RUN_KINDS,
    *DEPLOYING_VERBS,
    *INVOKING_VERBS,
    *EXPORTING_VERBS,
    *SERVICE_VERBS,
    *LOAD_VERBS,
    *MODEL_VERBS,
    *ENVIRONMENT_VERBS,
    *LOCKING_VERBS,
    *RUN_VERBS,
    *IMAGE_VERBS,
    *KERNEL_VERBS,
)

#: The cell magics by name.
KINDS: dict[str, Verb] = {verb.name: verb for verb in GRAMMAR if "cell" in verb.doors}


def verbs_for(door: Door) -> tuple[Verb, ...]:
    """Everything that can be said at ``door``, in the order of the table."""
    return tuple(verb for verb in GRAMMAR if door in verb.doors)


def get_verb(name: str) -> Verb:
    """The verb of that full name (``model register``); ``KeyError`` when the table has none."""
    for verb in GRAMMAR:
        if verb.name == name:
            return verb
    raise KeyError(name)


def find_verb(words: Sequence[str], door: Door) -> Verb | None:
    """The verb whose path ``words`` begin with, the longest path first."""
    matches = [verb for verb in verbs_for(door) if tuple(words[: len(verb.path)]) == verb.path]
    return max(matches, key=lambda verb: len(verb.path), default=None)


def unknown_verb(words: Sequence[str], door: Door, place: Place | None = None) -> DeclarationError:
    """The error for ``words`` that :func:`find_verb` does not know, with the nearest names."""
    known = [verb.name for verb in verbs_for(door)]
    prompt = PROMPTS[door].strip()
    belonging = {name.split()[1]: name for name in known if words and name.startswith(f"{words[0]} ")}
    written = " ".join(words[: 2 if belonging else 1])
    if belonging:
        near = difflib.get_close_matches((*words, "")[1], belonging, n=1)
        near = [belonging[word] for word in near or belonging]
    else:
        near = difflib.get_close_matches(written, known, n=2)
    message = f"{written!r} is no verb" if written else "a verb is missing"
    remedy = "did you mean " + " or ".join(near) + "?" if near else "verbs: " + ", ".join(known)
    return DeclarationError(f"{prompt} cannot be understood", [Finding("unknown-verb", message, remedy, place)])
