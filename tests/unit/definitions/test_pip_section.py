from __future__ import annotations

from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.pip_section import read_pip_section


def lines(*texts: str) -> tuple[tuple[str, ...], list[str]]:
    requirements, findings = read_pip_section(CondaDependencies((PipSection(texts),)), source="pip section")
    return requirements.canonical_lines(), [finding.code for finding in findings]


def test_comments_and_empty_lines_say_nothing() -> None:
    assert lines("# comment", "", "numpy==1.26.4  # why", "pandas[excel]~=2.0") == (
        ("numpy==1.26.4", "pandas[excel]~=2.0"),
        [],
    )


def test_what_cannot_be_used_is_left_out_and_told() -> None:
    assert lines("a==1", "-e .", "$$", "a==1", "--pre") == (
        ("a==1", "--pre"),
        ["unsupported-option", "invalid-requirement"],
    )


def test_conflicts_stay_in() -> None:
    texts, codes = lines("a==1", "a==2")
    assert texts == ("a==1", "a==2")
    assert len(codes) == 1
