"""Images really built, with BuildKit and with the engine's own builder: the same image, news and errors."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.build import image as image_module
from azml_magics.build.image import Builder, build_image
from azml_magics.cancel import Cancel
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import AzmlError, BuildError, CancelledError, PreflightError
from azml_magics.events import BuildStep, Event, LogLine, discard
from azml_magics.system.locks import locked
from tests.docker.building import BUILDERS, Workshop, machine_pip, served
from tests.docker.conftest import MakeImage
from tests.docker.private_engine import PrivateEngine
from tests.unit.build.wheelhouse import add_wheel

SCRIPT = """\
import json, os, subprocess

def init():
    global factor
    with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "factor.txt")) as file:
        factor = int(file.read())

def run(data):
    return {"result": factor * json.loads(data)["x"], "uid": os.getuid(), "sl": os.path.exists("/usr/games/sl")}
"""


@pytest.fixture
def base(plain_image: MakeImage) -> str:
    return plain_image("bookworm")


def failure_of(workshop: Workshop, dockerfile: str, **more: object) -> BuildError:
    with pytest.raises(BuildError) as caught:
        workshop.build(dockerfile, **more)  # type: ignore[arg-type]
    return caught.value


def test_a_dockerfile_as_the_documents_write_it(workshop: Workshop, inference_base: str, tmp_path: Path) -> None:
    dockerfile = f"""\
FROM {inference_base}

