"""Images as they really are: looked into, kept, pulled from a real registry, and every way that can fail."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import struct
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from azml_magics.cancel import Cancel
from azml_magics.containers import look
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import ensure_image, find_image, get_image, inspect_image
from azml_magics.containers.pull import pull_image
from azml_magics.definitions import labels
from azml_magics.errors import AzmlError, CancelledError, NotFoundError, ToolError
from azml_magics.events import Event, LogLine, Progress, discard
from tests.docker.conftest import SUITES, MakeImage
from tests.docker.private_engine import PrivateEngine
from tests.docker.registry import SlowDoor, running_registry
from tests.require import require
from tests.unused_ports import unused_port

Build = Callable[[str], str]
#: Looks of other processes are none of our business.
OURS = f"{labels.PROBE}={os.getpid()}"
#: Begins the names of images; what an interrupted run has left is not met again.
MARK = f"azml-test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "images"


@pytest.fixture
def build(docker_engine: Connection, plain_image: MakeImage) -> Iterator[Build]:
    """``build("USER daemon")``: an image of Python 3.11 and these Dockerfile lines, removed at the end."""
    base = plain_image("bookworm")
    made: list[str] = []

    def make(lines: str) -> str:
        image, _ = docker_engine.client.images.build(
            fileobj=io.BytesIO(f"FROM {base}\n{lines}\n".encode()), tag=f"{MARK}:{len(made)}", rm=True
        )
        made.append(image.tags[-1])
        return made[-1]

    yield make
    for tag in made:
        docker_engine.client.images.remove(tag, force=True)


def import_files(connection: Connection, reference: str, files: dict[str, bytes], *, platform: str = "") -> None:
    """An image of a few files and nothing else."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    repository, _, tag = reference.rpartition(":")
    params = {"fromSrc": "-", "repo": repository, "tag": tag, "platform": platform}
    api = connection.client.api
    answer = api.post(f"{api.base_url}/v{api.api_version}/images/create", params=params, data=archive.getvalue())
    assert answer.ok, answer.text


def probe_containers(connection: Connection) -> list[object]:
    return list(connection.client.containers.list(all=True, filters={"label": OURS}, ignore_removed=True))


def lines_of(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, LogLine)]


# looking --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", SUITES)
def test_a_plain_image_is_described(docker_engine: Connection, plain_image: MakeImage, suite: str, cache: Path) -> None:
    reference = plain_image(suite)
    facts = find_image(docker_engine, reference, cache)
    assert facts is not None
    said = docker_engine.client.containers.run(
        reference, ["python3", "-c", "import sys; print(sys.version)"], remove=True
    )
    assert facts.python_version == said.decode().split()[0]
    assert facts.python_minor == SUITES[suite]
    assert facts.python == "/usr/bin/python3"
    assert suite in facts.operating_system
    assert facts.libc == {"bullseye": "glibc 2.31", "bookworm": "glibc 2.36", "trixie": "glibc 2.41"}[suite]
    assert facts.externally_managed == (suite != "bullseye")
    assert facts.version_of("pip")
    assert (facts.uid, facts.gid, facts.home, facts.conda, facts.has_runit) == (0, 0, "/root", None, False)
    assert (facts.reference, facts.os, facts.server_version) == (reference, "linux", None)
    assert facts.image_id.startswith("sha256:")
    assert facts.size_bytes > 100_000_000
    assert probe_containers(docker_engine) == []


def test_an_inference_base_is_described(docker_engine: Connection, inference_base: str, cache: Path) -> None:
    facts = get_image(docker_engine, inference_base, cache)
    assert (facts.user, facts.uid, facts.gid, facts.home) == ("dockeruser", 1000, 1000, "/home/dockeruser")
    assert facts.python == "/azureml-envs/azml/bin/python"
    assert facts.server_version
    assert facts.version_of("gunicorn")
    assert not facts.externally_managed
    assert facts.variable("WORKER_TIMEOUT") == "300"
    assert facts.exposed_ports == ("5001/tcp",)
    assert facts.command[-1] == "5001"


