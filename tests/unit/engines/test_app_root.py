from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.model import Model
from azml_magics.engines import ServicePlace, app_root
from azml_magics.engines.app_root import contract_variables, lay_out, replaced_files
from azml_magics.errors import CancelledError
from azml_magics.events import Event, Progress

APP = Path("app")
SCRIPT = EntryScript("score.py", "def init(): pass\ndef run(d): return 1\n")


def model(name: str, version: int = 1, basename: str = "model.pkl", *, is_folder: bool = False) -> Model:
    return Model(name, version, basename, is_folder, "0" * 64, 1)


def deployment(**options: object) -> Deployment:
    return Deployment("svc", options.pop("script", SCRIPT), **options)  # type: ignore[arg-type]


def place(tmp_path: Path, models: dict[str, Path] | None = None, files: dict[str, Path] | None = None) -> ServicePlace:
    directory = tmp_path / "service"
    directory.mkdir(exist_ok=True)
    return ServicePlace(directory, models or {}, files or {})


def test_a_script_alone_is_named_by_its_basename() -> None:
    variables = contract_variables(deployment(script=EntryScript("sub/score.py", "")), APP)
    assert variables["AZUREML_ENTRY_SCRIPT"] == "score.py"
    assert variables["AML_APP_ROOT"] == "app"
    assert "AZUREML_SOURCE_DIRECTORY" not in variables
    assert "AZUREML_MODEL_DIR" not in variables


def test_a_source_directory_keeps_its_name() -> None:
    variables = contract_variables(
        deployment(script=EntryScript("sub/score.py", ""), source_directory=Path("/here/src")), APP
    )
    assert variables["AZUREML_ENTRY_SCRIPT"] == "src/sub/score.py"
    assert variables["AZUREML_SOURCE_DIRECTORY"] == "src"


def test_one_model_points_to_its_version_and_several_to_all() -> None:
    one = contract_variables(deployment(models=(model("digits", 3),)), APP)
    assert one["AZUREML_MODEL_DIR"] == "app/azureml-models/digits/3"
    two = contract_variables(deployment(models=(model("digits"), model("letters"))), APP)
    assert two["AZUREML_MODEL_DIR"] == "app/azureml-models"


def test_files_and_folders_of_models_keep_their_names(tmp_path: Path) -> None:
    file = tmp_path / "content" / "model.pkl"
    file.parent.mkdir()
    file.write_bytes(b"weights")
    folder = tmp_path / "content" / "net"
    (folder / "layers").mkdir(parents=True)
    (folder / "layers" / "one.bin").write_bytes(b"1")
    models = (model("digits", 2), model("net", 1, "net", is_folder=True))
    where = place(tmp_path, {"digits:2": file, "net:1": folder})
    app = lay_out(deployment(models=models), where)
    assert (app / "azureml-models/digits/2/model.pkl").read_bytes() == b"weights"
    assert (app / "azureml-models/digits/2/model.pkl").stat().st_ino == file.stat().st_ino  # no second copy
    assert (app / "azureml-models/net/1/net/layers/one.bin").read_bytes() == b"1"


def test_an_unregistered_model_is_copied_below_its_shortened_name(tmp_path: Path) -> None:
    """AZUREML.md 3.8: ``<basename[:30]>/0/<basename>``; the owner may write over the file at any time."""
    file = tmp_path / f"{'m' * 40}.pkl"
    file.write_bytes(b"weights")
    folder = tmp_path / "net"
    (folder / "layers").mkdir(parents=True)
    (folder / "layers" / "one.bin").write_bytes(b"1")
    local = replace(model("m" * 30, 0, file.name), local_path=file)
    assert (
        contract_variables(deployment(models=(local,)), APP)["AZUREML_MODEL_DIR"] == f"app/azureml-models/{'m' * 30}/0"
    )
    models = (local, replace(model("net", 0, "net", is_folder=True), local_path=folder))
    where = place(tmp_path, {local.label: file, "net:0": folder})
    app = lay_out(deployment(models=models), where, shared=True)
    copied = app / "azureml-models" / ("m" * 30) / "0" / file.name
    assert copied.read_bytes() == b"weights"
    assert copied.stat().st_ino != file.stat().st_ino
    assert (app / "azureml-models/net/0/net/layers/one.bin").read_bytes() == b"1"
    assert contract_variables(deployment(models=models), APP)["AZUREML_MODEL_DIR"] == "app/azureml-models"


