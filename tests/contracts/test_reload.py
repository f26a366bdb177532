"""Reload on every engine: the new script serves, no request is dropped, a broken script changes nothing."""

from __future__ import annotations

import json
import re
import signal
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.errors import ScriptError, ServiceError
from azml_magics.events import Event, LogLine, Note
from azml_magics.session import Session

#: A request that holds is answered once another one has let it go: both meet at a pipe that all workers see.
SCRIPT = """\
import json, os
REVISION = {revision}
def init():
    pass
def run(raw):
    asked = json.loads(raw)
    if "hold" in asked:
        os.mkfifo(asked["hold"])
        print("holding", flush=True)
        open(asked["hold"]).close()
        os.unlink(asked["hold"])
    if "let_go" in asked:
        open(asked["let_go"], "w").close()
    return REVISION
"""
#: Says that it is tried, and never gets ready.
ENDLESS = "import time\ndef init():\n    print('trying', flush=True)\n    time.sleep(600)\ndef run(d): return 1\n"


def instance(session: Session, name: str) -> str:
    """What the service is on this machine: a process, or a container."""
    report = session.service(name)
    return str(report.pid or report.container)


def answer(session: Session, name: str, **body: object) -> Any:
    response = session.score(name, ScoringRequest(json.dumps(body).encode(), timeout_seconds=300))
    assert response.status == 200, response.text
    return response.json()


@pytest.fixture
def script(contract_folder: Path, request: pytest.FixtureRequest) -> Path:
    folder = contract_folder / re.sub(r"\W+", "-", request.node.name)
    folder.mkdir()
    path = folder / "score.py"
    path.write_text(SCRIPT.format(revision=0))
    return path


def deploy(session: Session, engine: str, name: str, script: Path, **options: object) -> None:
    session.deploy(
        DeployRequest(name, str(script), requirements_file="requirements.txt", engine=engine, **options)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_every_edit_is_served(session: Session, engine: str, script: Path, workers: int) -> None:
    name = f"edits-{workers}"
    deploy(session, engine, name, script, workers=workers)
    identity = instance(session, name)
    assert answer(session, name) == 0
    for revision in range(1, 8):
        script.write_text(SCRIPT.format(revision=revision))
        session.reload(name)
        assert {answer(session, name) for _ in range(2 * workers)} == {revision}
    assert instance(session, name) == identity
    session.stop(name)


def test_a_running_request_is_answered_and_none_is_refused(session: Session, engine: str, script: Path) -> None:
    deploy(session, engine, "busy", script)
    reloaded = threading.Event()
    events: list[Event] = []
    pipe = f"/tmp/azml-test-{uuid.uuid4().hex}"

    def many_requests() -> list[object]:
        answers = [answer(session, "busy")]
        while not reloaded.is_set():
            answers.append(answer(session, "busy"))
        return answers

    with ThreadPoolExecutor(4) as pool:
        long_request = pool.submit(answer, session, "busy", hold=pipe)
        assert any(line.endswith("holding") for line in session.logs("busy", follow=True))
        crowd = [pool.submit(many_requests) for _ in range(3)]
        try:
            script.write_text(SCRIPT.format(revision=1))
            session.reload("busy", emit=events.append)
            assert answer(session, "busy") == 1
            assert not long_request.done()
        finally:
            reloaded.set()
            answer(session, "busy", let_go=pipe)
        assert long_request.result() == 0  # by the script that it was sent to
        assert {each for requests in crowd for each in requests.result()} <= {0, 1}
    assert any(isinstance(event, Note) and "last request" in event.text for event in events)
    session.stop("busy")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("def init():\n    raise ValueError('no model')\ndef run(d):\n    return 1\n", "ValueError: no model"),
        ("import json\nx = 1 / 0\ndef init(): pass\ndef run(d): return 1\n", "ZeroDivisionError: division by zero"),
        ("import no_such_module\ndef init(): pass\ndef run(d): return 1\n", "No module named 'no_such_module'"),
    ],
    ids=["init raises", "module raises", "module missing"],
)
def test_a_broken_script_keeps_the_former_one_serving(
    session: Session, engine: str, script: Path, broken: str, said: str
) -> None:
    name = "broken-edit"
    deploy(session, engine, name, script)
    script.write_text(broken)
    with pytest.raises(ScriptError) as caught:
        session.reload(name)
    shown = "\n".join(caught.value.lines())
    assert said in shown
    assert "keeps serving the former script" in shown
    assert "azureml_inference_server_http" not in shown
    assert answer(session, name) == 0
    script.write_text(SCRIPT.format(revision=2))
    session.reload(name)
    assert answer(session, name) == 2
    session.stop(name)


