"""Help texts of ``azml``, all of them from the grammar table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from azml_magics.cells.grammar import find_verb, verbs_for
from azml_magics.cells.parser import build_parser
from azml_magics.cells.verb import Verb

_HEAD = "Deploy a scoring service on this machine, as Azure Machine Learning would run it."
_TAIL = (
    "azml VERB --help shows the options of a verb. Everywhere: --verbose shows all that is known about an error, and\n"
    "what a service logs while it starts; --json, where a verb reports something, prints it as one JSON document.\n"
    "AZML_WORKSPACE names the workspace; without it the nearest .azml directory is used, or made in the current one."
)


def overview() -> str:
    """What ``azml --help`` prints."""
    listed = _listing(verbs_for("cli"))
    return "\n".join(["usage: azml VERB ...", "", _HEAD, "", *listed, "", _TAIL])


def help_for(words: Sequence[str]) -> str | None:
    """Help for a verb, or for the group of verbs that ``words`` begin (``model``); ``None`` when there is none."""
    verb = find_verb(words, "cli")
    if verb is not None:
        return build_parser(verb).format_help().rstrip()
    group = [verb for verb in verbs_for("cli") if words and len(verb.path) > 1 and verb.path[0] == words[0]]
    if not group:
        return None
    return "\n".join([f"usage: azml {words[0]} VERB ...", "", *_listing(group)])


def _listing(verbs: Iterable[Verb]) -> list[str]:
    rows = [(verb.name, verb.help) for verb in verbs]
    width = max(len(name) for name, _ in rows)
    return [f"  {name:<{width}}  {text}" for name, text in rows]
