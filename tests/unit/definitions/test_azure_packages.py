"""Which packages of Azure's environments are installed."""

from __future__ import annotations

from azml_magics.definitions.azure_defaults import default_conda
from azml_magics.definitions.azure_packages import SWITCH, lines_asked_for, packages_left_out, why_left_out
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.lock_rules import lines_to_install
from azml_magics.definitions.requirements import parse_requirements


def azure(*lines: str, **fields: object) -> Environment:
    return conda_environment("a", CondaDependencies(("python=3.11", PipSection(lines))), lines=None, **fields)


def test_packages_of_the_sdk_are_left_out_of_azures_environments() -> None:
    environment = azure("--pre", "azureml-defaults", "numpy==2", "azureml_core~=1.61", "azureml-dataprep")
    assert packages_left_out(environment) == ("azureml-defaults", "azureml-core")
    assert lines_to_install(environment) == ("--pre", "numpy==2", "azureml-dataprep")
    assert [line.name for line in lines_asked_for(environment)] == [None, "numpy", "azureml-dataprep"]
    assert packages_left_out(conda_environment("b", default_conda())) == ("azureml-defaults",)


def test_what_a_cell_declares_is_installed_as_it_is_written() -> None:
    environment = Environment("a", requirements=parse_requirements("azureml-defaults\nnumpy"))
    assert packages_left_out(environment) == ()
    assert lines_to_install(environment) == ("azureml-defaults", "numpy")


def test_a_variable_of_the_environment_asks_for_them() -> None:
    assert packages_left_out(azure("azureml-defaults", environment_variables=((SWITCH, "1"),))) == ()
    for off in ("", "0"):
        assert packages_left_out(azure("azureml-defaults", environment_variables=((SWITCH, off),)))


def test_it_is_said_in_words() -> None:
    assert why_left_out(()) == ""
    assert why_left_out(("a",)) == "without a, which needs an account"
    assert why_left_out(("a", "b")) == "without a, b, which need an account"
