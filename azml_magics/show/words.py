"""Small texts that several views are made of: counts, seconds, sizes, pairs, what an environment says."""

from __future__ import annotations

from collections.abc import Sequence

from azml_magics.definitions.conda_dependencies import conda_package_name, mask_channel
from azml_magics.definitions.deployment import ServiceReport
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.lock_rules import holding_lock
from azml_magics.definitions.private_wheel import shorten_wheel
from azml_magics.definitions.requirements import Requirements, mask_credentials
from azml_magics.errors import Finding
from azml_magics.events import BuildStep, Progress

#: Of an instruction at most this much is shown.
INSTRUCTION_CHARACTERS = 80

Facts = tuple[tuple[str, str], ...]


def seconds_figure(seconds: float) -> str:
    """``(1.2 s)``, ``(45 ms)``."""
    return f"({seconds:.1f} s)" if seconds >= 1 else f"({1000 * seconds:.0f} ms)"


def build_step(event: BuildStep) -> str:
    """``2 of 5: RUN pip install``, of a long instruction its beginning."""
    first, *more = event.text.splitlines() or [""]
    text = f"{first[:INSTRUCTION_CHARACTERS]} ..." if more or len(first) > INSTRUCTION_CHARACTERS else first
    return f"{event.number} of {event.total}: {text}"


def progress_figure(event: Progress) -> str:
    """``12.3 MB of 45.0 MB, 3 of 7 layers``, ``4 of 12 packages, downloading numpy``."""
    if event.unit == "bytes":
        figure = size_figure(event.done) + ("" if event.total is None else f" of {size_figure(event.total)}")
    elif event.total is None:
        figure = count(event.done, event.unit[:-1])
    else:
        figure = f"{event.done} of {count(event.total, event.unit[:-1])}"
    return ", ".join(part for part in (figure, event.text) if part)


def count(number: int, noun: str) -> str:
    """``1 line``, ``2 lines``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def size_figure(size_bytes: int) -> str:
    """``812 bytes``, ``12.3 MB``, ``1.2 GB``; of 10^6 bytes, as Docker counts."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return count(size_bytes, "byte")


def filled(facts: Sequence[tuple[str, str]]) -> Facts:
    """Those that say something."""
    return tuple((label, text) for label, text in facts if text)


def pairs(items: Sequence[tuple[str, str]]) -> str:
    """``a=1, b=2``."""
    return ", ".join(f"{key}={value}" for key, value in items)


def requirement_lines(requirements: Requirements) -> tuple[str, ...]:
    """Its lines, without credentials, and without the places of private wheels."""
    return tuple(mask_credentials(shorten_wheel(line)) for line in requirements.canonical_lines())


def environment_facts(value: Environment | EnvironmentDraft) -> Facts:
    """What it says, by key; what it leaves open is left out, except for Python and requirements."""
    requirements = value.requirements
    listed = f"those of {requirements}" if isinstance(requirements, str) else ", ".join(requirement_lines(requirements))
    named = value.dockerfile if isinstance(value, EnvironmentDraft) else None
    return (
        ("python", value.python or "any"),
        ("requirements", listed or "none"),
        *filled([*_conda_facts(value), ("variables", mask_credentials(pairs(value.environment_variables)))]),
        *filled(_image_facts(value.image_source, named)),
        *filled([("lock", _lock_words(value)), *_told_facts(value)]),
    )


def _conda_facts(value: Environment | EnvironmentDraft) -> Facts:
    conda = value.conda
    if conda is None:
        return ()
    packages = [item for item in conda.conda_packages if conda_package_name(item) != "python"]
    listed = (("conda packages", packages), ("channels", conda.channels))
    return tuple((label, ", ".join(mask_channel(item) for item in items)) for label, items in listed)


def _told_facts(value: Environment | EnvironmentDraft) -> Facts:
    return (("description", value.description), ("tags", pairs(value.tags)))


def _lock_words(value: Environment | EnvironmentDraft) -> str:
    """Without how many packages and for which machine: that differs from one to the next."""
    lock = holding_lock(value) if isinstance(value, Environment) else None
    return "" if lock is None else f"for Python {lock.python}"


def _image_facts(source: ImageSource, dockerfile: str | None) -> Facts:
    lines = None if source.dockerfile is None else count(len(source.dockerfile.splitlines()), "line")
    steps = {"steps before": source.steps_before, "steps after": source.steps_after}
    return (
        ("image", source.image or ""),
        ("dockerfile", ", ".join(part for part in (dockerfile, lines) if part)),
        ("context", source.context or ""),
        ("apt", ", ".join(source.apt)),
        *((label, mask_credentials("\n".join(each))) for label, each in steps.items()),
        ("user managed", "yes: the image holds every package" if source.user_managed else ""),
        ("interpreter", source.interpreter_path or ""),
        ("site-packages", source.site_packages or ""),
        ("packages", "" if source.packages == "auto" else source.packages),
    )


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Each finding's lines, led by its severity."""
    shown = []
    for finding in findings:
        head, *rest = finding.lines()
        shown += [f"{finding.severity}: {head}", *rest]
    return shown


def environment_text(report: ServiceReport) -> str:
    """Its environment, or what it runs with instead of one."""
    without = "the current Python" if report.engine == "process" else "the image as it is"
    return report.environment or without