def test_the_declared_script_wins_over_the_file_of_that_name(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "score.py").write_text("old")
    (source / "helper.py").write_text("VALUE = 1")
    files = {"score.py": source / "score.py", "helper.py": source / "helper.py"}
    app = lay_out(deployment(source_directory=source), place(tmp_path, files=files))
    assert (app / "src/score.py").read_text() == SCRIPT.source
    assert (app / "src/helper.py").read_text() == "VALUE = 1"


def test_replaced_files_get_a_later_second_and_come_back_on_failure(tmp_path: Path) -> None:
    where = place(tmp_path)
    app = lay_out(deployment(), where)
    target = app / "score.py"
    before = int(target.stat().st_mtime)
    edited = EntryScript("score.py", SCRIPT.source.replace("1", "2"))
    assert len(edited.source) == len(SCRIPT.source)
    with pytest.raises(RuntimeError), replaced_files(deployment(script=edited), where) as changed:
        assert changed
        assert target.read_text() == edited.source
        between = int(target.stat().st_mtime)
        assert between > before
        raise RuntimeError
    assert target.read_text() == SCRIPT.source
    assert int(target.stat().st_mtime) > between


def test_what_the_service_wrote_itself_is_left_alone(tmp_path: Path) -> None:
    where = place(tmp_path)
    app = lay_out(deployment(), where)
    (app / "cache.bin").write_bytes(b"x")
    with replaced_files(deployment(), where) as changed:
        assert not changed
    assert (app / "cache.bin").exists()


def test_added_files_vanish_again_when_the_reload_fails(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "helper.py").write_text("VALUE = 1")
    before = place(tmp_path, files={"helper.py": source / "helper.py"})
    app = lay_out(deployment(source_directory=source), before)
    (source / "more.py").write_text("")
    after = ServicePlace(before.directory, {}, {"more.py": source / "more.py"})
    with pytest.raises(RuntimeError), replaced_files(deployment(source_directory=source), after):
        assert sorted(path.name for path in (app / "src").iterdir()) == ["more.py", "score.py"]
        raise RuntimeError
    assert sorted(path.name for path in (app / "src").iterdir()) == ["helper.py", "score.py"]


def test_copying_a_large_model_is_told_and_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = tmp_path / "given.bin"
    content.write_bytes(b"x" * 5_000_000)
    given = replace(model("digits", 0, "given.bin"), local_path=content)
    told: list[Event] = []
    monkeypatch.setattr(app_root, "SHORT_SECONDS", 3600.0)
    lay_out(deployment(models=(given,)), model_place(tmp_path / "quick", content), emit=told.append)
    assert told == [], "it was over at once"

    monkeypatch.setattr(app_root, "SHORT_SECONDS", 0.0)
    app = lay_out(deployment(models=(given,)), model_place(tmp_path / "told", content), emit=told.append)
    assert (app / "azureml-models" / "digits" / "0" / "given.bin").stat().st_size == 5_000_000
    assert told[-1] == Progress(5_000_000, 5_000_000, "bytes", "copying models")

    cancel = Cancel()
    with pytest.raises(CancelledError):
        lay_out(
            deployment(models=(given,)),
            model_place(tmp_path / "cancelled", content),
            emit=lambda _: cancel.request(),
            cancel=cancel,
        )


def model_place(directory: Path, content: Path) -> ServicePlace:
    directory.mkdir()
    return ServicePlace(directory, {"digits:0": content}, {})
