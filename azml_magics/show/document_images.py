"""JSON forms of what the verbs about images give; ``document`` registers them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from azml_magics.definitions.requirements import mask_credentials
from azml_magics.show.findings import finding_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azml_magics.errors import Finding
    from azml_magics.images.bases import BaseBuild, BaseList, BaseReport
    from azml_magics.images.package import BuiltPackage, DockerfileReport, WrittenPackage
    from azml_magics.images.strategies import StrategyComparison
    from azml_magics.plan.base_images import BaseImage
    from azml_magics.prune.unused import Pruning


def base_list_document(value: BaseList) -> object:
    """``present`` are the names it has on the engine, ``null`` where none could be asked."""
    return {
        "problem": value.problem or None,
        "images": [
            {
                "name": entry.name,
                "catalogue": _catalogued(entry.catalogued),
                "present": None if entry.present is None else list(entry.present),
                "image_id": entry.image_id,
                "size_bytes": entry.size_bytes,
                "made_from": entry.made_from,
            }
            for entry in value.entries
        ],
    }


def base_report_document(value: BaseReport) -> object:
    """``image`` is everything that was found inside, ``null`` for one that is not there."""
    return {
        "name": value.name,
        "catalogue": _catalogued(value.catalogued),
        "image": None if value.facts is None else value.facts.as_dict(),
        "findings": _findings(value.findings),
        "problem": value.problem or None,
    }


def base_build_document(value: BaseBuild) -> object:
    """What was made, of what, and whether it was there already."""
    return {
        "name": value.name,
        "made_from": value.made_from,
        "reused": value.reused,
        "reason": value.reason,
        "image": value.facts.as_dict(),
    }


def strategies_document(value: StrategyComparison) -> object:
    """As the comparison says it."""
    return value.as_dict()


def dockerfile_document(value: DockerfileReport) -> object:
    """Credentials in it are masked: what is really built has them as secrets."""
    return {
        "environment": value.environment,
        "tag": value.tag,
        "base_image": value.base,
        "base_known": value.is_base_known,
        "dockerfile": mask_credentials(value.text),
        "files": list(value.files),
        "findings": _findings(value.findings),
    }


def written_package_document(value: WrittenPackage) -> object:
    """Where it is and what it holds."""
    return {
        "directory": str(value.directory),
        "files": value.files,
        "size_bytes": value.size_bytes,
        "base_image": value.base,
        "findings": _findings(value.findings),
    }


def built_package_document(value: BuiltPackage) -> object:
    """The image that was built, or was there."""
    return {
        "tag": value.tag,
        "reused": value.reused,
        "reason": value.reason,
        "image": value.facts.as_dict(),
        "findings": _findings(value.findings),
    }


def pruning_document(value: Pruning) -> object:
    """As the pruning says it."""
    return value.as_dict()


def _catalogued(image: BaseImage | None) -> object:
    return None if image is None else {**asdict(image), "device": image.device, "status": image.status}


def _findings(findings: Sequence[Finding]) -> list[object]:
    return [finding_document(finding) for finding in findings]