def test_a_second_look_is_one_question(docker_engine: Connection, plain_image: MakeImage, cache: Path) -> None:
    reference = plain_image("bookworm")
    first = find_image(docker_engine, reference, cache)
    asked: list[str] = []

    def count(response: object, *args: object, **kwargs: object) -> None:
        asked.append(str(response.request.url))  # type: ignore[attr-defined]

    docker_engine.client.api.hooks["response"].append(count)
    try:
        second = find_image(docker_engine, reference, cache)
    finally:
        docker_engine.client.api.hooks["response"].remove(count)
    assert second == first
    assert len(asked) == 1
    assert asked[0].endswith(f"/images/{reference}/json")


def test_a_damaged_look_is_taken_again(docker_engine: Connection, plain_image: MakeImage, cache: Path) -> None:
    reference = plain_image("bookworm")
    first = find_image(docker_engine, reference, cache)
    (kept,) = cache.iterdir()
    for content in ("", "[]", '{"look": {"nothing": 1, "packages": []}, "image": ""}', '{"look": {}}'):
        kept.write_text(content)
        assert find_image(docker_engine, reference, cache) == first
    assert json.loads(kept.read_text())["image"] == first.image_id if first else False


def test_an_image_is_found_by_its_id(docker_engine: Connection, plain_image: MakeImage, cache: Path) -> None:
    facts = get_image(docker_engine, plain_image("bookworm"), cache)
    for name in (facts.image_id, facts.image_id.removeprefix("sha256:")[:12]):
        assert get_image(docker_engine, name, cache).image_id == facts.image_id
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    ("lines", "user", "ids"),
    [
        ("USER daemon", "daemon", (1, 1)),
        ("USER 1234:5678", "1234:5678", (1234, 5678)),
        ("USER nobody:daemon", "nobody:daemon", (65534, 1)),
    ],
)
def test_users(
    docker_engine: Connection, build: Build, cache: Path, lines: str, user: str, ids: tuple[int, int]
) -> None:
    facts = get_image(docker_engine, build(lines), cache)
    assert (facts.user, (facts.uid, facts.gid)) == (user, ids)
    assert facts.python_minor == "3.11"


def test_a_user_who_is_not_there(docker_engine: Connection, build: Build, cache: Path) -> None:
    with pytest.raises(AzmlError) as caught:
        find_image(docker_engine, build("USER ghost"), cache)
    assert caught.value.code == "image-user"
    assert "ghost" in caught.value.brief


def test_the_conda_environment_comes_first(docker_engine: Connection, build: Build, cache: Path) -> None:
    reference = build(
        "RUN python3 -m venv /azureml-envs/minimal && mkdir -p /var/runit /opt/miniconda/bin && "
        "printf '#!/bin/sh\\n' > /opt/miniconda/bin/conda && chmod +x /opt/miniconda/bin/conda\n"
        "ENV AZUREML_CONDA_ENVIRONMENT_PATH=/azureml-envs/minimal"
    )
    facts = get_image(docker_engine, reference, cache)
    assert facts.python == "/azureml-envs/minimal/bin/python"
    assert not facts.externally_managed
    assert (facts.conda, facts.has_runit) == ("/opt/miniconda/bin/conda", True)
    other = get_image(docker_engine, reference, cache, interpreter_path="/usr/bin/python3")
    assert (other.python, other.externally_managed) == ("/usr/bin/python3", True)


