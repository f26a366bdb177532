"""Environments: an equal definition is an equal version, a changed one the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.requirements import Requirements, parse_requirements
from azml_magics.errors import DeclarationError, NotFoundError
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
