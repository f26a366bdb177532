"""JSON forms of findings and places, for every document that holds some."""

from __future__ import annotations

from azml_magics.errors import Finding, Place


def finding_document(finding: Finding) -> object:
    """Code, severity, message, place and remedy."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "place": place_document(finding.place),
        "remedy": finding.remedy,
    }


def place_document(place: Place | None) -> object:
    """Where something was said; ``null`` when that is not known."""
    if place is None:
        return None
    return {"source": place.source, "line": place.line, "column": place.column, "text": place.text}
