"""Azure's v2 files: what they say, every fault at its place, and back again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.codecs.azure_v2 import AssetReference, read_root, warnings_of
from azml_magics.definitions.codecs.azure_v2_deployment import (
    DeploymentFile,
    read_deployment_yaml,
    render_deployment_yaml,
)
from azml_magics.definitions.codecs.azure_v2_endpoint import EndpointFile, read_endpoint_yaml, render_endpoint_yaml
from azml_magics.definitions.codecs.azure_v2_environment import (
    USUAL_ROUTES,
    BuildContext,
    EnvironmentFile,
    Route,
    read_environment_yaml,
    render_environment_yaml,
)
from azml_magics.definitions.codecs.azure_v2_model import ModelFile, read_model_yaml, render_model_yaml
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.errors import DeclarationError

READERS = {
    "environment": read_environment_yaml,
    "model": read_model_yaml,
    "deployment": read_deployment_yaml,
    "endpoint": read_endpoint_yaml,
}
DEPLOYMENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: my-endpoint
model:
  path: model/m.pkl
code_configuration:
  code: code
  scoring_script: score.py
environment:
  image: a.example.com/base:1
  conda_file: env/conda.yaml
environment_variables:
  A: "1"
  B: 2
instance_type: Standard_DS3_v2
instance_count: 1
liveness_probe: {period: 10}
"""


def faults(kind: str, text: str) -> list[tuple[str, int | None]]:
    with pytest.raises(DeclarationError) as caught:
        READERS[kind](text, source=f"{kind}.yml")
    assert all(finding.remedy for finding in caught.value.findings)
    return [(each.code, each.place.line if each.place else None) for each in caught.value.findings]


def test_an_environment_with_packages() -> None:
    text = "name: e\nversion: 3\nimage: a:1\nconda_file: env/conda.yaml\ndescription: d\ntags: {a: b, n: 1}\n"
    assert read_environment_yaml(text, source="environment.yml") == EnvironmentFile(
        "e", "3", "a:1", "env/conda.yaml", description="d", tags=(("a", "b"), ("n", "1"))
    )


def test_an_environment_with_packages_in_it() -> None:
    text = "name: e\nimage: a:1\nconda_file:\n  channels: [x]\n  dependencies: [python=3.10, {pip: [numpy]}]\n"
    conda = CondaDependencies(("python=3.10", PipSection(("numpy",))), ("x",))
    assert read_environment_yaml(text, source="environment.yml") == EnvironmentFile("e", image="a:1", conda=conda)


def test_an_environment_that_is_built() -> None:
    read = read_environment_yaml("name: e\nbuild: {path: ., dockerfile_path: d/File}\n", source="x")
    assert read.build == BuildContext(".", "d/File")
    assert read_environment_yaml("name: e\nbuild: {path: context}\n", source="x").build == BuildContext("context")


def test_an_environment_with_a_server() -> None:
    routes = "".join(f"  {name}: {{port: {route.port}, path: {route.path}}}\n" for name, route in USUAL_ROUTES.items())
    read = read_environment_yaml(f"name: e\nimage: a:1\ninference_config:\n{routes}", source="x")
    assert (read.routes, read.findings) == (USUAL_ROUTES, ())
    odd = read_environment_yaml(f"name: e\nimage: a:1\ninference_config:\n{routes.replace('5001', '80')}", source="x")
    assert odd.routes["scoring_route"] == Route(80, "/score")
    assert [finding.code for finding in odd.findings] == ["unusual-route"] * 3


def test_what_means_nothing_here_is_said_once() -> None:
    (finding,) = read_deployment_yaml(DEPLOYMENT, source="deployment.yml").findings
    assert (finding.code, finding.severity) == ("unused-field", "warning")
    assert finding.message.startswith("instance_type, instance_count, liveness_probe: ")
    assert finding.place is not None
    assert finding.place.line == 15


