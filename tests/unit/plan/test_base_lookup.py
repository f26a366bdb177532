"""Which image a deployment starts from, and which Python in it has to be there."""

from __future__ import annotations

from dataclasses import replace

from azml_magics.definitions.conda_dependencies import CondaDependencies
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.plan.base_lookup import BaseLookup, base_of, interpreter_path

PATH = "/opt/env/bin/python"
IN_IMAGE = ImageSource(image="local/base:1", interpreter_path=PATH)
DEPLOYMENT = Deployment(
    "digits",
    EntryScript("score.py", ""),
    Environment("digits", image_source=IN_IMAGE),
    engine="docker",
    base_image="local/base:1",
)


def test_the_python_that_is_named_has_to_be_in_the_image() -> None:
    assert base_of(DEPLOYMENT) == BaseLookup("local/base:1", PATH)


def test_a_dockerfile_may_be_what_makes_it() -> None:
    source = ImageSource(dockerfile="FROM local/plain:1\nRUN python3 -m venv /opt/env\n", interpreter_path=PATH)
    made = replace(DEPLOYMENT, environment=Environment("digits", image_source=source), base_image=None)
    assert base_of(made) == BaseLookup("local/plain:1")
    assert interpreter_path(made) == PATH


def test_nothing_to_start_from() -> None:
    source = ImageSource(dockerfile="FROM scratch\n")
    assert base_of(replace(DEPLOYMENT, environment=Environment("x", image_source=source))) == BaseLookup(None)
    assert base_of(replace(DEPLOYMENT, environment=None)) == BaseLookup("local/base:1")


def test_beside_conda_packages_the_python_of_the_image_does_not_matter() -> None:
    conda = replace(conda_environment("c", CondaDependencies(("python=3.11", "numpy"))), image_source=IN_IMAGE)
    assert base_of(replace(DEPLOYMENT, environment=conda)) == BaseLookup("local/base:1")