# Switch to root to install apt packages
USER root:root
RUN apt-get update && \\
    apt-get install -y --no-install-recommends sl && \\
    apt-get clean -y && \\
    rm -rf /var/lib/apt/lists/*

# Switch back to non-root user
USER dockeruser

# Code
COPY code /var/azureml-app
ENV AZUREML_ENTRY_SCRIPT=score.py

# Model
COPY model /var/azureml-app/azureml-models
ENV AZUREML_MODEL_DIR=/var/azureml-app/azureml-models
"""
    for name, text in {"code/score.py": SCRIPT, "model/factor.txt": "6", "notes/secret.txt": "not copied"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    image = workshop.build(dockerfile, directory=tmp_path, pip=machine_pip())
    assert workshop.inspect(image)["Config"]["User"] == "dockeruser"
    for serving in served(workshop.connection, image):
        assert serving.score({"x": 7}) == {"result": 42, "uid": 1000, "sl": True}


def test_the_steps_are_told(workshop: Workshop, base: str) -> None:
    dockerfile = f"FROM {base}\nRUN echo first; echo second\nCOPY note /note\n"
    workshop.build(dockerfile, {"note": workshop.mark.encode()})
    steps = [event for event in workshop.events if isinstance(event, BuildStep)]
    assert [(step.number, step.total) for step in steps if step.outcome == "started"] == [(1, 3), (2, 3), (3, 3)]
    assert [step.text for step in steps if step.outcome == "started"] == [
        f"FROM {base}",
        "RUN echo first; echo second",
        "COPY note /note",
    ]
    assert workshop.outcomes()[-1] == "done"
    assert all(step.seconds >= 0 for step in steps)
    assert isinstance(workshop.events[0], LogLine)
    assert "context: 1 files, 22 B" in workshop.events[0].text


def test_an_equal_build_takes_every_step_from_the_cache(workshop: Workshop, base: str) -> None:
    dockerfile = f"""\
FROM {base}
ARG greeting={workshop.mark}
RUN echo $greeting > /one
RUN pip install --break-system-packages six
COPY note /note
"""
    first = workshop.build(dockerfile, {"note": b"one"}, pip=machine_pip())
    second = workshop.build(dockerfile, {"note": b"one"}, pip=machine_pip())
    assert workshop.inspect(first)["Id"] == workshop.inspect(second)["Id"]
    assert set(workshop.outcomes()[1:]) == {"cached"}
    workshop.build(dockerfile, {"note": b"two"}, pip=machine_pip())
    assert workshop.outcomes()[-2:] == ["cached", "done"]


def test_pip_of_the_users_own_reaches_the_index_and_nothing_else_changes(workshop: Workshop, base: str) -> None:
    dockerfile = f"""\
FROM {base} AS early
ARG unused=1
RUN echo from-early > /made
FROM early
ARG package=six
ENV GREETING="hello world" LATER=no
LABEL kept=yes
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN useradd --create-home --uid 1234 somebody
WORKDIR /home/somebody
USER somebody
RUN python3 -m venv "$HOME/env" && "$HOME/env/bin/pip" install $package && \\
    echo "$GREETING" | cat > greeting.txt
RUN ["env/bin/pip", "download", "--no-deps", "six"]
COPY --from=early /made /copied
EXPOSE 5001
HEALTHCHECK NONE
ENTRYPOINT ["/bin/echo"]
CMD ["started"]
ENV LATER=yes
"""
    image = workshop.build(dockerfile, pip=machine_pip())
    config = workshop.inspect(image)["Config"]
    assert config["User"] == "somebody"
    assert config["WorkingDir"] == "/home/somebody"
    assert config["Entrypoint"] == ["/bin/echo"]
    assert config["Cmd"] == ["started"]
    assert config["Labels"] == {"kept": "yes", workshop.mark: "built"}
    assert {"GREETING=hello world", "LATER=yes"} <= set(config["Env"])
    assert not [entry for entry in config["Env"] if entry.startswith(("package", "XDG", "PIP"))]
    assert not config.get("Volumes")
    look = "cat greeting.txt /copied; ls; id -un; env/bin/python -c 'import six; print(six.__name__)'; stat -c %U env"
    shown = workshop.run(image, "sh", "-c", look).splitlines()
    assert shown[:2] == ["hello world", "from-early"]
    assert shown[-3:] == ["somebody", "six", "somebody"]
    assert any(name.startswith("six-") for name in shown)


def test_an_image_without_a_command_still_has_none(workshop: Workshop, base: str) -> None:
    image = workshop.build(f"FROM {base}\nRUN pip download --no-deps -d /wheels six\n", pip=machine_pip())
    config = workshop.inspect(image)["Config"]
    assert not config["Cmd"]
    assert not config["Entrypoint"]


def test_cancelling_stops_a_step_and_leaves_nothing(workshop: Workshop, base: str) -> None:
    dockerfile = f"FROM {base}\nLABEL {workshop.mark}=1\nRUN echo {workshop.mark}; echo running; sleep 3000\n"
    cancel, tag = Cancel(), workshop.tag()

    def watch(event: Event) -> None:
        if isinstance(event, LogLine) and event.text == "running":
            threading.Thread(target=cancel.request).start()

    with pytest.raises(CancelledError):
        build_image(
            dockerfile,
            tag,
            {},
            connection=workshop.connection,
            labels={},
            emit=watch,
            cancel=cancel,
            builder=workshop.builder,
        )
    assert workshop.api.images(name=tag) == []
    assert_soon(lambda: workshop.strays() == [])
    assert_soon(lambda: "sleep 3000" not in processes_of_the_engine(workshop.mark))


def test_cancelling_pip_stops_it_and_leaves_nothing(workshop: Workshop, base: str) -> None:
    dockerfile = (
        f"FROM {base}\nLABEL {workshop.mark}=1\nRUN echo {workshop.mark} > /made\n"
        f"RUN echo {workshop.mark}; echo running; sleep 3000; pip install six\n"
    )
    cancel, tag = Cancel(), workshop.tag()

    def watch(event: Event) -> None:
        if isinstance(event, LogLine) and event.text == "running":
            threading.Thread(target=cancel.request).start()

    with pytest.raises(CancelledError):
        build_image(
            dockerfile,
            tag,
            {},
            connection=workshop.connection,
            labels={},
            emit=watch,
            cancel=cancel,
            builder=workshop.builder,
            pip=machine_pip(),
        )
    assert workshop.api.images(name=tag) == []
    assert_soon(lambda: workshop.strays() == [])


def test_cancelled_before_it_begins(workshop: Workshop, base: str) -> None:
    cancel = Cancel()
    cancel.request()
    with pytest.raises(CancelledError):
        workshop.build(f"FROM {base}\nRUN true\n", cancel=cancel)


def test_equal_builds_at_a_time_are_one(workshop: Workshop, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = f"azureml/azureml_{workshop.mark.replace('-', '')}"
    dockerfile = f"FROM {base}\nRUN echo {workshop.mark}\n"
    together = threading.Barrier(3, timeout=300)

    @contextlib.contextmanager
    def locked_together(path: Path, *, cancel: Cancel, what: str) -> Iterator[None]:
        """All of them have seen that there is no such image before the first one builds it."""
        together.wait()
        with locked(path, cancel=cancel, what=what):
            yield

    monkeypatch.setattr(image_module, "locked", locked_together)
    results: list[str] = []
    told: list[Event] = []

    def work() -> None:
        results.append(
            build_image(
                dockerfile,
                tag,
                {},
                connection=workshop.connection,
                labels={workshop.mark: "built"},
                emit=told.append,
                cancel=Cancel(),
                builder=workshop.builder,
            )
        )

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    texts = [event.text for event in told if isinstance(event, LogLine)]
    assert sum(text.startswith(f"building {tag}") for text in texts) == 1
    assert sum("was built meanwhile" in text for text in texts) == 2


# what goes wrong ------------------------------------------------------------------------------------------------------


def test_a_command_that_fails(workshop: Workshop, base: str) -> None:
    error = failure_of(workshop, f"FROM {base}\n\nRUN echo {workshop.mark}; \\\n    echo reason >&2; exit 3\n")
    assert error.code == "step-failed"
    assert "at step 2 of 2: its command ended with exit code 3" in error.brief
    assert error.place is not None
    assert (error.place.source, error.place.line) == ("Dockerfile", 3)
    assert error.place.text == f"RUN echo {workshop.mark}; \\"
    assert "reason" in error.details
    assert workshop.outcomes()[-1] == "failed"


def test_what_a_failed_build_leaves(workshop: Workshop, base: str) -> None:
    """A finished ``RUN`` is kept for the next try; what comes behind is not worth an image without a name."""
    text = f"FROM {base}\nLABEL {workshop.mark}=1\nENV A=1\nRUN exit 3\n"
    failure_of(workshop, text)
    assert workshop.strays() == []
    failure_of(workshop, text.replace("ENV A=1", f"RUN echo {workshop.mark}\nENV A=1"))
    kept = workshop.strays()
    assert len(kept) == (1 if workshop.builder == "classic" else 0)
    failure_of(workshop, text.replace("ENV A=1", f"RUN echo {workshop.mark}\nENV A=2"))
    assert "cached" in workshop.outcomes()
    assert workshop.strays() == kept


def test_a_program_that_is_not_there(workshop: Workshop, base: str) -> None:
    error = failure_of(workshop, f"FROM {base}\nRUN figlet hello\n")
    assert error.code == "command-missing"
    assert "the image has no program figlet" in error.brief


def test_a_version_that_does_not_exist(workshop: Workshop, base: str) -> None:
    dockerfile = f"FROM {base}\nRUN pip install --break-system-packages six==99.0\n"
    facts = ImageFacts(base, "", python="/usr/bin/python3", python_version="3.11.2")
    error = failure_of(workshop, dockerfile, pip=machine_pip(), base=facts)
    assert error.code == "version-not-found"
    assert "there is no six==99.0 for Python 3.11.2" in error.brief
    assert "1.16.0" in error.remedy


def test_a_package_that_does_not_exist(workshop: Workshop, base: str, tmp_path: Path) -> None:
    add_wheel(tmp_path, "azml-there", "1.0")
    dockerfile = f"FROM {base}\nCOPY . /w\nRUN pip install --break-system-packages --no-index -f /w azml-absent\n"
    error = failure_of(workshop, dockerfile, directory=tmp_path, pip=machine_pip())
    assert error.code == "package-not-found"
    assert "azml-absent" in error.brief


def test_a_python_that_belongs_to_its_system(workshop: Workshop, base: str) -> None:
    error = failure_of(workshop, f"FROM {base}\nRUN pip install six\n", pip=machine_pip())
    assert error.code == "externally-managed"


def test_the_dash_of_the_documents(workshop: Workshop, base: str) -> None:
    dockerfile = f"FROM {base}\nRUN pip install --break-system-packages \u2013r /tmp/requirements.txt\n"
    error = failure_of(workshop, dockerfile, pip=machine_pip())
    assert error.code == "wrong-dash"
    assert "\u2013r" in error.brief


def test_a_debian_package_that_does_not_exist(workshop: Workshop, base: str) -> None:
    error = failure_of(workshop, f"FROM {base}\nRUN apt-get install -y azml-absent\n")
    assert error.code == "apt-package-not-found"
    assert "azml-absent" in error.brief


def test_a_base_that_nobody_has(workshop: Workshop) -> None:
    error = failure_of(workshop, "FROM azml-absent.invalid/nothing:1\nRUN true\n")
    assert error.code == "image-unavailable"
    assert "docker login" in error.remedy


@pytest.mark.parametrize(
    ("dockerfile", "code", "line"),
    [
        ("ARG x=1\n", "dockerfile-from", 1),
        ("", "dockerfile-from", 1),
        ("FROM local/nothing:1\n\nRUM true\n", "dockerfile-instruction", 3),
    ],
)
def test_a_text_that_is_no_dockerfile_reaches_no_engine(
    workshop: Workshop, dockerfile: str, code: str, line: int
) -> None:
    with pytest.raises(PreflightError) as caught:
        workshop.build(dockerfile)
    assert caught.value.code == code
    assert caught.value.place is not None
    assert caught.value.place.line == line
    assert workshop.events == []


def test_a_disk_that_is_full(workshop: Workshop, base: str) -> None:
    error = failure_of(workshop, f"FROM {base}\nRUN dd if=/dev/zero of=/dev/shm/fill bs=1M count=200\n")
    assert error.code == "disk-full"
    assert error.place is not None


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_engine_whose_disk_is_full(builder: Builder, tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(b"\1" * 30_000_000)
    with PrivateEngine(disk_bytes=20_000_000) as engine:
        with pytest.raises(BuildError) as caught:
            build_image(
                "FROM scratch\nCOPY big.bin /big.bin\n",
                "azml-test-full:1",
                {"big.bin": big},
                connection=engine.connect(),
                labels={},
                emit=discard,
                cancel=Cancel(),
                builder=builder,
            )
        assert caught.value.code == "disk-full"
        assert "azml prune" in caught.value.remedy
        assert engine.connect().client.api.images() == []


def test_a_user_that_may_not_write(workshop: Workshop, base: str) -> None:
    error = failure_of(workshop, f"FROM {base}\nUSER 1000\nRUN mkdir /usr/new\n")
    assert error.code == "permission-denied"


def test_a_user_that_does_not_exist(workshop: Workshop, base: str) -> None:
    error = failure_of(workshop, f"FROM {base}\nUSER nobody-here\nRUN true\n")
    assert error.code == "image-user"
    assert "nobody-here" in json.dumps([error.brief, *error.details])


def test_a_file_that_is_not_there(workshop: Workshop, base: str, tmp_path: Path) -> None:
    (tmp_path / "requirement.txt").write_text("six\n")
    error = failure_of(workshop, f"FROM {base}\nCOPY requirements.txt /tmp/\n", directory=tmp_path)
    assert error.code == "not-in-context"
    assert error.remedy == f"{tmp_path} holds requirement.txt"
    assert error.place is not None
    assert error.place.line == 2


def test_a_file_that_is_ignored(workshop: Workshop, base: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "big.bin").write_text("x")
    (tmp_path / ".dockerignore").write_text("data\n")
    error = failure_of(workshop, f"FROM {base}\nCOPY data/big.bin /tmp/\n", directory=tmp_path)
    assert error.code == "not-in-context"
    assert ".dockerignore leaves it out" in error.brief


def test_what_ignore_files_leave_out_is_not_sent(workshop: Workshop, base: str, tmp_path: Path) -> None:
    for name in ("keep.py", "drop.log", "deep/keep.txt", "deep/drop.log", "secret/key", ".azml/workspace.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(workshop.mark)
    (tmp_path / ".dockerignore").write_text("secret\n*.log\n")
    (tmp_path / ".amlignore").write_text("*.log\n")
    (tmp_path / "link").symlink_to("deep/keep.txt")
    image = workshop.build(f"FROM {base}\nCOPY . /context\n", directory=tmp_path)
    shown = workshop.run(image, "find", "/context", "-mindepth", "1", "-printf", "%P\\n").splitlines()
    expected = {".amlignore", ".dockerignore", "Dockerfile", "deep", "deep/keep.txt", "keep.py", "link"}
    assert set(shown) == expected
    assert workshop.run(image, "cat", "/context/link") == workshop.mark


def test_buildkit_alone_understands_mounts(workshop: Workshop, base: str) -> None:
    dockerfile = f"FROM {base}\nRUN --mount=type=cache,target=/cache touch /cache/x && touch /made\n"
    if workshop.builder == "buildkit":
        assert workshop.run(workshop.build(dockerfile), "ls", "/made") == "/made"
        return
    with pytest.raises(PreflightError) as caught:
        workshop.build(dockerfile)
    assert caught.value.code == "buildkit-needed"
    assert caught.value.place is not None
    assert caught.value.place.line == 2


def test_the_cell_shows_a_failure_in_a_few_lines(workshop: Workshop, base: str) -> None:
    error: AzmlError = failure_of(workshop, f"FROM {base}\nRUN exit 5\n")
    assert len(error._render_traceback_()) == 3


# helpers --------------------------------------------------------------------------------------------------------------


def assert_soon(condition: object, seconds: float = 300) -> None:
    """The engine cleans up after a connection has gone, which nobody is told."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def processes_of_the_engine(mark: str) -> str:
    """Command lines of all processes that name ``mark``: containers' processes are visible on the engine's machine."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in line:
            found.append(line)
    return "\n".join(found)