def test_a_deployment() -> None:
    read = read_deployment_yaml(DEPLOYMENT, source="deployment.yml")
    assert replace(read, findings=()) == DeploymentFile(
        "blue",
        "my-endpoint",
        ModelFile(path="model/m.pkl"),
        "code",
        "score.py",
        EnvironmentFile(image="a.example.com/base:1", conda_file="env/conda.yaml"),
        (("A", "1"), ("B", "2")),
    )
    assert read.service_name == "my-endpoint-blue"
    assert read_deployment_yaml("name: blue\n", source="x").service_name == "blue"


@pytest.mark.parametrize(
    ("written", "reference", "label"),
    [
        ("azureml:m:3", AssetReference("m", 3), "m:3"),
        ("azureml:m@latest", AssetReference("m"), "m"),
        ("azureml:a.b_c-d", AssetReference("a.b_c-d"), "a.b_c-d"),
    ],
)
def test_references(written: str, reference: AssetReference, label: str) -> None:
    read = read_deployment_yaml(f"name: x\nmodel: {written}\nenvironment: {written}\n", source="x")
    assert read.model == read.environment == reference
    assert reference.label == label


def test_a_model_and_an_endpoint() -> None:
    model = read_model_yaml("name: m\nversion: 1\ntype: custom_model\npath: m.pkl\nproperties: {a: ~}\n", source="x")
    assert model == ModelFile("m", "1", "m.pkl", "custom_model", properties=(("a", ""),))
    endpoint = read_endpoint_yaml("name: My-Endpoint\nauth_mode: aml_token\ntraffic: {blue: 90}\n", source="x")
    assert endpoint == EndpointFile("my-endpoint", "aml_token", traffic=(("blue", 90),))
    assert read_endpoint_yaml("name: abc\ndescription: |\n  one\n  two\n", source="x").description == "one\ntwo\n"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("environment", "image: a:1\n", [("missing-key", 1)]),
        ("environment", "name: x\n", [("missing-key", 1)]),
        ("environment", "name: x\nimage: a:1\nbuild: {path: .}\n", [("exclusive-keys", 3)]),
        ("environment", "name: x\nbuild: {path: .}\nconda_file: c.yml\n", [("exclusive-keys", 3)]),
        ("environment", "name: x\nbuild: {dockerfile_path: D}\n", [("missing-key", 2)]),
        ("environment", "name: x\nbuild: {path: https://example.com/x}\n", [("not-local", 2)]),
        ("environment", "name: x\nbuild: .\n", [("not-a-mapping", 2), ("missing-key", 2)]),
        ("environment", "name: x\nimage: A B\n", [("invalid-image", 2)]),
        ("environment", "name: x\nimage: a:1\nimgae: b\n", [("unknown-key", 3)]),
        ("environment", "name: x\nimage: a:1\nconda_file: {foo: 1}\n", [("unknown-key", 3)]),
        ("environment", "name: x\nimage: a:1\nconda_file: [a]\n", [("wrong-type", 3)]),
        ("environment", "name: [x]\nimage: a:1\ntags: {a: [1]}\n", [("wrong-type", 1), ("wrong-type", 3)]),
        ("environment", "name: x\nimage: a:1\ndescription: {a: 1}\n", [("wrong-type", 3)]),
        (
            "environment",
            "name: x\nimage: a:1\ninference_config:\n  liveness_route: {port: a, path: /}\n",
            [("missing-key", 4), ("missing-key", 4), ("wrong-type", 4), ("missing-key", 4)],
        ),
        ("environment", "- a\n", [("not-a-mapping", 1), ("missing-key", 1), ("missing-key", 1)]),
        ("environment", "", [("not-a-mapping", None)]),
        ("environment", "a: [", [("invalid-yaml", 1)]),
        ("model", "version: 1\n", [("missing-key", 1)]),
        ("model", "name: m\ntype: zzz\n", [("invalid-value", 2)]),
        ("model", "name: m\npath: azureml://datastores/x\n", [("not-local", 2)]),
        ("endpoint", "auth_mode: key\n", [("missing-key", 1)]),
        ("endpoint", "name: a_b\nauth_mode: zzz\n", [("invalid-endpoint-name", 1), ("invalid-value", 2)]),
        ("endpoint", "name: ab\n", [("invalid-endpoint-name", 1)]),
        ("endpoint", "name: abc-\n", [("invalid-endpoint-name", 1)]),
        ("endpoint", "name: [abc]\n", [("wrong-type", 1)]),
        ("endpoint", "name: abc\ntraffic: {a: 60, b: 60}\n", [("invalid-value", 2)]),
        ("endpoint", "name: abc\ntraffic: {a: x}\n", [("wrong-type", 2)]),
        ("deployment", "endpoint_name: x\n", [("missing-key", 1)]),
        ("model", DEPLOYMENT, [("wrong-file", 1)]),
        ("endpoint", "$schema: https://example.com/batchEndpoint.schema.json\nzzz: 1\n", [("wrong-file", 1)]),
        ("endpoint", "$schema: https://example.com/other.json\nname: abc\nzzz: 1\n", [("unknown-key", 3)]),
        ("endpoint", "$schema: [a]\n[b]: c\nname: abc\nzzz: 1\n", [("wrong-type", 2), ("unknown-key", 4)]),
        ("deployment", "name: x\nzzz: 1\n", [("unknown-key", 2)]),
        ("deployment", "name: x\nmodel: {name: m}\n", [("missing-key", 2)]),
        ("deployment", "name: x\nmodel: m.pkl\n", [("invalid-value", 2)]),
        ("deployment", "name: x\nmodel: &m\n  path: m.pkl\n  <<: *m\n", [("invalid-yaml", 2)]),
        ("deployment", "name: x\nmodel:\n  path: m.pkl\n  <<: 1\n", [("not-a-mapping", 4)]),
        ("deployment", "name: x\nmodel: azureml:/subscriptions/s\n", [("not-local", 2)]),
        ("deployment", "name: x\nenvironment: azureml:e@other\n", [("not-local", 2)]),
        ("deployment", "name: x\nenvironment: file:environment.yml\n", [("not-local", 2)]),
        ("deployment", "name: x\nenvironment: [a]\n", [("invalid-value", 2)]),
        ("deployment", "name: x\nenvironment_variables: {A=B: 1}\n", [("invalid-variable", 2)]),
        (
            "deployment",
            "instance_type: x\nname: x\nmodel: m.pkl\n",
            [("invalid-value", 3), ("unused-field", 1)],
        ),
        ("deployment", "name: x\ncode_configuration: {code: azureml:c:1}\n", [("not-local", 2)]),
    ],
)
def test_faults(kind: str, text: str, expected: list[tuple[str, int | None]]) -> None:
    assert sorted(faults(kind, text), key=str) == sorted(expected, key=str)


