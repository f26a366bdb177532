"""Views of what the verbs about images give; ``describe`` registers them."""

# every describer takes the same arguments, also those that know no figures

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.requirements import mask_credentials
from azml_magics.plan.actions import ImagePlan, Plan
from azml_magics.show.view import Table, Tone, View
from azml_magics.show.words import count, filled, finding_lines, seconds_figure, size_figure

if TYPE_CHECKING:
    from azml_magics.definitions.image_facts import ImageFacts
    from azml_magics.images.bases import BaseBuild, BaseEntry, BaseList, BaseReport
    from azml_magics.images.package import BuiltPackage, DockerfileReport, WrittenPackage
    from azml_magics.images.strategies import StrategyComparison, StrategyRow
    from azml_magics.plan.base_images import BaseImage
    from azml_magics.prune.unused import Pruning, Unused


def plan_view(value: Plan, *, figures: bool) -> View:
    """Of a container also the image, how packages get in and why."""
    table = Table(("step", "what", "why"), tuple((each.step, each.kind, each.reason) for each in value.actions))
    facts: list[tuple[str, str]] = []
    if isinstance(value.packages, ImagePlan):
        image = value.packages
        facts = [
            ("image", image.base_reference or "what the Dockerfile starts from"),
            ("packages", f"{image.strategy}: {image.reason}"),
            ("builds", image.tag if figures else ""),
        ]
    return View(f"plan of {value.service}", facts=filled(facts), table=table)


def base_list_view(value: BaseList, *, figures: bool) -> View:
    """Without figures the catalogue alone: what else is there differs from machine to machine."""
    entries = value.entries if figures else [entry for entry in value.entries if entry.catalogued]
    columns = ("image", "framework", "python", "device", "system", "status", *(["here"] if figures else []))
    rows = tuple((*_base_row(entry), *([_here(entry)] if figures else [])) for entry in entries)
    lines = (f"what is here is not known: {value.problem}",) if value.problem and figures else ()
    return View(count(len(rows), "base image"), table=Table(columns, rows), lines=lines)


def _base_row(entry: BaseEntry) -> tuple[str, ...]:
    known = entry.catalogued
    if known is None:
        return (entry.name, "", "", "", "", f"made from {entry.made_from}" if entry.made_from else "made here")
    return (entry.name, _framework(known), known.python or "", _device(known), known.operating_system, _status(known))


def _framework(image: BaseImage) -> str:
    return f"{image.framework} {image.framework_version or ''}".rstrip()


def _device(image: BaseImage) -> str:
    return f"{image.device} CUDA {image.cuda}" if image.cuda else image.device


def _status(image: BaseImage) -> str:
    if image.retired_since:
        return f"retired ({image.retired_since})" + (f": take {image.successor}" if image.successor else "")
    return image.status if image.serves else f"{image.status}, without the server"


def _here(entry: BaseEntry) -> str:
    if not entry.present:
        return ""
    return size_figure(entry.size_bytes) if entry.size_bytes else "yes"


def base_report_view(value: BaseReport, *, figures: bool) -> View:
    """What an image holds, then what stands in the way."""
    known = value.catalogued
    errors = sum(finding.severity == "error" for finding in value.findings)
    tone: Tone = "plain"
    title = f"image {value.name} is not on this engine"
    if value.facts is not None:
        tone = "bad" if errors else "good"
        title = f"image {value.name} " + (f"cannot serve: {count(errors, 'error')}" if errors else "can serve")
    facts = [("catalogue", f"{_framework(known)}, {_device(known)}, {_status(known)}")] if known else []
    facts += image_facts(value.facts, figures=figures) if value.facts else []
    lines = [*finding_lines(value.findings), *([value.problem] if value.problem else [])]
    return View(title, tone, filled(facts), lines=tuple(lines))


def image_facts(facts: ImageFacts, *, figures: bool) -> list[tuple[str, str]]:
    """What was found inside an image, by subject."""
    python = f"{facts.python_version} at {facts.python}" if facts.python else "none"
    whose = ", pip may not install into it" if facts.externally_managed else ""
    return [
        ("python", python + whose),
        ("server", facts.server_version or "none"),
        ("gunicorn", facts.version_of("gunicorn") or "none"),
        ("conda", facts.conda or ""),
        ("runit", "/var/runit" if facts.has_runit else ""),
        ("user", f"{facts.user or 'root'} (uid {facts.uid}, gid {facts.gid})"),
        ("command", " ".join([*facts.entrypoint, *facts.command]) or "none"),
        ("ports", ", ".join(facts.exposed_ports)),
        ("system", ", ".join(part for part in (facts.operating_system, facts.libc) if part)),
        ("platform", f"{facts.os}/{facts.architecture}"),
        ("packages", count(len(facts.packages), "distribution") if figures else ""),
        ("size", size_figure(facts.size_bytes) if figures else ""),
        ("id", facts.image_id[:19] if figures else ""),
        ("digest", facts.digest or "" if figures else ""),
    ]


