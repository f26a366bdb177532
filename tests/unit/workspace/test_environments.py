"""Environments: an equal definition is an equal version, a changed one the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirements import Requirements, parse_requirements
from azml_magics.errors import DeclarationError, NotFoundError
from azml_magics.plan.curated import find_curated
from azml_magics.workspace.workspace import Workspace

NUMPY = Environment("digits", "3.11", parse_requirements("numpy==2.2.6"), (("OMP_NUM_THREADS", "1"),))


def test_versions_count_the_definitions(workspace: Workspace) -> None:
    changed = replace(NUMPY, python="3.12")
    assert workspace.register_environment(NUMPY) == replace(NUMPY, version=1)
    assert workspace.register_environment(NUMPY).version == 1
    assert workspace.register_environment(changed).version == 2
    assert workspace.register_environment(NUMPY).version == 1  # an old definition is found again
    assert workspace.register_environment(replace(NUMPY, environment_variables=())).version == 3
    assert [environment.version for environment in workspace.list_environments("digits")] == [1, 2, 3]


def test_names_count_apart(workspace: Workspace) -> None:
    assert workspace.register_environment(NUMPY).version == 1
    assert workspace.register_environment(replace(NUMPY, name="letters")).version == 1
    assert [environment.name for environment in workspace.list_environments()] == ["digits", "letters"]


def test_where_the_lines_stood_is_no_part_of_the_definition(workspace: Workspace) -> None:
    workspace.register_environment(NUMPY)
    moved = replace(NUMPY, requirements=parse_requirements("# pinned\n\nnumpy==2.2.6 # same\n", name="named"))
    assert workspace.register_environment(moved) == replace(moved, version=1)


def test_a_version_given_by_hand_is_not_believed(workspace: Workspace) -> None:
    assert workspace.register_environment(replace(NUMPY, version=7)).version == 1


def test_what_was_registered_comes_back_equal(workspace: Workspace) -> None:
    registered = workspace.register_environment(NUMPY)
    newest = workspace.register_environment(replace(NUMPY, requirements=Requirements()))
    assert workspace.get_environment("digits", 1) == registered
    assert workspace.get_environment("digits") == newest
    assert workspace.find_environment("digits", 3) is None
    assert workspace.find_environment("letters") is None
    reopened = Workspace(workspace.root)
    assert reopened.get_environment("digits", 1) == registered
    reopened.close()


def test_unknown_ones_are_told_with_what_is_near(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError) as empty:
        workspace.get_environment("digit")
    assert (empty.value.code, "nothing" in empty.value.remedy) == ("unknown-environment", True)
    workspace.register_environment(NUMPY)
    with pytest.raises(NotFoundError) as near:
        workspace.get_environment("digit")
    assert near.value.remedy == "did you mean digits?"
    with pytest.raises(NotFoundError) as version:
        workspace.get_environment("digits", 4)
    assert (version.value.code, version.value.remedy) == ("unknown-environment-version", "versions: 1")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("AzureML-mine", "reserved-name"),
        ("microsoft", "reserved-name"),
        ("x" * 256, "name-too-long"),
        ("a/b", "invalid-name"),
    ],
)
def test_a_bad_name_registers_nothing(workspace: Workspace, name: str, code: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        workspace.register_environment(replace(NUMPY, name=name))
    assert caught.value.code == code
    assert workspace.list_environments() == []


def test_a_deployment_gets_its_environments_version(workspace: Workspace) -> None:
    deployment = Deployment("digits", EntryScript("score.py", ""), NUMPY, workers=2)
    registered = workspace.register_deployment_environment(deployment)
    assert registered == replace(deployment, environment=replace(NUMPY, version=1))


def test_an_archived_version_is_found_by_its_number_alone(workspace: Workspace) -> None:
    first = workspace.register_environment(NUMPY)
    second = workspace.register_environment(replace(NUMPY, python="3.12"))
    assert [each.version for each in workspace.archive_environment("digits", 2)] == [2]
    assert workspace.get_environment("digits") == first
    assert workspace.get_environment("digits", 2) == replace(second, archived=True)
    assert workspace.list_environments("digits") == [first]
    assert [each.archived for each in workspace.list_environments("digits", archived=True)] == [False, True]
    workspace.archive_environment("digits")
    with pytest.raises(NotFoundError) as caught:
        workspace.get_environment("digits")
    assert caught.value.brief == "every version of environment 'digits' is archived"
    assert "digits:2" in caught.value.remedy
    with pytest.raises(NotFoundError) as unknown:
        workspace.get_environment("digits", 3)
    assert unknown.value.remedy == "versions: 1 (archived), 2 (archived)"
    assert workspace.archive_environment("digits", archived=False) == [first, second]


def test_registering_an_equal_definition_brings_an_archived_one_back(workspace: Workspace) -> None:
    workspace.register_environment(NUMPY)
    workspace.archive_environment("digits")
    deployment = Deployment("digits", EntryScript("score.py", ""), NUMPY)
    registered = workspace.register_deployment_environment(deployment).environment
    assert registered == replace(NUMPY, version=1)
    assert workspace.get_environment("digits") == registered


def test_what_people_read_is_changed_in_place_and_not_lost(workspace: Workspace) -> None:
    workspace.register_environment(NUMPY)
    told = replace(NUMPY, description="for digits", tags=(("team", "vision"),))
    assert workspace.register_environment(told).version == 1
    assert workspace.get_environment("digits").description == "for digits"
    assert workspace.register_environment(NUMPY) == replace(told, version=1)
    assert workspace.get_environment("digits").tags == (("team", "vision"),)


def test_the_newest_of_each_name_is_listed_with_how_many_there_are(workspace: Workspace) -> None:
    for python in ("3.11", "3.12", "3.13"):
        workspace.register_environment(replace(NUMPY, python=python))
    workspace.register_environment(replace(NUMPY, name="letters"))
    workspace.archive_environment("digits", 3)
    listed = workspace.list_newest_environments()
    assert [(each.environment.label, each.versions) for each in listed] == [("digits:2", 2), ("letters:1", 1)]
    whole = workspace.list_newest_environments(archived=True)
    assert [(each.environment.label, each.versions) for each in whole] == [("digits:3", 3), ("letters:1", 1)]
    workspace.archive_environment("letters")
    assert [each.environment.name for each in workspace.list_newest_environments()] == ["digits"]
    assert workspace.environment_names() == ["digits", "letters"]


def test_a_reserved_name_is_its_curated_definitions_alone(workspace: Workspace) -> None:
    curated = find_curated("AzureML-Minimal")
    assert curated is not None
    assert workspace.register_environment(curated).label == "AzureML-Minimal:1"
    with pytest.raises(DeclarationError) as caught:
        workspace.register_environment(replace(curated, python="3.12"))
    assert caught.value.code == "reserved-name"
    assert "azml environment clone" in caught.value.remedy