def test_mappings_are_taken_over_and_what_is_given_wins() -> None:
    model = "name: m\npath: m.pkl\ntags: &both\n  a: 1\n  b: 2\nproperties:\n  <<: [*both, {c: 3, b: 4}]\n  a: 5\n"
    assert read_model_yaml(model, source="x").properties == (("a", "5"), ("b", "2"), ("c", "3"))


def test_a_registered_model_below_path_is_told_how_to_be_named() -> None:
    with pytest.raises(DeclarationError) as caught:
        read_deployment_yaml("name: x\nmodel:\n  path: azureml:m:1\n", source="x")
    assert "model: azureml:m:1" in caught.value.findings[0].remedy


def test_plain_values() -> None:
    text = "a: 1\nb: [x, ~, true, 1.5]\nc: 2024-13-45\nd: 2024-01-02\ne: {f: '3.10'}\n"
    values, root = read_root(text, "x", 1, "a model")
    assert values.plain(root) == {
        "a": 1,
        "b": ["x", None, True, 1.5],
        "c": "2024-13-45",
        "d": "2024-01-02",
        "e": {"f": "3.10"},
    }
    circle, root = read_root("a: &a [*a]\n", "x", 1, "a model")
    circle.plain(root)
    with pytest.raises(DeclarationError) as caught:
        warnings_of(circle, "x")
    assert caught.value.code == "invalid-yaml"


