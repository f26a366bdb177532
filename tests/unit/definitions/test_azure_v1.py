"""Azure's v1 environments: what is read, what is kept for writing it again, and what no workspace may keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.azure_defaults import BASE_IMAGE, default_conda
from azml_magics.definitions.codecs.azure_v1 import (
    CONDA_FILE,
    DOCKERFILE,
    ENVIRONMENT_FILE,
    AzureReading,
    check_azure_files,
    environment_document,
    is_reference,
    parse_azure_json,
    plain_conda,
    read_environment_document,
    render_azure_files,
)
from azml_magics.definitions.codecs.azure_v1_document import BLANK, differences, merged
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.environment import Environment, conda_environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import DeclarationError, Place

OURS = Environment("digits", "3.11", parse_requirements("numpy==2.2.6\npandas"), (("LEVEL", "1"),))
AZURES = conda_environment("plain", default_conda())


def read(document: Mapping[str, Any], **files: str) -> AzureReading:
    return read_environment_document(document, source="environment.json", **files)


def quietly(document: Mapping[str, Any], **files: str) -> Environment:
    reading = read(document, **files)
    assert reading.findings == ()
    return reading.environment


def faults(document: Mapping[str, Any], **files: str) -> list[tuple[str, str]]:
    with pytest.raises(DeclarationError) as raised:
        read(document, **files)
    assert str(raised.value) == "environment.json is no environment of Azure's"
    assert all(finding.remedy for finding in raised.value.findings)
    return [(finding.code, finding.message) for finding in raised.value.findings]


def warnings(document: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    findings = read(document).findings
    assert {finding.severity for finding in findings} <= {"warning"}
    return [(finding.code, finding.message, finding.remedy) for finding in findings]


# ours -----------------------------------------------------------------------------------------------------------------


def test_an_environment_of_ours_as_azure_writes_it() -> None:
    document = environment_document(OURS)
    assert list(document) == list(BLANK)
    assert list(document["docker"]) == list(BLANK["docker"])
    assert list(document["python"]) == [*BLANK["python"], "condaDependencies"]
    assert document["environmentVariables"] == {"LEVEL": "1"}
    assert document["docker"]["baseImage"] == BASE_IMAGE
    assert document["docker"]["shmSize"] == "2g"
    assert document["python"]["condaDependencies"] == {
        "name": "project_environment",
        "dependencies": ["python=3.11", "pip", {"pip": ["numpy==2.2.6", "pandas"]}],
        "channels": ["conda-forge"],
    }
    files = render_azure_files(OURS)
    assert list(files) == [ENVIRONMENT_FILE, CONDA_FILE]
    assert "condaDependencies" not in json.loads(files[ENVIRONMENT_FILE])["python"]
    assert files[ENVIRONMENT_FILE].endswith("}")


@pytest.mark.parametrize(
    "environment",
    [
        OURS,
        AZURES,
        Environment("empty"),
        replace(OURS, python=None),
        replace(OURS, requirements=parse_requirements("")),
        replace(
            OURS, image_source=ImageSource("local/base:1", user_managed=True, interpreter_path="/opt/py/bin/python")
        ),
        replace(OURS, image_source=ImageSource(dockerfile="FROM a\r\nRUN b\n")),
        replace(OURS, image_source=ImageSource(image=BASE_IMAGE.replace("openmpi", "other"))),
        conda_environment("solved", CondaDependencies(("python=3.11", "numpy"), ("conda-forge",))),
        conda_environment("piped", CondaDependencies(("python=3.11", "pip", PipSection(("a",))), ("other",))),
    ],
)
def test_what_is_written_is_the_same_environment_again(environment: Environment) -> None:
    again = quietly(environment_document(environment))
    assert (again.digest(), again.name, again.azure_details) == (environment.digest(), environment.name, "")
    files = render_azure_files(environment)
    document = parse_azure_json(files[ENVIRONMENT_FILE], source=ENVIRONMENT_FILE)
    beside = {"conda_text": CONDA_FILE, "dockerfile": DOCKERFILE}
    again = quietly(document, **{key: files[name] for key, name in beside.items() if name in files})
    assert again.digest() == environment.digest()


def test_the_version_is_told_and_not_read() -> None:
    document = environment_document(replace(OURS, version=3))
    assert document["version"] == "3"
    assert quietly({**document, "assetId": "azureml://x/versions/3"}) == quietly(environment_document(OURS))


def test_an_environment_that_asks_for_nothing_has_no_conda_packages() -> None:
    assert plain_conda(Environment("empty")) is None
    assert list(render_azure_files(Environment("empty"))) == [ENVIRONMENT_FILE]
    (any_python, pip, _) = plain_conda(replace(OURS, python=None)).dependencies  # type: ignore[union-attr]
    assert (any_python, pip) == ("python", "pip")
    assert plain_conda(Environment("a", "3.11")) == CondaDependencies(
        ("python=3.11",), ("conda-forge",), "project_environment"
    )


def test_what_the_files_have_no_place_for() -> None:
    assert check_azure_files(OURS) == []
    source = ImageSource(apt=("git",), steps_before=("RUN a",), context="/c", site_packages="/s", packages="bake")
    whole = replace(
        OURS,
        version=2,
        image_source=source,
        lock=Lock("d", "3.11", "linux"),
        description="digits",
        tags=(("a", "b"),),
        requirements=parse_requirements("--index-url https://me:hunter2@example.org/simple\na"),
    )
    left_out, credentials = check_azure_files(whole)
    assert left_out.message == (
        "Azure's v1 files have no place for apt packages, steps, context, site-packages, packages, lock, description, "
        "tags"
    )
    assert left_out.place == Place("environment digits:2")
    assert left_out.remedy == (
        "write what builds the image into a Dockerfile; lock it again where it is loaded; files of Azure's v2 have one"
    )
    assert credentials.code == "credentials"
    assert "hunter2" not in repr(credentials)
    line = PipSection(("--index-url https://me:hunter2@example.org/simple",))
    without_python = conda_environment("a", CondaDependencies((line,)))
    assert [finding.code for finding in check_azure_files(without_python)] == ["no-python", "credentials"]
    channel = CondaDependencies(("python", "a"), ("https://example.org/t/hunter2/c",))
    local = Environment("a", requirements=parse_requirements("b @ file:///w/b-1-py3-none-any.whl"))
    found = [*check_azure_files(conda_environment("a", channel)), *check_azure_files(local)]
    assert [finding.code for finding in found] == ["credentials", "local-packages"]
    assert "hunter2" not in repr(found)
    assert check_azure_files(replace(OURS, python=None)) == check_azure_files(Environment("empty")) == []


# Azure's --------------------------------------------------------------------------------------------------------------


def test_azures_defaults() -> None:
    whole = environment_document(AZURES)
    read_again = quietly(whole)
    assert (read_again.python, read_again.requirements.canonical_lines()) == ("3.8.13", ("azureml-defaults",))
    assert read_again.image_source == ImageSource()
    assert not read_again.needs_conda
    assert read_again.conda == default_conda()


@pytest.mark.parametrize(
    "document",
    [{"name": "a", "python": {}}, {"name": "a", "python": None, "docker": None, "environmentVariables": None}],
)
def test_what_is_left_out_is_as_azure_reads_it(document: dict[str, Any]) -> None:
    environment = quietly(document)
    written = environment_document(environment)
    assert written["docker"]["baseImage"] is None
    assert written["docker"]["shmSize"] is None
    assert written["environmentVariables"] == {}
    assert "condaDependencies" not in written["python"]
    assert quietly(written) == environment


def test_everything_else_is_kept() -> None:
    document: dict[str, Any] = {
        "name": "spark",
        "docker": {"enabled": True, "arguments": ["--gpus", "all"], "platform": {"os": "Windows"}},
        "spark": {"packages": [{"group": "g", "artifact": "a", "version": "1"}], "precachePackages": False},
        "databricks": {"pypiLibraries": [{"package": "a"}]},
        "r": {"rVersion": "4.1", "cranPackages": [{"name": "x"}]},
        "inferencingStackVersion": "latest",
    }
    environment = quietly(document)
    written = environment_document(environment)
    for key, value in document.items():
        if isinstance(value, dict):
            assert {**written[key], **{name: written[key][name] for name in value}} == merged(written[key], value)
        else:
            assert written[key] == value
    assert quietly(written) == environment
    assert environment.digest() != quietly({"name": "spark"} | {"python": {}}).digest()


def test_what_the_environment_says_now_wins_over_what_the_file_said() -> None:
    from_file = quietly({"name": "a", "docker": {"buildContext": {"locationType": "git", "location": "x"}}})
    assert environment_document(from_file)["docker"]["buildContext"] == {"locationType": "git", "location": "x"}
    changed = replace(from_file, image_source=ImageSource("local/base:1"), python="3.11")
    written = environment_document(changed)
    assert (written["docker"]["baseImage"], written["docker"]["buildContext"]) == ("local/base:1", None)
    user_managed = quietly(
        {"name": "a", "python": {"userManagedDependencies": True, "condaDependencies": default_conda().document()}}
    )
    assert user_managed.conda is None
    assert user_managed.requirements.canonical_lines() == ()
    assert environment_document(user_managed)["python"]["condaDependencies"] == default_conda().document()
    managed = replace(user_managed, image_source=ImageSource("local/base:1"), python="3.11")
    assert environment_document(managed)["python"]["condaDependencies"]["dependencies"] == ["python=3.11"]


def test_files_win_over_what_stands_inside() -> None:
    document = {
        "name": "a",
        "python": {"condaDependencies": {"dependencies": ["python=3.8"]}, "interpreterPath": "python3.9"},
        "docker": {"baseDockerfile": "FROM inside\n"},
    }
    inside = quietly(document)
    assert (inside.python, inside.image_source.dockerfile) == ("3.8", "FROM inside\n")
    assert inside.image_source.interpreter_path == "python3.9"
    beside = quietly(document, conda_text="dependencies:\n- python=3.11\n", dockerfile="FROM beside\n")
    assert (beside.python, beside.image_source.dockerfile) == ("3.11", "FROM beside\n")


def test_a_dockerfile_wins_over_an_image() -> None:
    document = {"name": "a", "docker": {"baseImage": "ubuntu:22.04", "baseDockerfile": "FROM a\n"}}
    assert read(document).environment.image_source == ImageSource(dockerfile="FROM a\n")
    assert warnings(document) == [
        (
            "exclusive-keys",
            "the image ubuntu:22.04 is not used: the Dockerfile says what the image is made from",
            "keep one of them",
        )
    ]
    written = environment_document(read(document).environment)
    assert (written["docker"]["baseImage"], written["docker"]["baseDockerfile"]) == (None, "FROM a\n")


@pytest.mark.parametrize("image", ["team/base:1", "registry.example.org/team/base:1"])
def test_an_image_of_a_registry(image: str) -> None:
    document = {"name": "a", "docker": {"baseImage": image, "baseImageRegistry": {"address": "registry.example.org"}}}
    environment = quietly(document)
    assert environment.image_source.image == "registry.example.org/team/base:1"
    written = environment_document(environment)
    assert written["docker"]["baseImage"] == image
    assert written["docker"]["baseImageRegistry"]["address"] == "registry.example.org"


@pytest.mark.parametrize(
    ("registry", "remedy", "whose"),
    [
        ({"address": "registry.example.org", "username": "me", "password": "hunter2"}, "registry.example.org", None),
        ({"address": "registry.example.org", "password": "hunter2"}, "registry.example.org", None),
        ({"username": "me", "password": "hunter2"}, "", "the image registry"),
    ],
)
def test_credentials_of_a_registry_are_not_kept(registry: dict[str, str], remedy: str, whose: str | None) -> None:
    document = {"name": "a", "docker": {"baseImage": "team/base:1", "baseImageRegistry": registry}}
    reading = read(document)
    assert "hunter2" not in repr(reading)
    assert warnings(document) == [
        (
            "registry-credentials",
            f"user name and password of {whose or 'registry registry.example.org'} are not kept",
            f"log in once on this machine: docker login {remedy}".rstrip(),
        )
    ]
    written = environment_document(reading.environment)["docker"]["baseImageRegistry"]
    assert (written["username"], written["password"]) == (None, None)


def test_other_secrets_are_not_kept_either() -> None:
    document = {
        "name": "a",
        "docker": {"buildContext": {"location": "https://store.example.org/c?sv=1&sig=hunter2&se=2"}},
        "r": {"githubPackages": [{"repository": "a/b", "authToken": "hunter2"}], "rVersion": 4},
        "spark": {"repositories": ["https://me:hunter2@example.org/maven", "https://example.org/other"]},
    }
    reading = read(document)
    assert "hunter2" not in repr(reading)
    assert sorted(message for _, message, _ in warnings(document)) == [
        "the authToken is not kept",
        "the credentials in the address https://example.org/maven (repositories) are not kept",
        "the credentials in the address https://store.example.org/c?sv=1&se=2 (location) are not kept",
    ]
    written = environment_document(reading.environment)
    assert written["spark"]["repositories"] == ["https://example.org/maven", "https://example.org/other"]
    assert written["r"]["githubPackages"] == [{"repository": "a/b", "authToken": None}]


def test_unknown_keys_are_told_and_left_out() -> None:
    document = {"name": "a", "colour": 1, "docker": {"gpuSupport": True, "platform": {"abi": 1}}, "python": {"pip": 1}}
    assert [message for _, message, _ in warnings(document)] == [
        "key colour is not read",
        "key python.pip is not read",
        "key docker.gpuSupport is not read",
        "key docker.platform.abi is not read",
    ]
    assert quietly(environment_document(read(document).environment)).name == "a"


def test_variables_become_texts() -> None:
    document = {"name": "a", "environmentVariables": {"B": "b", "A": 1, "C": True, "D": None, "E": [1]}}
    assert read(document).environment.environment_variables == (
        ("A", "1"), ("B", "b"), ("C", "true"), ("D", ""), ("E", "[1]"),
    )  # fmt: skip
    assert [message for _, message, _ in warnings(document)] == [
        "variable A is no text: it is taken as '1'",
        "variable C is no text: it is taken as 'true'",
        "variable D is no text: it is taken as ''",
        "variable E is no text: it is taken as '[1]'",
    ]


def test_lines_for_pip_that_cannot_be_used_are_kept_and_told() -> None:
    conda = CondaDependencies(("python=3.9", PipSection(("# comment", "a==1", "-e ."))), ("conda-forge",))
    reading = read({"name": "a", "python": {"condaDependencies": conda.document()}})
    assert reading.environment.conda == conda
    assert reading.environment.requirements.canonical_lines() == ("a==1",)
    assert [(finding.code, finding.severity) for finding in reading.findings] == [("unsupported-option", "warning")]


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        ({}, "missing-name", "the environment has no name"),
        ({"name": ""}, "missing-name", "the environment has no name"),
        ({"name": 5}, "missing-name", "the environment has no name"),
        ({"name": "a", "python": []}, "wrong-type", "python is no JSON object"),
        ({"name": "a", "docker": "x"}, "wrong-type", "docker is no JSON object"),
        ({"name": "a", "docker": {"baseImage": 5}}, "wrong-type", "docker.baseImage is no text"),
        (
            {"name": "a", "python": {"userManagedDependencies": "yes"}},
            "wrong-type",
            "python.userManagedDependencies is neither true nor false",
        ),
        ({"name": "a", "environmentVariables": []}, "wrong-type", "environmentVariables is no JSON object"),
        ({"name": "a", "environmentVariables": {"A=B": ""}}, "invalid-variable", "'A=B' cannot be a variable"),
        ({"name": "a", "environmentVariables": {"": ""}}, "invalid-variable", "'' cannot be a variable"),
        (
            {"name": "a", "python": {"condaDependencies": {"foo": 1}}},
            "unknown-key",
            "unknown key 'foo' in a conda specification",
        ),
    ],
)
def test_what_is_wrong(document: dict[str, Any], code: str, message: str) -> None:
    assert faults(document) == [(code, message)]


def test_faults_of_the_conda_file_and_the_others_come_together() -> None:
    found = faults({"python": {"userManagedDependencies": 1}}, conda_text="- numpy")
    assert [code for code, _ in found] == ["missing-name", "wrong-type", "not-a-mapping"]


def test_no_json() -> None:
    for text, code, place in [
        ("[]", "not-a-mapping", Place("a.json")),
        ('{\n "a": x}', "invalid-json", Place("a.json", 2, 7, ' "a": x}')),
        ("[" * 200_000, "invalid-json", Place("a.json")),
        ("null", "not-a-mapping", Place("a.json")),
        ('{"r": ' + "[" * 60 + "]" * 60 + "}", "invalid-json", Place("a.json")),
        ('{"name": "\\ud800"}', "invalid-json", Place("a.json")),
    ]:
        with pytest.raises(DeclarationError) as raised:
            parse_azure_json(text, source="a.json")
        assert (raised.value.code, raised.value.place) == (code, place)


def test_references() -> None:
    assert is_reference({})
    assert is_reference({"name": "a", "version": "1"})
    assert not is_reference({"name": "a", "python": {}})


# properties -----------------------------------------------------------------------------------------------------------

_scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
_maps = st.dictionaries(st.sampled_from("abcd"), _values, max_size=4)


@given(base=_maps, extra=_maps)
def test_differences_are_what_merging_needs(base: dict[str, Any], extra: dict[str, Any]) -> None:
    wanted = merged(base, extra)
    found = differences(base, wanted)
    assert json.dumps(merged(base, found), sort_keys=True) == json.dumps(wanted, sort_keys=True)
    assert differences(wanted, wanted) == {}


_packages = st.lists(st.sampled_from(["numpy", "python=3.9", "pip=21.0", "scipy>=1"]), unique=True, max_size=3)
_pip = st.lists(st.sampled_from(["a==1", "b", "# c", "", "--pre", "-e ."]), unique=True, max_size=4)
_conda = st.builds(
    lambda packages, lines, channels: CondaDependencies(
        (*packages, *([PipSection(tuple(lines))] if lines else [])), tuple(channels), "project_environment"
    ).document(),
    _packages,
    _pip,
    st.lists(st.sampled_from(["anaconda", "conda-forge"]), unique=True, max_size=2),
)
_documents = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b c"])},
    optional={
        "environmentVariables": st.dictionaries(st.sampled_from("AB"), st.text("xy", max_size=3)),
        "python": st.fixed_dictionaries(
            {},
            optional={
                "userManagedDependencies": st.booleans(),
                "interpreterPath": st.sampled_from(["python", "python3", "/opt/python"]),
                "baseCondaEnvironment": st.none() | st.just("base"),
                "condaDependencies": _conda,
            },
        ),
        "docker": st.fixed_dictionaries(
            {},
            optional={
                "enabled": st.booleans(),
                "baseImage": st.none() | st.sampled_from([BASE_IMAGE, "a:1", "h.example.org/a:1"]),
                "baseDockerfile": st.none() | st.just("FROM a\n"),
                "shmSize": st.none() | st.just("8g"),
                "arguments": st.lists(st.text("-a", max_size=3), max_size=2),
                "baseImageRegistry": st.just({"address": "h.example.org"}),
            },
        ),
        "r": st.none() | st.fixed_dictionaries({"rVersion": st.just("4")}),
        "spark": st.fixed_dictionaries({}, optional={"precachePackages": st.booleans()}),
    },
)


@given(document=_documents)
def test_a_document_is_written_again_as_it_was_read(document: dict[str, Any]) -> None:
    environment = read(document).environment
    written = environment_document(environment)
    again = read(written).environment
    assert again == environment
    assert environment_document(again) == written
    for section in ("python", "docker", "spark"):
        for key, value in document.get(section, {}).items():
            if key == "baseImage" and document["docker"].get("baseDockerfile"):
                assert written[section][key] is None
            elif key == "baseImageRegistry":
                assert written[section][key] == {**BLANK["docker"]["baseImageRegistry"], **value}
            else:
                assert written[section][key] == value


def _keys(mapping: Mapping[str, Any]) -> set[str]:
    inner = (_keys(value) for value in mapping.values() if isinstance(value, Mapping))
    return {*mapping}.union(*inner)


_known = st.sampled_from(sorted({*_keys(BLANK), "condaDependencies", "dependencies", "pip", "channels", "authToken"}))
_texts = st.text(max_size=3) | st.sampled_from(["python=3.8", "FROM a", "https://me:pw@example.org/a?sig=1&b=2"])
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | _texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_known | st.text(max_size=2), inner, max_size=5),
    max_leaves=15,
)


@given(document=st.dictionaries(_known, _anything, max_size=8))
def test_any_document_is_read_or_refused_with_a_reason(document: dict[str, Any]) -> None:
    try:
        environment = read({**document, "name": "a"}).environment
    except DeclarationError as error:
        assert error.lines()  # noqa: PT017
        return
    again = read(environment_document(environment)).environment
    assert again.digest() == environment.digest()
    assert ENVIRONMENT_FILE in render_azure_files(again)
