"""A script runs with its arguments, its source, its variables and its packages; what it prints and leaves is kept."""

from __future__ import annotations

import json
import re
import resource
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.run import RunRequest
from azml_magics.errors import BuildError, DeclarationError, NotFoundError, WorkspaceError
from azml_magics.events import Event, Note
from azml_magics.runs.failure import describe_exit
from azml_magics.session import Session
from tests.runs.conftest import Submit, failure_of, make_wheel, printed

TELL = """\
import json, os, sys
print(json.dumps({
    "argv": sys.argv, "cwd": os.getcwd(), "files": sorted(os.listdir(".")), "name": __name__, "file": __file__,
    "path": sys.path[0], "variables": {name: os.environ.get(name) for name in
    ("AZUREML_RUN_ID", "AZUREML_ARM_PROJECT_NAME", "MINE", "SECRET_OF_THE_NOTEBOOK")},
}))
"""


def told(session: Session, run_id: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(next(session.runs.logs(run_id)))
    return found


def test_a_script_gets_what_it_would_get_from_python(
    session: Session, run_script: Submit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_NOTEBOOK", "x")
    (folder / "data.csv").write_text("1,2")
    record = run_script(TELL, "--alpha", "0.5", "-- --json", "", environment_variables=(("MINE", "yes"),))
    said = told(session, record.id)
    assert record.state == "Completed"
    assert record.exit_code == 0
    assert re.fullmatch(r"train_\d{10}_[0-9a-f]{8}", record.id)
    assert said["argv"] == ["train.py", "--alpha", "0.5", "-- --json", ""]
    assert said["cwd"] == said["path"] == str(record.working_directory)
    assert said["name"] == "__main__"
    assert said["file"] == str(record.working_directory / "train.py")
    assert {"data.csv", "train.py", "outputs", "logs"} <= set(said["files"])  # type: ignore[call-overload]
    variables = {
        "AZUREML_RUN_ID": record.id,
        "AZUREML_ARM_PROJECT_NAME": "train",
        "MINE": "yes",
        "SECRET_OF_THE_NOTEBOOK": None,
    }
    assert said["variables"] == variables


def test_output_comes_line_by_line_and_the_log_stays(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text(
        "import sys\nprint('one')\nprint('two', file=sys.stderr)\nsys.stdout.write('three')"
    )
    events: list[Event] = []
    record = session.runs.submit(RunRequest("train.py", use_current_python=True), emit=events.append)
    assert printed(events) == list(session.runs.logs(record.id)) == ["one", "two", "three"]
    assert list(session.runs.logs("latest", tail=1)) == ["three"]
    assert session.runs.wait(record.id, emit=events.append) == record  # followed once more, from the first line
    assert printed(events)[3:] == ["one", "two", "three"]


def test_outputs_and_logs_are_kept_also_of_a_run_that_fails(session: Session, run_script: Submit) -> None:
    script = """\
import os
open("outputs/model.pkl", "w").write("model")
os.makedirs("outputs/deep/er"); open("outputs/deep/er/x", "w").close()
open("logs/mine.log", "w").close(); open("beside.txt", "w").close()
raise SystemExit("no more")
"""
    error = failure_of(lambda: run_script(script))
    assert "exit code 1" in error.brief
    assert error.log_tail == ("no more",)
    record = session.runs.get(error.run_id)
    assert (record.state, record.exit_code) == ("Failed", 1)
    files = ["logs/mine.log", "outputs/deep/er/x", "outputs/model.pkl", "user_logs/std_log.txt"]
    assert session.runs.files(record.id) == files
    assert (record.directory / "work" / "beside.txt").exists()
    assert session.runs.path(record.id, "outputs/model.pkl").read_text() == "model"
    copies = session.runs.download(record.id, "outputs", Path("copies"))
    assert [path.relative_to(session.working_directory).as_posix() for path in copies] == [
        "copies/deep/er/x",
        "copies/model.pkl",
    ]
    with pytest.raises(DeclarationError, match="nothing was copied"):
        session.runs.download(record.id, "outputs/model.pkl", Path("copies"))
    with pytest.raises(NotFoundError, match="no file or folder") as missing:
        session.runs.path(record.id, "outputs/modle.pkl")
    assert "outputs/model.pkl" in missing.value.remedy
    with pytest.raises(NotFoundError):
        session.runs.path(record.id, "outputs/../../workspace.db")


def test_the_users_frames_are_shown_with_their_cell_lines(session: Session, folder: Path) -> None:
    (folder / "helper.py").write_text("def load():\n    raise ValueError('no data')\n")
    source = "import helper\n\n\nhelper.load()\n"
    script = EntryScript("train.py", source, Origin("cell In [7]", 1))
    error = failure_of(lambda: session.runs.submit(RunRequest("train.py", use_current_python=True), script=script))
    assert error.exception == "ValueError: no data"
    assert [frame.function for frame in error.frames] == ["<module>", "load"]
    lines = error.lines()
    assert "  cell In [7], line 5, in <module>" in lines
    assert "  helper.py, line 2, in load" in lines
    assert not any("script.py" in line for line in (*lines, *error.log_tail))
    assert session.runs.get("latest").error == "ValueError: no data"


def test_a_syntax_error_is_the_users_own_frame(run_script: Submit) -> None:
    error = failure_of(lambda: run_script("x = (\n"))
    assert error.exception.startswith("SyntaxError")
    assert [frame.file for frame in error.frames] == ["train.py"]


def test_a_script_that_asks_is_told_that_nobody_answers(run_script: Submit) -> None:
    error = failure_of(lambda: run_script("input()\n"))
    assert (error.exception, (error.remedy or "").partition(":")[0]) == (
        "EOFError: EOF when reading a line",
        "a run has no standard input",
    )


def test_pickles_and_processes_find_the_main_module(session: Session, run_script: Submit) -> None:
    script = """\
import multiprocessing, pickle

class Model:
    pass

def double(x):
    return 2 * x

if __name__ == "__main__":
    pickle.dump(Model(), open("outputs/model.pkl", "wb"))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [1, 2]))
"""
    record = run_script(script)
    assert list(session.runs.logs(record.id)) == ["[2, 4]"]
    assert b"__main__" in session.runs.path(record.id, "outputs/model.pkl").read_bytes()


def test_an_environment_is_registered_on_first_use_and_kept_with_the_run(
    session: Session, folder: Path, tmp_path: Path
) -> None:
    wheel = make_wheel(tmp_path, "azml_tiny")
    environment = Environment(
        "tiny",
        requirements=parse_requirements(f"azml_tiny @ {wheel.as_uri()}"),
        environment_variables=(("MINE", "of the environment"),),
    )
    (folder / "train.py").write_text("import os, azml_tiny, sys\nprint(os.environ['MINE'], sys.prefix)")
    record = session.runs.submit(RunRequest("train.py", experiment="my-exp"), environment=environment)
    assert (record.environment, record.experiment) == ("tiny:1", "my-exp")
    (said,) = session.runs.logs(record.id)
    assert said.startswith("of the environment ")
    assert str(session.workspace.packages_directory) in said
    kept = session.runs.environment(record.id)
    assert kept is not None
    assert kept.definition() == session.environments.get("tiny:1").definition()
    again = session.runs.submit(RunRequest("train.py", environment="tiny"))
    assert again.environment == "tiny:1"


def test_a_user_managed_environment_runs_with_the_users_python(session: Session, folder: Path, tmp_path: Path) -> None:
    (folder / "train.py").write_text("import sys\nprint(sys.executable)")
    own = tmp_path / "python"
    own.symlink_to(sys.executable)
    for named, used in ((None, sys.executable), (str(own), str(own))):
        source = ImageSource(user_managed=True, interpreter_path=named)
        record = session.runs.submit(RunRequest("train.py"), environment=Environment("mine", image_source=source))
        assert list(session.runs.logs(record.id)) == [used]
    missing = Environment("mine", image_source=ImageSource(user_managed=True, interpreter_path="/opt/no/python"))
    with pytest.raises(NotFoundError, match="not on this machine"):
        session.runs.submit(RunRequest("train.py"), environment=missing)
    assert session.runs.get("latest").state == "Failed"


def test_without_an_environment_there_is_a_default_one_and_it_is_said(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text("import numpy")
    events: list[Event] = []
    error = failure_of(lambda: session.runs.submit(RunRequest("train.py"), emit=events.append))
    assert error.exception.startswith("ModuleNotFoundError")
    assert "--environment NAME" in error.remedy
    assert session.runs.get("latest").environment == "default-environment:1"
    notes = [event.text for event in events if isinstance(event, Note)]
    assert any(note.startswith("no environment was named: default-environment") for note in notes)


def test_a_run_whose_packages_cannot_be_had_has_failed(session: Session, folder: Path, tmp_path: Path) -> None:
    (folder / "train.py").write_text("")
    wheel = make_wheel(tmp_path, "azml_later", python=">=99")
    environment = Environment("broken", requirements=parse_requirements(f"azml_later @ {wheel.as_uri()}"))
    with pytest.raises(BuildError):
        session.runs.submit(RunRequest("train.py"), environment=environment)
    record = session.runs.get("latest")
    assert record.state == "Failed"
    assert record.error


def test_what_cannot_be_run_is_refused_and_leaves_nothing(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text("")
    refused = {
        "train.txt": RunRequest("train.txt"),
        "both": RunRequest("train.py", environment="x", use_current_python=True),
        "experiment": RunRequest("train.py", experiment="my exp", use_current_python=True),
        "container": RunRequest("train.py", engine="docker", use_current_python=True),
        "place": RunRequest("train.py", engine="docker", snapshot=False),
        "elsewhere": RunRequest("../other/train.py", source_directory=".", use_current_python=True),
    }
    for request in refused.values():
        with pytest.raises(DeclarationError):
            session.runs.submit(request)
    with pytest.raises(NotFoundError, match="does not exist"):
        session.runs.submit(RunRequest("tran.py", use_current_python=True))
    with pytest.raises(NotFoundError, match="'unknown'"):
        session.runs.submit(RunRequest("train.py", environment="unknown"))
    with pytest.raises(NotFoundError, match="nothing has been run yet"):
        session.runs.get("latest")
    assert not (session.workspace.root / "runs").exists()


def test_another_image_than_that_of_the_environment_is_refused(session: Session, folder: Path) -> None:
    (folder / "train.py").write_text("")
    session.environments.register(Environment("vision", image_source=ImageSource("a.example.com/base:1")))
    with pytest.raises(DeclarationError) as caught:
        session.runs.submit(RunRequest("train.py", environment="vision", engine="docker", image="other:1"))
    assert "environment 'vision' has a.example.com/base:1, --image asks for other:1" in str(caught.value.findings[0])
    assert session.runs.list_all() == []


def test_variables_that_no_process_can_have_are_refused(session: Session, run_script: Submit) -> None:
    with pytest.raises(DeclarationError) as caught:
        run_script("", environment_variables=(("A=B", "1"),))
    assert caught.value.code == "invalid-variable"
    session.environments.register(Environment("odd", environment_variables=(("C=D", "1"),)))
    with pytest.raises(DeclarationError, match="environment 'odd:1'") as caught:
        run_script("", use_current_python=False, environment="odd")
    assert caught.value.code == "invalid-variable"
    assert session.runs.list_all() == []


def test_runs_are_found_by_id_and_by_experiment(session: Session, run_script: Submit) -> None:
    first = run_script("", experiment="one")
    second = run_script("", experiment="two")
    assert [record.id for record in session.runs.list_all()] == [second.id, first.id]
    assert [record.id for record in session.runs.list_all("one")] == [first.id]
    assert session.runs.get("latest") == second
    with pytest.raises(NotFoundError, match="there is no run") as missing:
        session.runs.get(first.id[:-1])
    assert first.id in missing.value.remedy


def test_a_model_remembers_the_run_it_comes_from(session: Session, run_script: Submit) -> None:
    record = run_script("open('outputs/model.pkl', 'w').write('ridge')")
    model = session.runs.register_model(
        record.id, "diabetes", "outputs/model.pkl", tags={"area": "x"}, framework="ScikitLearn"
    )
    assert dict(model.properties) == {"azml.run_id": record.id, "azml.experiment": "train"}
    assert (model.label, model.framework, dict(model.tags)) == ("diabetes:1", "ScikitLearn", {"area": "x"})
    assert session.models.path(model).read_text() == "ridge"
    assert session.runs.register_model(record.id, "model.pkl").basename == "model.pkl"  # by its name alone
    assert session.runs.details(record.id).models == ("diabetes:1", "model.pkl:1")
    with pytest.raises(NotFoundError):
        session.runs.register_model(record.id, "nothing")


def test_a_run_that_somebody_accompanies(session: Session) -> None:
    record = session.runs.start_interactive("by-hand", tags={"a": "1"})
    session.runs.log_metric(record.id, "mse", 0.5)
    session.runs.log_metric(record.id, "mse", 0.25)
    session.runs.set_tags(record.id, {"b": "2"})
    assert session.runs.get(record.id).state == "Running"
    assert session.runs.metric_values(record.id) == {"mse": [0.5, 0.25]}
    ended = session.runs.complete(record.id)
    assert (ended.state, dict(ended.tags)) == ("Completed", {"a": "1", "b": "2"})
    with pytest.raises(DeclarationError):
        session.runs.start_interactive("no such name")


def test_a_huge_line_and_odd_bytes_of_a_script(session: Session, run_script: Submit) -> None:
    script = (
        "import os\n"
        "os.write(1, b'x' * 5_000_000 + b'\\ncaf\\xe9 \\x1b[31m\\x00\\x0c\\x85 end\\n')\n"
        "raise ValueError('y' * 5_000_000 + '\\x0c\\u2028 end')\n"
    )
    error = failure_of(lambda: run_script(script))
    assert error.exception.startswith("ValueError: yyy")
    assert sum(map(len, [*error.log_tail, *error.lines()])) < 200_000
    whole = list(session.runs.logs(error.run_id))
    assert whole[0] == "x" * 5_000_000, "the log holds it all"
    assert whole[1] == "caf� \x1b[31m\x00\x0c� end"
    assert f"ValueError: {'y' * 5_000_000}\x0c\u2028 end" in whole


def test_a_full_disk_cannot_keep_a_run_from_saying_how_it_ended(run_script: Submit) -> None:
    record = run_script("import os\nprint(os.stat(os.environ['AZML_RUN_RECORD'] + '/.result.json').st_blocks > 0)")
    assert record.log_path.read_text() == "True\n"
    error = describe_exit(replace(record, directory=Path("/proc")), 1, out_of_memory=False)
    assert error == "the script ended with exit code 1; the disk of /proc is full, so it could not print why"


def test_a_run_that_the_disk_does_not_take_is_refused(session: Session, folder: Path, run_script: Submit) -> None:
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with (folder / "data.bin").open("wb") as data:
        data.truncate(9 << 20)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, most))
    try:
        with pytest.raises(WorkspaceError, match="preparing the run stopped") as caught:
            run_script("")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    assert "ulimit -f" in caught.value.remedy
    assert session.runs.list_all() == []
    assert list((session.workspace.root / "runs").glob("*/")) == []