# back again -----------------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and not text.startswith("azureml:") and "://" not in text
)
TEXTS = st.dictionaries(WORDS, WORDS, max_size=3).map(lambda found: tuple(sorted(found.items())))
CONDA = st.builds(
    lambda packages, lines: CondaDependencies(("python=3.10", *packages, PipSection(lines)), ("conda-forge",)),
    st.lists(st.sampled_from(["numpy", "pip", "scipy=1.10"]), max_size=2, unique=True),
    st.lists(st.sampled_from(["numpy==2.0.0", "pandas", "--pre"]), min_size=1, max_size=3, unique=True).map(tuple),
)
ABOUT = {"description": WORDS | st.just(""), "tags": TEXTS}
ENVIRONMENTS = st.one_of(
    st.builds(EnvironmentFile, WORDS, WORDS | st.none(), st.just("a:1"), WORDS | st.none(), **ABOUT),
    st.builds(EnvironmentFile, WORDS, st.just("2"), st.just("a:1"), conda=CONDA, **ABOUT),
    st.builds(EnvironmentFile, WORDS, st.none(), st.just("a:1"), routes=st.just(USUAL_ROUTES), **ABOUT),
    st.builds(EnvironmentFile, WORDS, build=st.builds(BuildContext, WORDS, WORDS), **ABOUT),
)
MODELS = st.builds(
    ModelFile,
    WORDS,
    WORDS | st.none(),
    WORDS,
    st.sampled_from(["custom_model", "mlflow_model"]),
    properties=TEXTS,
    **ABOUT,
)
REFERENCES = st.builds(AssetReference, st.just("m-1"), st.integers(1, 99) | st.none())


@given(ENVIRONMENTS)
def test_environments_come_back(file: EnvironmentFile) -> None:
    assert read_environment_yaml(render_environment_yaml(file), source="x") == file


@given(MODELS)
def test_models_come_back(file: ModelFile) -> None:
    assert read_model_yaml(render_model_yaml(file), source="x") == file


@given(
    st.builds(
        DeploymentFile,
        WORDS,
        WORDS,
        MODELS | REFERENCES | st.none(),
        WORDS,
        WORDS,
        ENVIRONMENTS | REFERENCES | st.none(),
        TEXTS.filter(lambda variables: not any("=" in name for name, _ in variables)),
        **ABOUT,
    )
)
def test_deployments_come_back(file: DeploymentFile) -> None:
    read = read_deployment_yaml(render_deployment_yaml(file), source="x")
    assert replace(read, findings=()) == file
    assert [finding.code for finding in read.findings] == ["unused-field"]  # the machine, which Azure wants


@given(
    st.builds(
        EndpointFile, st.just("abc"), st.sampled_from(["key", "aad_token"]), traffic=st.just((("a", 5),)), **ABOUT
    )
)
def test_endpoints_come_back(file: EndpointFile) -> None:
    assert read_endpoint_yaml(render_endpoint_yaml(file), source="x") == file


@given(st.sampled_from(sorted(READERS)), st.text(max_size=60))
def test_any_text_is_read_or_refused(kind: str, text: str) -> None:
    try:
        READERS[kind](text, source="x")
    except DeclarationError:
        return


def test_no_place_shows_credentials() -> None:
    text = "name: a\nbuild: {path: https://me:hunter2@example.org/x}\n"
    with pytest.raises(DeclarationError) as caught:
        read_environment_yaml(text, source="environment.yml")
    assert "hunter2" not in repr(caught.value.findings)
    assert [finding.code for finding in caught.value.findings] == ["not-local"]


@pytest.mark.parametrize(
    ("line", "code"),
    [("image: azureml:AzureML-x@latest", "invalid-image"), ("image: a:1\nconda_file: azureml://x", "not-local")],
)
def test_what_only_azure_has_is_told_as_that(line: str, code: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        read_environment_yaml(f"name: a\n{line}\n", source="environment.yml")
    assert [finding.code for finding in caught.value.findings] == [code]
    assert "azureml:" in caught.value.findings[0].message


def test_a_conda_file_may_be_marked_as_a_file() -> None:
    assert read_environment_yaml("name: a\nimage: a:1\nconda_file: file:c.yml\n", source="e").conda_file == "c.yml"
