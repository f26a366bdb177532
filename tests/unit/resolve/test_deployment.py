"""Looking things up: what wins, what is offered, what is said when several things are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.definitions.declarations import Declarations
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment, EnvironmentDraft
from azml_magics.definitions.requirements import RequirementLine, Requirements
from azml_magics.errors import AzmlError, DeclarationError, NotFoundError
from azml_magics.resolve.deployment import refreshed_deployment, resolve_deployment
from azml_magics.resolve.facts import deployment_facts
from azml_magics.services.place import service_place
from azml_magics.workspace.workspace import Workspace, open_workspace

SCRIPT = "def init(): ...\ndef run(data): return data\n"
REQUEST = DeployRequest("digits", "score.py", environment="digits")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / ".azml", start=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def declarations() -> Declarations:
    declared = Declarations()
    declared.declare(EnvironmentDraft("digits", python="3.11"))
    declared.declare(EntryScript("score.py", SCRIPT, Origin("cell In [3]", 1)))
    return declared


def fail(request: DeployRequest, declarations: Declarations, workspace: Workspace, folder: Path) -> AzmlError:
    with pytest.raises(AzmlError) as caught:
        resolve_deployment(request, declarations, workspace, folder)
    return caught.value


def test_everything_declared(declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    request = replace(REQUEST, environment_variables=(("B", "2"), ("A", "1")), workers=2, port=8000, wait_seconds=5.0)
    deployment = resolve_deployment(request, declarations, workspace, tmp_path)
    assert deployment.name == "digits"
    assert deployment.environment == Environment("digits", "3.11")
    assert deployment.entry_script.origin == Origin("cell In [3]", 1)
    assert deployment.environment_variables == (("A", "1"), ("B", "2"))
    assert (deployment.workers, deployment.port, deployment.wait_seconds) == (2, 8000, 5.0)


def test_declared_environment_wins_over_the_registered_one(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.register_environment(Environment("digits", "3.12"))
    newest = resolve_deployment(REQUEST, declarations, workspace, tmp_path).environment
    assert newest is not None
    assert (newest.python, newest.version) == ("3.11", None)
    numbered = resolve_deployment(replace(REQUEST, environment="digits:1"), declarations, workspace, tmp_path)
    assert numbered.environment is not None
    assert (numbered.environment.python, numbered.environment.version) == ("3.12", 1)


def test_registered_environment_of_an_earlier_session(workspace: Workspace, tmp_path: Path) -> None:
    workspace.register_environment(Environment("digits", "3.12"))
    (tmp_path / "score.py").write_text(SCRIPT)
    deployment = resolve_deployment(REQUEST, Declarations(), workspace, tmp_path)
    assert deployment.environment is not None
    assert deployment.environment.version == 1


def test_unknown_environment_offers_declared_and_registered_names(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.register_environment(Environment("digest"))
    error = fail(replace(REQUEST, environment="digist"), declarations, workspace, tmp_path)
    assert isinstance(error, NotFoundError)
    assert error.code == "unknown-environment"
    assert "digits" in error.remedy
    assert "digest" in error.remedy


@pytest.mark.parametrize("version", ["2", "0", "x", ""])
def test_unknown_version(version: str, declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    error = fail(replace(REQUEST, environment=f"digits:{version}"), declarations, workspace, tmp_path)
    assert error.code == "unknown-environment-version"
    assert error.remedy == "leave the version out: digits"
    workspace.register_environment(Environment("digits"))
    error = fail(replace(REQUEST, environment=f"digits:{version}"), declarations, workspace, tmp_path)
    assert error.remedy == "versions: 1"


def test_requirements_file_becomes_an_environment(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "requirements.txt").write_text("-r more.txt\nnumpy==2.2.6\n")
    (tmp_path / "lists" / "more.txt").write_text("joblib\n")
    request = replace(REQUEST, environment=None, requirements_file="lists/requirements.txt")
    environment = resolve_deployment(request, declarations, workspace, tmp_path).environment
    assert environment is not None
    assert environment.name == "digits-requirements"
    assert environment.requirements.canonical_lines() == ("joblib", "numpy==2.2.6")


def test_service_named_like_a_curated_environment(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("joblib\n")
    request = replace(REQUEST, name="azureml-x", environment=None, requirements_file="requirements.txt")
    environment = resolve_deployment(request, declarations, workspace, tmp_path).environment
    assert environment is not None
    assert workspace.register_environment(environment).version == 1


def test_missing_requirements_file_offers_near_names(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("joblib\n")
    request = replace(REQUEST, environment=None, requirements_file="requirement.txt")
    error = fail(request, declarations, workspace, tmp_path)
    assert error.code == "requirements-file-missing"
    assert error.remedy == "did you mean requirements.txt?"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"environment": None}, "missing-argument"), ({"use_current_python": True}, "exclusive-options")],
)
def test_exactly_one_source_of_packages(
    changes: dict[str, object], code: str, declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    error = fail(replace(REQUEST, **changes), declarations, workspace, tmp_path)  # type: ignore[arg-type]  # by design
    assert isinstance(error, DeclarationError)
    assert error.code == code


def test_current_python_needs_no_environment(declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    request = replace(REQUEST, environment=None, use_current_python=True)
    deployment = resolve_deployment(request, declarations, workspace, tmp_path)
    assert deployment.environment is None
    assert deployment.use_current_python
    assert "pytest" in deployment_facts(deployment, workspace, Declarations()).current_packages


def test_script_file_is_found_beside_the_notebook(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "score.py").write_text(SCRIPT)
    declared = Declarations()
    declared.declare(EnvironmentDraft("digits"))
    script = resolve_deployment(
        replace(REQUEST, entry_script="src/score.py"), declared, workspace, tmp_path
    ).entry_script
    assert script.path == "src/score.py"
    assert script.file == (tmp_path / "src" / "score.py").resolve()
    assert script.source == SCRIPT
    absolute = str(tmp_path.parent / "elsewhere.py")
    Path(absolute).write_text(SCRIPT)
    assert (
        resolve_deployment(
            replace(REQUEST, entry_script=absolute), declared, workspace, tmp_path / "src"
        ).entry_script.path
        == "elsewhere.py"
    )


def test_missing_script_offers_cells_and_files(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "scores.py").write_text(SCRIPT)
    error = fail(replace(REQUEST, entry_script="scor.py"), declarations, workspace, tmp_path)
    assert error.code == "entry-script-missing"
    assert "score.py" in error.remedy
    assert "scores.py" in error.remedy
    other = fail(replace(REQUEST, entry_script="zzz.py"), declarations, workspace, tmp_path)
    assert other.remedy == "declare it in a cell: %%entry_script score.py"


@pytest.mark.parametrize("written", ["score.py", "src/score.py", "./score.py"])
def test_source_directory_makes_the_path_relative_to_it(written: str, workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "score.py").write_text(SCRIPT)
    (source / "model_code.py").write_text("")
    declared = Declarations()
    declared.declare(EnvironmentDraft("digits"))
    request = replace(REQUEST, entry_script=written, source_directory="src")
    deployment = resolve_deployment(request, declared, workspace, tmp_path)
    assert deployment.entry_script.path == "score.py"
    assert deployment.source_directory == source.resolve()
    facts = deployment_facts(deployment, workspace, Declarations())
    assert {"model_code", "score", "src"} <= facts.source_modules
    assert "model_code" in facts.sibling_modules
    assert set(facts.source_files) == {"model_code.py", "score.py"}


def test_script_outside_the_source_directory(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "score.py").write_text(SCRIPT)
    declared = Declarations()
    declared.declare(EnvironmentDraft("digits"))
    for written in ("score.py", "../score.py"):
        error = fail(replace(REQUEST, entry_script=written, source_directory="src"), declared, workspace, tmp_path)
        assert error.code == "entry-script-outside"


def test_declared_script_stands_in_the_source_directory(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "src").mkdir()
    declarations.declare(EntryScript("src/other.py", SCRIPT))
    for written, path in (("score.py", "score.py"), ("src/other.py", "other.py")):
        request = replace(REQUEST, entry_script=written, source_directory="src")
        assert resolve_deployment(request, declarations, workspace, tmp_path).entry_script.path == path


def test_models_by_name_and_version(declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    for content in ("one", "two"):
        (tmp_path / "model.pkl").write_text(content)
        workspace.register_model(tmp_path / "model.pkl", name="digits", tags={}, properties={}, description="")
    request = replace(REQUEST, models=("digits", "digits:1", "digits:2"))
    deployment = resolve_deployment(request, declarations, workspace, tmp_path)
    assert [model.label for model in deployment.models] == ["digits:2", "digits:1"]
    place = service_place(deployment, workspace)
    assert place.model_paths["digits:1"].read_text() == "one"
    assert place.directory.is_dir()
    assert service_place(deployment, workspace, directory=tmp_path).directory == tmp_path


def test_models_that_are_not_registered(declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    """AZUREML.md 3.8: they have version 0 and the first 30 characters of their name."""
    long = "m" * 31 + ".pkl"
    (tmp_path / long).write_text("one")
    (tmp_path / "models" / "net").mkdir(parents=True)
    (tmp_path / "models" / "net" / "w").write_text("x")
    request = replace(REQUEST, models=(f"./{long}", "models/net", "./models/net"))
    deployment = resolve_deployment(request, declarations, workspace, tmp_path)
    file, folder = deployment.models
    assert (file.label, file.basename, file.is_folder, file.size_bytes) == ("m" * 30 + ":0", long, False, 3)
    assert (folder.label, folder.basename, folder.is_folder) == ("net:0", "net", True)
    assert service_place(deployment, workspace).model_paths == {
        file.label: tmp_path / long,
        "net:0": tmp_path / "models" / "net",
    }
    assert workspace.list_models() == []
    (tmp_path / long).write_text("two")
    assert resolve_deployment(request, declarations, workspace, tmp_path).models[0].digest != file.digest


def test_a_link_to_a_model_keeps_its_name(declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    """Caches of models are folders of links to files with digests as names."""
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "1f").write_text("weights")
    (tmp_path / "model.pkl").symlink_to("blobs/1f")
    for written in ("./model.pkl", "./blobs/../model.pkl"):
        (model,) = resolve_deployment(replace(REQUEST, models=(written,)), declarations, workspace, tmp_path).models
        assert (model.label, model.basename) == ("model.pkl:0", "model.pkl")


def test_what_is_wrong_with_models_that_are_not_registered(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "model.pkl").write_text("one")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "model.pkl").write_text("two")
    error = fail(replace(REQUEST, models=("./modle.pkl",)), declarations, workspace, tmp_path)
    assert (error.code, error.remedy) == ("model-path", "did you mean model.pkl?")
    error = fail(replace(REQUEST, models=("model.pkl",)), declarations, workspace, tmp_path)
    assert error.code == "unknown-model"
    assert error.remedy.endswith("write --model ./model.pkl")
    error = fail(replace(REQUEST, models=("./model.pkl", "other/model.pkl")), declarations, workspace, tmp_path)
    assert isinstance(error, DeclarationError)
    assert [finding.code for finding in error.findings] == ["model-name-clash"]


def test_everything_wrong_is_said_at_once(declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    request = DeployRequest("digits", "zzz.py", environment="zzz", models=("unknown", "no name"), source_directory="no")
    error = fail(request, declarations, workspace, tmp_path)
    assert isinstance(error, DeclarationError)
    assert [finding.code for finding in error.findings] == [
        "source-directory-missing",
        "entry-script-missing",
        "unknown-environment",
        "unknown-model",
        "invalid-model",
    ]


def test_environment_asks_for_requirements_nobody_declared(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    declarations.declare(EnvironmentDraft("digits", requirements="list"))
    assert fail(REQUEST, declarations, workspace, tmp_path).code == "unknown-requirements"
    declarations.declare(Requirements("list", (RequirementLine("joblib", 1, "joblib"),)))
    environment = resolve_deployment(REQUEST, declarations, workspace, tmp_path).environment
    assert environment is not None
    assert environment.requirements.canonical_lines() == ("joblib",)


def test_refreshed_from_the_cell(declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    declarations.declare(EntryScript("src/other.py", SCRIPT))
    for request in (REQUEST, replace(REQUEST, entry_script="src/other.py", source_directory="src")):
        deployment = resolve_deployment(request, declarations, workspace, tmp_path)
        declarations.declare(EntryScript(request.entry_script, SCRIPT + "# changed\n", Origin("cell In [9]", 1)))
        fresh = refreshed_deployment(deployment, declarations).entry_script
        assert fresh.source.endswith("# changed\n")
        assert fresh.path == deployment.entry_script.path
        assert fresh.origin == Origin("cell In [9]", 1)


def test_refreshed_from_the_file(declarations: Declarations, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(SCRIPT)
    deployment = resolve_deployment(replace(REQUEST, entry_script="other.py"), declarations, workspace, tmp_path)
    (tmp_path / "other.py").write_text(SCRIPT + "# changed\n")
    assert refreshed_deployment(deployment, declarations).entry_script.source.endswith("# changed\n")
    (tmp_path / "other.py").unlink()
    with pytest.raises(NotFoundError) as caught:
        refreshed_deployment(deployment, declarations)
    assert caught.value.code == "entry-script-missing"


def test_script_of_another_session_is_left_as_it_is(
    declarations: Declarations, workspace: Workspace, tmp_path: Path
) -> None:
    deployment = resolve_deployment(REQUEST, declarations, workspace, tmp_path)
    assert refreshed_deployment(deployment, Declarations()) == deployment
