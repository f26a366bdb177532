"""Docker steps for conda packages, and when there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.conda_rules import check_conda, installs_conda
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.lock import Lock
from azml_magics.errors import PreflightError
from azml_magics.plan.conda_steps import conda_prefix, conda_python, render_conda_file
from azml_magics.plan.dockerfile import render_environment_dockerfile
from azml_magics.plan.image_planner import plan_image
from azml_magics.plan.package import render_package_dockerfile
from tests.unit.plan.containers import IMAGE
from tests.unit.plan.test_image_planner import HOST

CONDA_IMAGE = replace(IMAGE, conda="/opt/miniconda/bin/conda", user="dockeruser")


def environment(*packages: str, channels: tuple[str, ...] = ("forge",), **fields: object) -> Environment:
    return conda_environment("e", CondaDependencies((*packages, PipSection(("six",))), channels), lines=None, **fields)


def rendered(wanted: Environment, base: ImageFacts | None = CONDA_IMAGE) -> str:
    lines = wanted.requirements.canonical_lines()
    return render_environment_dockerfile(wanted, base, "base:1", lines, with_packages=True)


def deployment(wanted: Environment, **fields: object) -> Deployment:
    made = Deployment("s", EntryScript("score.py", ""), wanted, engine="docker", base_image="base:1")
    return replace(made, **fields)  # type: ignore[arg-type]


def test_the_environment_is_made_by_conda_and_filled_by_its_own_pip() -> None:
    wanted = environment("python=3.10", "numpy")
    prefix = conda_prefix(wanted)
    text = rendered(wanted)
    assert text.splitlines()[:5] == [
        "FROM base:1",
        "",
        "# Conda packages",
        "USER root",
        "COPY conda_dependencies.yml /opt/azml/",
    ]
    create = f"/opt/miniconda/bin/conda env create --quiet --prefix {prefix} --file /opt/azml/conda_dependencies.yml"
    assert create in text
    assert "/opt/miniconda/bin/conda clean --all --yes" in text
    assert f"AZUREML_CONDA_ENVIRONMENT_PATH={prefix}" in text
    assert f"PATH={prefix}/bin:$PATH" in text
    assert f"RUN {prefix}/bin/python -m pip install --no-cache-dir -r /opt/azml/requirements.txt\n" in text
    assert text.rstrip().endswith("USER dockeruser")
    assert text.count("USER root") == 1


def test_micromamba_is_called_in_its_own_way() -> None:
    text = rendered(environment("numpy"), replace(IMAGE, conda="/bin/micromamba"))
    assert "/bin/micromamba create --yes --quiet --prefix /azureml-envs/azureml_" in text


def test_what_is_there_is_asked_where_the_image_is_not_known() -> None:
    text = rendered(environment("numpy"), None)
    assert "if command -v micromamba >/dev/null; then micromamba create" in text
    assert "else conda env create" in text


def test_the_specification_as_the_images_conda_reads_it() -> None:
    wanted = environment("numpy=1.26", channels=())
    content = yaml.safe_load(render_conda_file(wanted))
    assert content == {
        "name": conda_prefix(wanted).rpartition("/")[2],
        "channels": ["defaults"],
        "dependencies": ["numpy=1.26", "python>=3.9,<3.14", "pip"],
    }
    assert yaml.safe_load(render_conda_file(environment("python=3.9", "pip=24", "numpy")))["dependencies"] == [
        "python=3.9",
        "pip=24",
        "numpy",
    ]


def test_a_lock_names_version_and_build() -> None:
    wanted = environment("python=3.11", "numpy")
    lines = (
        "forge/linux-64/python-3.11.2-h0_cpython.conda#sha256=00",
        "forge/noarch/pip-24.0-py_0.tar.bz2#sha256=00",
        "https://h.example.com/forge/linux-64/numpy-1.26.4-py311_0.conda#sha256=00",
    )
    locked = replace(wanted, lock=Lock(wanted.digest(), "3.11", "linux-x86_64", ("six==1.0 --hash=sha256:00",), lines))
    assert yaml.safe_load(render_conda_file(locked))["dependencies"] == [
        "forge::python=3.11.2=h0_cpython",
        "forge::pip=24.0=py_0",
        "numpy=1.26.4=py311_0",
    ]
    assert conda_prefix(locked) != conda_prefix(wanted)
    assert "pip install --no-cache-dir --no-deps -r" in rendered(locked)
    lock_of_pip = replace(wanted, lock=Lock(wanted.digest(), "3.11", "linux-x86_64"))
    assert conda_prefix(lock_of_pip) == conda_prefix(wanted)


def test_a_lock_is_for_the_python_that_conda_brings() -> None:
    wanted = environment("numpy")
    line = "forge/noarch/numpy-1-0.conda#sha256=00"
    locked = replace(wanted, lock=Lock(wanted.digest(), "3.12", "x86_64-manylinux_2_28", ("six==1.0",), (line,)))
    assert plan_image(deployment(locked), CONDA_IMAGE, HOST).is_locked
    elsewhere = replace(wanted, lock=Lock(wanted.digest(), "3.12", "x86_64-manylinux_2_39", ("six==1.0",), (line,)))
    with pytest.raises(PreflightError) as caught:
        plan_image(deployment(elsewhere), CONDA_IMAGE, HOST)
    assert caught.value.code == "lock-target"


def test_nothing_where_the_users_packages_are_used() -> None:
    for source in (ImageSource(user_managed=True), ImageSource(site_packages="/venv")):
        wanted = environment("numpy", image_source=source)
        assert not installs_conda(wanted)
        assert conda_python(wanted) is None
        assert [*check_conda(deployment(wanted, packages="mount"), IMAGE)] == []
    assert not installs_conda(None)
    assert not installs_conda(environment("python=3.11"))


def test_the_plan_bakes() -> None:
    wanted = deployment(environment("python=3.10", "numpy"))
    plan = plan_image(wanted, CONDA_IMAGE, HOST)
    assert (plan.strategy, plan.python) == ("bake", "3.10")
    assert plan.reason == "conda packages make an environment of their own inside the image"
    assert plan.requirement_lines == ("six", "azureml-inference-server-http")
    assert "# Conda packages" in plan.dockerfile
    without_pip = conda_environment("e", CondaDependencies(("numpy",)))
    alone = plan_image(deployment(without_pip, start="image"), replace(CONDA_IMAGE, command=("run",)), HOST)
    assert (alone.requirement_lines, bool(alone.tag)) == ((), True)


@pytest.mark.parametrize(
    ("fields", "image", "code"),
    [
        ({"packages": "mount"}, CONDA_IMAGE, "conda-strategy"),
        ({"packages": "dynamic"}, CONDA_IMAGE, "conda-strategy"),
        ({}, IMAGE, "image-without-conda"),
    ],
)
def test_what_cannot_work(fields: dict[str, object], image: ImageFacts, code: str) -> None:
    with pytest.raises(PreflightError) as caught:
        plan_image(deployment(environment("numpy"), **fields), image, HOST)
    assert [finding.code for finding in caught.value.findings] == [code]


def test_passwords_of_channels_do_not_go_into_images() -> None:
    wanted = deployment(environment("numpy", channels=("forge", "https://me:word@h.example.com/forge")))
    (finding,) = check_conda(wanted, CONDA_IMAGE)
    assert finding.code == "channel-credentials"
    assert "word" not in finding.message


def test_a_package_starts_with_the_environments_python() -> None:
    wanted = environment("numpy")
    text = rendered(wanted)
    package = render_package_dockerfile(
        text,
        wanted,
        deployment(wanted),
        base=CONDA_IMAGE,
        base_reference="base:1",
        variables={"AZUREML_ENTRY_SCRIPT": "score.py", "AZUREML_MODEL_DIR": "m"},
    )
    assert f'CMD ["{conda_python(wanted)}", "/opt/azml-serving/start.py", "5001"]' in package