def test_an_interpreter_that_is_not_there(docker_engine: Connection, plain_image: MakeImage, cache: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        find_image(docker_engine, plain_image("bookworm"), cache, interpreter_path="/opt/none/python")
    assert caught.value.code == "unknown-interpreter"
    assert "/opt/none/python" in caught.value.brief
    assert not cache.exists()


def test_an_image_without_python(docker_engine: Connection, build: Build, cache: Path) -> None:
    facts = get_image(docker_engine, build("RUN rm /usr/bin/python3*\nUSER daemon"), cache)
    assert (facts.python, facts.python_version, facts.libc, facts.packages) == (None, None, None, ())
    assert (facts.uid, facts.gid) == (1, 1)
    assert "bookworm" in facts.operating_system


def test_a_python_without_a_shell(docker_engine: Connection, build: Build, cache: Path) -> None:
    lines = "[\"python3\", \"-c\", \"import os; [os.remove(f'/bin/{name}') for name in ('sh', 'bash', 'dash')]\"]"
    facts = get_image(docker_engine, build(f"RUN {lines}\nUSER 7:8"), cache)
    assert (facts.python, facts.uid, facts.gid) == ("/usr/bin/python3", 7, 8)


def test_an_image_with_nothing_to_run(docker_engine: Connection, cache: Path) -> None:
    import_files(docker_engine, f"{MARK}-nothing:1", {"text": b"nothing"})
    try:
        facts = get_image(docker_engine, f"{MARK}-nothing:1", cache)
        assert (facts.python, facts.operating_system, facts.packages) == (None, "", ())
    finally:
        docker_engine.client.images.remove(f"{MARK}-nothing:1")


def test_another_processor(docker_engine: Connection, cache: Path) -> None:
    # A program is refused for the machine number in its header, whatever follows.
    other = 0xB7 if docker_engine.architecture == "amd64" else 0x3E
    program = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQ", 2, other, 1, 0x400000, 64, 0) + bytes(4096)
    import_files(docker_engine, f"{MARK}-arm:1", {"bin/sh": program}, platform="linux/arm64")
    try:
        with pytest.raises(ToolError) as caught:
            find_image(docker_engine, f"{MARK}-arm:1", cache)
    finally:
        docker_engine.client.images.remove(f"{MARK}-arm:1")
    assert caught.value.code == "wrong-architecture"
    assert f"{MARK}-arm:1" in caught.value.brief
    assert "emulate" in caught.value.remedy


HANGING = "RUN printf '#!/bin/sh\\nsleep 1000\\n' > /usr/local/bin/python && chmod +x /usr/local/bin/python"


def test_a_look_ends_in_time(
    docker_engine: Connection, build: Build, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "LOOK_SECONDS", 1)
    with pytest.raises(ToolError) as caught:
        find_image(docker_engine, build(HANGING), cache)
    assert caught.value.code == "look-timeout"
    assert probe_containers(docker_engine) == []


def test_a_look_can_be_cancelled(docker_engine: Connection, build: Build, cache: Path) -> None:
    reference, cancel = build(HANGING), Cancel()
    started = docker_engine.client.events(decode=True, filters={"event": "start", "label": OURS})

    def cancel_when_started() -> None:
        next(started)
        cancel.request()

    threading.Thread(target=cancel_when_started, daemon=True).start()
    with pytest.raises(CancelledError):
        find_image(docker_engine, reference, cache, cancel=cancel)
    started.close()
    assert probe_containers(docker_engine) == []
    with pytest.raises(CancelledError):  # before it began, too
        find_image(docker_engine, reference, cache, cancel=cancel)


def test_unknown_images(docker_engine: Connection, plain_image: MakeImage, cache: Path) -> None:
    plain_image("bookworm")
    assert find_image(docker_engine, "local/debian-py:bookwrm", cache) is None
    with pytest.raises(NotFoundError) as caught:
        get_image(docker_engine, "local/debian-py:bookwrm", cache)
    assert (caught.value.code, "local/debian-py:bookworm" in caught.value.remedy) == ("unknown-image", True)
    with pytest.raises(NotFoundError) as caught:
        get_image(docker_engine, "Upper/Case", cache)
    assert caught.value.code == "invalid-image-name"


# pulling --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a registry."""
    if shutil.which("docker-registry") is None:
        require("docker", "docker-registry is not installed")
    with running_registry(tmp_path_factory.mktemp("registry")) as port:
        yield port


@pytest.fixture(scope="module")
def pushed(docker_engine: Connection, registry: int) -> Iterator[str]:
    """The name of an image in the registry, of two layers and some megabytes, that the engine does not hold."""
    reference = f"127.0.0.1:{registry}/{MARK}/pushed:1"
    import_files(docker_engine, reference, {"first": os.urandom(20_000_000)})
    docker_engine.client.images.build(
        fileobj=io.BytesIO(f"FROM {reference}\nWORKDIR /deep\n".encode()), tag=reference, rm=True
    )
    docker_engine.client.images.push(reference)
    docker_engine.client.images.remove(reference, force=True)
    yield reference
    for image in docker_engine.client.images.list(name=f"127.0.0.1:*/{MARK}/*"):
        docker_engine.client.images.remove(str(image.id), force=True)


def test_a_pull_tells_its_progress_and_happens_once(docker_engine: Connection, pushed: str, cache: Path) -> None:
    events: list[Event] = []
    facts = ensure_image(docker_engine, pushed, cache, emit=events.append, cancel=Cancel())
    lines = lines_of(events)
    assert lines[0] == f"pulling {pushed}"
    assert lines[-1].startswith("Status: Downloaded newer image")
    (layer,) = {line.partition(":")[0] for line in lines if re.search(r": downloading .* of 20.0 MB", line)}
    of_layer = [line.removeprefix(f"{layer}: ") for line in lines if line.startswith(layer)]
    assert "extracting 100 % of 20.0 MB" in of_layer
    assert of_layer[-1] == "pull complete"
    assert len(lines) < 40
    assert facts.digest is not None

    by_digest = f"{pushed.rpartition(':')[0]}@{facts.digest}"
    for name in (pushed, by_digest):  # it is there: nothing is asked for
        again: list[Event] = []
        assert ensure_image(docker_engine, name, cache, emit=again.append, cancel=Cancel()).image_id == facts.image_id
        assert again == []

    docker_engine.client.images.remove(facts.image_id, force=True)
    assert ensure_image(docker_engine, by_digest, cache, emit=discard, cancel=Cancel()).image_id == facts.image_id
    docker_engine.client.images.remove(facts.image_id, force=True)


def test_a_pull_can_be_cancelled(docker_engine: Connection, registry: int, pushed: str) -> None:
    door, cancel = SlowDoor(registry, 2_000_000), Cancel()
    reference = pushed.replace(str(registry), str(door.port))

    heard: list[Event] = []

    def cancel_when_it_comes(event: Event) -> None:
        heard.append(event)
        if isinstance(event, LogLine) and re.search("downloading .* of 20.0 MB", event.text):
            cancel.request()

    try:
        with pytest.raises(CancelledError, match="pulling"):
            pull_image(docker_engine, reference, emit=cancel_when_it_comes, cancel=cancel)
        assert door.hung_up.wait(120), "the engine goes on downloading"
        sizes = [event.total or 0 for event in heard if isinstance(event, Progress) and event.unit == "bytes"]
        assert sizes
        assert min(sizes) >= 20_000_000
        assert inspect_image(docker_engine, reference) is None
    finally:
        door.close()


def test_a_registry_that_never_answers_can_be_left(docker_engine: Connection) -> None:
    cancel = Cancel()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def cancel_when_asked() -> None:
            client, _ = listener.accept()
            cancel.request()
            client.recv(65536)

        threading.Thread(target=cancel_when_asked, daemon=True).start()
        with pytest.raises(CancelledError, match="pulling"):
            pull_image(docker_engine, f"127.0.0.1:{listener.getsockname()[1]}/x:1", emit=discard, cancel=cancel)


def test_a_registry_that_does_not_have_it(docker_engine: Connection, registry: int, cache: Path) -> None:
    reference = f"127.0.0.1:{registry}/azml-test/nothing:7"
    with pytest.raises(NotFoundError) as caught:
        ensure_image(docker_engine, reference, cache, emit=discard, cancel=Cancel())
    assert caught.value.code == "image-unavailable"
    assert reference in caught.value.brief
    assert "not found" in caught.value.brief
    assert "\n" not in caught.value.brief


def test_a_registry_that_is_not_there(docker_engine: Connection, plain_image: MakeImage, cache: Path) -> None:
    plain = plain_image("bookworm")
    find_image(docker_engine, plain, cache)
    reference = f"127.0.0.1:{unused_port()}/azml-test/nothing:7"
    with pytest.raises(NotFoundError) as caught:
        ensure_image(docker_engine, reference, cache, emit=discard, cancel=Cancel())
    assert caught.value.code == "image-unavailable"
    assert "connection refused" in caught.value.brief
    assert "azml base build NAME --from IMAGE" in caught.value.remedy


def test_what_is_offered_instead_is_no_output_of_ours(
    docker_engine: Connection, inference_base: str, cache: Path
) -> None:
    """Images built for environments have the labels of the base they are built from."""
    built = f"{MARK}/built-for-an-environment:1"
    container = docker_engine.client.containers.create(inference_base)
    container.commit(*built.split(":"), conf={"Labels": {labels.WORKSPACE: "/nowhere"}})
    container.remove()
    try:
        with pytest.raises(NotFoundError) as caught:
            ensure_image(docker_engine, f"127.0.0.1:{unused_port()}/nothing:7", cache, emit=discard, cancel=Cancel())
        found = re.search(r"an image that is here \((.*?)\)", caught.value.remedy)
        assert found is not None
        for name in found[1].split(", "):
            image = inspect_image(docker_engine, name)
            assert image is not None
            assert image["Config"]["Labels"][labels.BASE] in (name, name.removesuffix(":latest"))
    finally:
        docker_engine.client.images.remove(built)


def test_a_retired_image_names_its_successor(docker_engine: Connection, cache: Path) -> None:
    # Whatever network there is, this engine reaches no registry.
    nowhere = f"http://127.0.0.1:{unused_port()}"
    environment = {"HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere, "NO_PROXY": ""}
    reference = "mcr.microsoft.com/azureml/minimal-ubuntu18.04-py37-cpu-inference"
    with PrivateEngine(environment=environment) as engine, pytest.raises(NotFoundError) as caught:
        ensure_image(engine.connect(), reference, cache, emit=discard, cancel=Cancel())
    assert caught.value.code == "image-unavailable"
    assert "retired since 2025-09" in caught.value.brief
    assert "minimal-ubuntu22.04-py39-cpu-inference" in caught.value.remedy


# an engine that fails -------------------------------------------------------------------------------------------------


def test_an_engine_that_dies_while_it_is_asked(
    private_engine: PrivateEngine, plain_image: MakeImage, cache: Path
) -> None:
    connection = private_engine.connect()
    reference = private_engine.copy(plain_image("bookworm"))
    started = connection.client.events(decode=True, filters={"event": "start", "label": OURS})

    def kill_when_started() -> None:
        next(started)
        private_engine.kill()

    threading.Thread(target=kill_when_started, daemon=True).start()
    hanging, _ = connection.client.images.build(
        fileobj=io.BytesIO(f"FROM {reference}\nENV AZUREML_CONDA_ENVIRONMENT_PATH=/nowhere\n".encode()), rm=True
    )
    with pytest.raises(ToolError) as caught:
        while True:  # until the look that the kill hits
            find_image(connection, str(hanging.id), cache)
            shutil.rmtree(cache)
    assert caught.value.code == "docker-gone"
    private_engine.start()
    assert get_image(private_engine.connect(), reference, cache).python_minor == "3.11"


def test_a_full_disk(docker_engine: Connection, registry: int, pushed: str) -> None:
    with PrivateEngine(disk_bytes=12_000_000) as engine, pytest.raises(AzmlError) as caught:
        pull_image(engine.connect(), pushed, emit=discard, cancel=Cancel())
    assert caught.value.code == "disk-full"
