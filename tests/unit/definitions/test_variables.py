from __future__ import annotations

from azml_magics.definitions.variables import check_variables
from azml_magics.errors import Place


def test_every_variable_that_no_process_can_have_is_told() -> None:
    place = Place("deployment.yml", 3)
    variables = [("A", "1"), ("B=C", "2"), ("", "3"), ("D", "s3cret\0"), ("E F", "")]
    findings = check_variables(variables, place)
    assert [(finding.message, finding.remedy) for finding in findings] == [
        ("'B=C' cannot name a variable", "leave = out of the name"),
        ("'' cannot name a variable", "give it a name"),
        ("variable D holds a null character", "leave it out"),
    ]
    assert {finding.place for finding in findings} == {place}