def test_a_worker_that_dies_after_a_failed_reload_comes_back_with_the_former_script(
    session: Session, engine: str, script: Path
) -> None:
    text = SCRIPT.format(revision=0).replace(
        "    return REVISION", "    if json.loads(raw).get('exit'): raise SystemExit\n    return REVISION"
    )
    script.write_text(text)
    deploy(session, engine, "survivor", script)
    script.write_text("def init(): raise ValueError\ndef run(d): return 1\n")
    with pytest.raises(ScriptError):
        session.reload("survivor")
    assert session.score("survivor", ScoringRequest(b'{"exit": true}')).status == 500
    assert answer(session, "survivor") == 0
    session.stop("survivor")


def test_files_of_the_source_directory_are_reloaded_and_removed_ones_vanish(
    session: Session, engine: str, contract_folder: Path
) -> None:
    source = contract_folder / "with-helper"
    source.mkdir()
    (source / "helper.py").write_text("VALUE = 1\n")
    (source / "score.py").write_text(
        "import os, helper\ndef init(): pass\n"
        "def run(d): return [helper.VALUE, sorted(os.listdir(os.path.dirname(__file__)))]\n"
    )
    deploy(session, engine, "helped", Path("score.py"), source_directory=str(source))
    assert answer(session, "helped") == [1, ["helper.py", "score.py"]] or "__pycache__" in str(
        answer(session, "helped")
    )
    (source / "helper.py").write_text("VALUE = 2\n")
    (source / "extra.txt").write_text("x")
    session.reload("helped")
    value, names = answer(session, "helped")
    assert (value, "extra.txt" in names) == (2, True)
    (source / "extra.txt").unlink()
    session.reload("helped")
    value, names = answer(session, "helped")
    assert (value, "extra.txt" in names) == (2, False)
    session.stop("helped")


def test_preloaded_services_reload_too(session: Session, engine: str, script: Path) -> None:
    deploy(session, engine, "preloaded", script, environment_variables=(("WORKER_PRELOAD", "true"),))
    assert answer(session, "preloaded") == 0
    script.write_text(SCRIPT.format(revision=5))
    session.reload("preloaded")
    assert answer(session, "preloaded") == 5
    session.stop("preloaded")


def test_a_reload_that_takes_too_long_is_given_up_and_the_next_one_works(
    session: Session, engine: str, script: Path
) -> None:
    deploy(session, engine, "patient", script)
    record = session.workspace.get_service("patient")
    script.write_text(ENDLESS)
    impatient = replace(record.deployment, wait_seconds=1.0)
    assert record.endpoint is not None
    session.workspace.save_service(impatient, record.endpoint, {}, {})
    with pytest.raises(ServiceError) as caught:
        session.reload("patient")
    assert caught.value.code == "reload-timeout"
    assert "keeps serving the former script" in caught.value.brief
    assert answer(session, "patient") == 0
    session.workspace.save_service(record.deployment, record.endpoint, {}, {})
    script.write_text(SCRIPT.format(revision=3))
    session.reload("patient")
    assert answer(session, "patient") == 3
    session.stop("patient")


def test_one_worker_that_fails_among_several_takes_nothing_down(
    session: Session, engine: str, script: Path, tmp_path: Path
) -> None:
    deploy(session, engine, "several", script, workers=3)
    identity = instance(session, "several")
    turns = "".join(f"    if take({number}): {action}\n" for number, action in enumerate(["return", "1 / 0"]))
    script.write_text(
        "import os, time\n"
        "def take(turn):\n"
        "    try:\n"
        f"        os.close(os.open({str(tmp_path)!r} + f'/{{turn}}', os.O_CREAT | os.O_EXCL))\n"
        "    except FileExistsError:\n"
        "        return False\n"
        "    return True\n"
        f"def init():\n{turns}    time.sleep(600)\n"
        "def run(d): return 9\n"
    )
    with pytest.raises(ScriptError, match="keeps serving"):
        session.reload("several")
    assert {answer(session, "several") for _ in range(6)} == {0}
    script.write_text(SCRIPT.format(revision=4))
    session.reload("several")
    assert {answer(session, "several") for _ in range(6)} == {4}
    assert instance(session, "several") == identity
    session.stop("several")


def test_an_interrupt_gives_the_reload_up(session: Session, engine: str, script: Path) -> None:
    deploy(session, engine, "interrupted", script)
    script.write_text(ENDLESS)
    main = threading.main_thread().ident
    assert main is not None

    def interrupt_once_it_is_tried(event: Event) -> None:
        if isinstance(event, LogLine) and event.text.endswith("trying"):
            signal.pthread_kill(main, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        session.reload("interrupted", emit=interrupt_once_it_is_tried)
    assert answer(session, "interrupted") == 0
    script.write_text(SCRIPT.format(revision=6))
    session.reload("interrupted")
    assert answer(session, "interrupted") == 6
    session.stop("interrupted")
