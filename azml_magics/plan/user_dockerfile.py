"""What a Dockerfile is made from, and findings that depend on it; what its text alone says is ``dockerfile_text``'s."""

from __future__ import annotations

from azml_magics.definitions.dockerfile_text import parse_dockerfile
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import Finding, Place
from azml_magics.plan.base_images import find_base_image
from azml_magics.plan.build_steps import global_arguments, substitute
from azml_magics.plan.dockerfile import is_root, user_after

SCRATCH = "scratch"


def base_references(text: str) -> tuple[str, ...]:
    """Every image that the stages of ``text`` start from, the last stage's last; arguments as they are by default.

    A stage that starts from another one is looked through; ``scratch`` is no image.
    """
    values = global_arguments(text)
    stages: dict[str, str] = {}
    references: list[str] = []
    for item in parse_dockerfile(text):
        if item.keyword != "FROM":
            continue
        words = [word for word in item.value.split() if not word.startswith("--")]
        if not words:
            continue
        written = substitute(words[0], values)
        reference = stages.get(written.lower(), written)
        references.append(reference)
        if len(words) == 3:
            stages[words[2].lower()] = reference
    return tuple(reference for reference in references if reference and reference != SCRATCH)


def base_reference(text: str) -> str | None:
    """The image that the last stage starts from, directly or through other stages; ``None`` for ``scratch``."""
    references = base_references(text)
    last_from = next((item for item in reversed(parse_dockerfile(text)) if item.keyword == "FROM"), None)
    if last_from is None or not references or SCRATCH in last_from.value.split():
        return None
    return references[-1]


def check_against_base(
    text: str, base: ImageFacts | None, *, place: Place | None = None, first_line: int = 1
) -> list[Finding]:
    """Findings of a whole Dockerfile: a retired image (``image-retired``), ending as root (``becomes-root``).

    Both are warnings. ``base`` is what the last stage starts from, as far as it is known.
    """
    source = place.source if place else "Dockerfile"
    lines = text.split("\n")
    findings = []
    for item in parse_dockerfile(text):
        words = [word for word in item.value.split() if not word.startswith("--")]
        entry = find_base_image(words[0]) if item.keyword == "FROM" and words else None
        if entry is not None and entry.status == "retired":
            where = Place(source, first_line + item.line - 1, text=lines[item.line - 1])
            message = f"{words[0]} is retired since {entry.retired_since}: it gets no corrections any more"
            remedy = f"take its successor {entry.successor}" if entry.successor else "azml base list shows the others"
            findings.append(Finding("image-retired", message, remedy, where, "warning"))
    findings += _becomes_root(text, base, source, first_line)
    return findings


def _becomes_root(text: str, base: ImageFacts | None, source: str, first_line: int) -> list[Finding]:
    """The prebuilt images run as a user of their own, and so does what is made from them (seed: Model.package)."""
    former = user_after("", base, base_reference(text))
    after = user_after(text, base, base_reference(text))
    if former is None or after is None or is_root(former) or not is_root(after):
        return []
    line = max(item.line for item in parse_dockerfile(text) if item.keyword == "USER")
    where = Place(source, first_line + line - 1, text=text.split("\n")[line - 1])
    message = f"the image will run as root, although the one it is made from runs as {former}"
    return [Finding("becomes-root", message, f"end with USER {former}", where, "warning")]