def base_build_view(value: BaseBuild, *, figures: bool) -> View:
    """A base that can be named as image from now on."""
    done = "is there already, made" if value.reused and figures else "was made"
    facts = [
        ("python", value.facts.python_version or "" if figures else value.facts.python_minor or ""),
        ("server", value.facts.server_version or "" if figures else ""),
        ("user", value.facts.user),
        ("size", size_figure(value.facts.size_bytes) if figures else ""),
        ("why", value.reason if figures else ""),
    ]
    return View(f"base {value.name} {done} from {value.made_from}", "good", filled(facts))


def strategies_view(value: StrategyComparison, *, figures: bool) -> View:
    """One row a strategy; figures are those that were measured here."""
    columns = ["packages", "chosen", "start", "build", "size", "network at start", "same on every start", "remark"]
    rows = [_strategy_row(row, figures=figures) for row in value.rows]
    kept = [column for column in range(len(columns)) if any(row[column] for row in rows)]
    table = Table(
        tuple(columns[column] for column in kept), tuple(tuple(row[column] for column in kept) for row in rows)
    )
    title = f"ways to add the packages of {value.name}" + (f" to {value.image}" if value.image and figures else "")
    return View(title, facts=(("chosen", f"{value.chosen}: {value.reason}"),), table=table)


def _strategy_row(row: StrategyRow, *, figures: bool) -> tuple[str, ...]:
    def measured(seconds: float | None) -> str:
        return seconds_figure(seconds).strip("()") if figures and seconds is not None else ""

    return (
        row.strategy,
        "yes" if row.is_chosen else "",
        measured(row.start_seconds),
        measured(row.build_seconds),
        size_figure(row.size_bytes) if figures and row.size_bytes is not None else "",
        "yes" if row.needs_network else "no",
        "yes" if row.is_consistent else "no",
        row.problem or ("ready" if row.is_built and figures else ""),
    )


def dockerfile_view(value: DockerfileReport, *, figures: bool) -> View:
    """The text alone can be fed to ``docker build``: everything else is a comment."""
    title = f"# environment {value.environment}" + (f", built as {value.tag}" if figures else "")
    beside = [f"# beside it: {file}" for file in value.files]
    remarks = [f"# {line}" for line in finding_lines(value.findings)]
    return View(title, lines=(*beside, *remarks, *mask_credentials(value.text).splitlines()))


def written_package_view(value: WrittenPackage, *, figures: bool) -> View:
    """Where it is and how it is built."""
    facts = [
        ("files", f"{value.files} ({size_figure(value.size_bytes)})" if figures else str(value.files)),
        ("starts from", value.base or ""),
        ("build it", f"docker build -t NAME {value.directory.name if not figures else value.directory}"),
    ]
    where = str(value.directory) if figures else value.directory.name
    return View(f"package written to {where}", "good", filled(facts), lines=tuple(finding_lines(value.findings)))


def built_package_view(value: BuiltPackage, *, figures: bool) -> View:
    """The image and how it is run."""
    facts = [
        ("size", size_figure(value.facts.size_bytes) if figures else ""),
        ("why", value.reason if figures else ""),
        ("run it", f"docker run --rm -p 127.0.0.1:5001:5001 {value.tag}"),
    ]
    done = "is there already" if value.reused and figures else "was built"
    return View(f"image {value.tag} {done}", "good", filled(facts), lines=tuple(finding_lines(value.findings)))


def pruning_view(value: Pruning, *, figures: bool) -> View:
    """What may go, or what went."""
    items = value.removed or value.unused
    if value.removed or value.kept:
        title = f"removed {count(len(value.removed), 'thing')}" + (
            f", {size_figure(value.freed_bytes)}" if figures else ""
        )
    elif items:
        total = sum(item.size_bytes for item in items)
        title = f"{count(len(items), 'thing')} may go" + (f", {size_figure(total)}" if figures else "")
    else:
        title = "nothing to remove: everything is in use"
    lines = [f"kept {item.kind} {item.name}: {item.reason}" for item in value.kept]
    table = Table(("what", "name", "size", "why"), tuple(_unused_row(item) for item in items)) if figures else None
    return View(title, table=table if items else None, lines=(*lines, *([value.problem] if value.problem else [])))


def _unused_row(item: Unused) -> tuple[str, ...]:
    return (item.kind, item.name, size_figure(item.size_bytes), item.reason)
