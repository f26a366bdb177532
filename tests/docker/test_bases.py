"""Local inference bases made of real images, and what the product says of images: list, show, check."""

from __future__ import annotations

import contextlib
import io
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from docker.models.containers import Container

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import inspect_image
from azml_magics.errors import BuildError, DeclarationError, NotFoundError, ToolError
from azml_magics.events import Event, StepFinished, discard
from azml_magics.images.bases import BaseBuild, build_base, check_base, list_bases, show_base
from azml_magics.plan.base_images import CATALOGUE
from azml_magics.workspace.workspace import Workspace
from tests.docker.conftest import MakeImage, print_lines
from tests.unused_ports import unused_port

SCRIPT = """\
import os, sys

def init():
    print("serving as", os.getuid())

def run(data):
    return {"python": "%d.%d" % sys.version_info[:2], "data": data}
"""
#: Another one in every run: what an interrupted one has left is not met again.
PREFIX = f"azml-test-base-{uuid.uuid4().hex[:12]}"

Build = Callable[..., BaseBuild]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / ".azml")


@pytest.fixture
def build(docker_engine: Connection, workspace: Workspace) -> Iterator[Build]:
    """``build_base`` under a name of the tests'; removed at the end."""

    def make(base: str, name: str = PREFIX, **options: object) -> BaseBuild:
        return build_base(workspace, name, base=base, emit=print_lines, cancel=Cancel(), **options)  # type: ignore[arg-type]

    yield make
    remove(docker_engine, PREFIX)


@pytest.fixture
def derive(docker_engine: Connection, plain_image: MakeImage) -> Iterator[Callable[[str], str]]:
    """``derive("RUN ...")``: an image of Python 3.11 and these Dockerfile lines; removed at the end."""
    base, name = plain_image("bookworm"), f"{PREFIX}-derived"

    def make(lines: str) -> str:
        text = f"FROM {base}\n{lines}\n".encode()
        docker_engine.client.images.build(fileobj=io.BytesIO(text), tag=name, rm=True)
        return name

    yield make
    remove(docker_engine, name)


def remove(connection: Connection, name: str) -> None:
    for image in connection.client.images.list(name=name):
        connection.client.images.remove(str(image.id), force=True)


@contextlib.contextmanager
def serving(connection: Connection, image: str, app: Path) -> Iterator[tuple[str, Container]]:
    """The image's own command in a hardened container, with ``app`` as its app root: scoring address and container."""
    app.mkdir(exist_ok=True)
    app.chmod(0o755)
    (app / "main.py").write_text(SCRIPT)
    container = connection.client.containers.run(
        image,
        detach=True,
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        tmpfs={"/tmp": ""},
        volumes={str(app): {"bind": "/var/azureml-app", "mode": "ro"}},
        ports={"5001/tcp": ("127.0.0.1", 0)},
    )
    try:
        log = []
        for line in container.logs(stream=True, follow=True):
            log.append(line.decode())
            if "ready for serving" in log[-1]:
                break
        else:
            pytest.fail("the base does not serve: " + "".join(log))
        container.reload()
        published = container.ports["5001/tcp"]
        assert published
        yield f"http://127.0.0.1:{published[0]['HostPort']}", container
    finally:
        container.remove(force=True)


def output(connection: Connection, image: str, *command: str) -> str:
    return connection.client.containers.run(image, list(command), remove=True).decode()


@pytest.mark.parametrize(("suite", "python"), [("bullseye", "3.9"), ("bookworm", "3.11"), ("trixie", "3.13")])
def test_a_base_serves_by_itself(
    docker_engine: Connection, inference_base_of: MakeImage, tmp_path: Path, suite: str, python: str
) -> None:
    base = inference_base_of(suite)
    with serving(docker_engine, base, tmp_path / "app") as (address, container):
        answer = requests.post(f"{address}/score", json={"a": 1}, timeout=120)
        assert answer.json() == {"python": python, "data": '{"a": 1}'}
        assert answer.headers["x-ms-server-version"] == "azmlinfsrv/1.5.1"
        assert requests.get(address, timeout=120).text == "Healthy"
        assert "serving as 1000" in container.logs().decode()
        changed = {change["Path"] for change in container.diff() or ()}
        assert {path for path in changed if str(path).startswith("/opt")} == set()


def test_a_base_belongs_to_its_user(docker_engine: Connection, inference_base: str) -> None:
    script = (
        "id; stat -c '%U %a %n' /var/azureml-app /azureml-envs/azml /home/dockeruser /opt/azml-serving/start.py; "
        "touch /var/azureml-app/x /azureml-envs/azml/lib/x && echo writable; "
        "touch /opt/azml-serving/x 2>&1; env; which python; python -m pip --version"
    )
    said = output(docker_engine, inference_base, "sh", "-c", script)
    assert "uid=1000(dockeruser) gid=1000(dockeruser)" in said
    for line in (
        "dockeruser 755 /var/azureml-app",
        "dockeruser 755 /azureml-envs/azml",
        "dockeruser 755 /home/dockeruser",
        "root 644 /opt/azml-serving/start.py",
        "writable",
        "WORKER_TIMEOUT=300",
        "AZUREML_INFERENCE_SERVER_HTTP_ENABLED=True",
        "AML_APP_ROOT=/var/azureml-app",
        "/azureml-envs/azml/bin/python",
    ):
        assert line in said.splitlines(), line
    assert "cannot touch '/opt/azml-serving/x': Permission denied" in said


def test_an_equal_base_is_not_built_again(docker_engine: Connection, plain_image: MakeImage, build: Build) -> None:
    first = build(plain_image("bookworm"))
    assert not first.reused
    assert first.reason == f"there is no image {PREFIX} yet"
    again = build(plain_image("bookworm"))
    assert (again.reused, again.facts) == (True, first.facts)
    more = build(plain_image("bookworm"), requirements=["isodate==0.7.2", "azureml-inference-server-http==1.5.1"])
    assert (more.reused, more.reason) == (False, "its definition has changed")
    assert more.facts.version_of("isodate") == "0.7.2"
    labels = dict(more.facts.labels)
    assert labels["azml-magics.base"] == PREFIX
    assert labels["azml-magics.base.from"] == plain_image("bookworm")
    assert labels["azml-magics.base.from-id"].startswith("sha256:")


def test_a_base_made_from_a_base(docker_engine: Connection, inference_base: str, build: Build, tmp_path: Path) -> None:
    made = build(inference_base, requirements=["wheel"])
    assert made.facts.python == "/azureml-envs/azml/bin/python"
    assert made.facts.version_of("wheel")
    with serving(docker_engine, PREFIX, tmp_path / "app") as (address, _):
        assert requests.get(f"{address}/score", timeout=120).ok


def test_an_existing_user_1000_becomes_dockeruser(
    docker_engine: Connection, derive: Callable[[str], str], build: Build
) -> None:
    # As in images of Ubuntu; and there is no useradd, as in slim ones.
    lines = "RUN useradd --uid 1000 --create-home ubuntu && rm /usr/sbin/useradd /usr/sbin/usermod /usr/sbin/groupadd"
    made = build(derive(lines))
    assert (made.facts.user, made.facts.uid, made.facts.gid) == ("dockeruser", 1000, 1000)
    said = output(docker_engine, PREFIX, "sh", "-c", "getent passwd 1000; getent group 1000; id -un; ls -ld $HOME")
    assert "dockeruser:x:1000:1000::/home/dockeruser:" in said
    assert "ubuntu:x:1000:" in said
    assert "dockeruser ubuntu" in said


def test_an_existing_dockeruser_is_kept(docker_engine: Connection, derive: Callable[[str], str], build: Build) -> None:
    made = build(derive("RUN useradd --uid 1234 --create-home --home-dir /srv/me dockeruser\nUSER dockeruser"))
    assert (made.facts.user, made.facts.uid, made.facts.home) == ("dockeruser", 1234, "/srv/me")
    assert "owned" in output(docker_engine, PREFIX, "sh", "-c", "touch /var/azureml-app/x && echo owned")


def test_packages_of_the_image_stay_and_an_entrypoint_goes(derive: Callable[[str], str], build: Build) -> None:
    packages = "/usr/lib/python3/dist-packages"
    made = build(
        derive(
            f"RUN mkdir {packages}/own_thing-2.5.dist-info && touch {packages}/own_thing.py && "
            f"printf 'Name: own-thing\\nVersion: 2.5\\n' > {packages}/own_thing-2.5.dist-info/METADATA\n"
            'ENTRYPOINT ["/bin/false"]\nENV PATH=/somewhere:/usr/bin:/bin'
        )
    )
    assert made.facts.version_of("own-thing") == "2.5"
    assert made.facts.server_version
    assert made.facts.entrypoint == ()
    assert made.facts.variable("PATH") == "/azureml-envs/azml/bin:/somewhere:/usr/bin:/bin"


def test_a_python_without_venv_uses_its_pip(derive: Callable[[str], str], build: Build) -> None:
    made = build(derive("RUN rm -r /usr/lib/python3.11/ensurepip"))
    assert made.facts.server_version
    assert made.facts.version_of("pip")


def test_a_python_with_neither(docker_engine: Connection, derive: Callable[[str], str], build: Build) -> None:
    bare = derive("RUN rm -r /usr/lib/python3.11/ensurepip /usr/lib/python3/dist-packages/pip")
    with pytest.raises(BuildError) as caught:
        build(bare)
    assert "neither ensurepip nor pip" in "\n".join([*caught.value.lines(), *caught.value.details])
    assert inspect_image(docker_engine, PREFIX) is None


def test_what_cannot_be_a_base(derive: Callable[[str], str], plain_image: MakeImage, build: Build) -> None:
    with pytest.raises(NotFoundError) as caught:
        build(derive("RUN rm /usr/bin/python3*"))
    assert caught.value.code == "image-without-python"
    with pytest.raises(DeclarationError) as wrong:
        build("unused", name="Not A Name")
    assert wrong.value.code == "invalid-base-name"
    with pytest.raises(DeclarationError) as wrong:
        build("unused", name="minimal-py312-inference")
    assert wrong.value.code == "base-name-taken"
    with pytest.raises(DeclarationError) as wrong:
        build("unused", requirements=["--index-url https://user:secret@example.invalid/simple"])
    assert wrong.value.code == "base-requirement"
    assert "secret" not in "\n".join(wrong.value.lines())
    with pytest.raises(NotFoundError) as caught:
        build(f"127.0.0.1:{unused_port()}/nothing")
    assert caught.value.code == "image-unavailable"
    with pytest.raises(NotFoundError) as caught:
        build(plain_image("bookworm"), interpreter_path="python2")
    assert caught.value.code == "unknown-interpreter"


def test_a_package_that_does_not_exist(docker_engine: Connection, plain_image: MakeImage, build: Build) -> None:
    with pytest.raises(BuildError) as caught:
        build(plain_image("bookworm"), requirements=["azml-there-is-no-such-thing==1"])
    assert "azml-there-is-no-such-thing" in caught.value.brief
    assert inspect_image(docker_engine, PREFIX) is None


# list, show, check ----------------------------------------------------------------------------------------------------


def test_list(docker_engine: Connection, inference_base: str, plain_image: MakeImage) -> None:
    listed = list_bases()
    assert listed.problem == ""
    local = {entry.name: entry for entry in listed.entries if entry.catalogued is None}
    assert local[inference_base].made_from == plain_image("bookworm")
    assert local[inference_base].present == (inference_base,)
    assert (local[inference_base].size_bytes or 0) > 100_000_000
    assert [entry.catalogued for entry in listed.entries if entry.catalogued] == list(CATALOGUE)

    name = "mcr.microsoft.com/azureml/minimal-py312-inference:azml-test"
    docker_engine.client.images.get(inference_base).tag(name)
    try:
        (entry,) = [entry for entry in list_bases().entries if entry.name.endswith("/minimal-py312-inference:latest")]
        assert entry.present == (name,)
        assert entry.image_id
    finally:
        docker_engine.client.images.remove(name)


def test_without_an_engine_the_catalogue_is_still_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    listed = list_bases()
    assert [entry.catalogued for entry in listed.entries] == list(CATALOGUE)
    assert {entry.present for entry in listed.entries} == {None}
    assert "/nowhere/docker.sock" in listed.problem
    shown = show_base(workspace, "minimal-py312-inference")
    assert shown.catalogued is not None
    assert shown.facts is None
    assert "/nowhere/docker.sock" in shown.problem
    with pytest.raises(ToolError) as caught:
        show_base(workspace, "local/mine")
    assert caught.value.code == "docker-unavailable"


def test_show(workspace: Workspace, inference_base: str) -> None:
    shown = show_base(workspace, inference_base)
    assert shown.facts is not None
    assert shown.facts.user == "dockeruser"
    assert shown.catalogued is None
    entry = show_base(workspace, "sklearn-0.24.1-ubuntu18.04-py37-cpu-inference")
    assert entry.catalogued is not None
    assert (entry.facts, entry.name) == (None, entry.catalogued.reference)
    with pytest.raises(NotFoundError) as caught:
        show_base(workspace, "minimal-py312-infrence")
    assert caught.value.code == "unknown-base"
    assert "minimal-py312-inference" in caught.value.remedy


def test_check(workspace: Workspace, inference_base: str, plain_image: MakeImage) -> None:
    def codes(name: str) -> list[str]:
        report = check_base(workspace, name, emit=discard, cancel=Cancel())
        assert report.facts is not None
        assert all(finding.remedy for finding in report.findings)
        return [finding.code for finding in report.findings]

    assert codes(inference_base) == []
    assert codes(plain_image("bookworm")) == ["externally-managed", "server-missing", "root-user", "no-command"]
    assert codes(plain_image("bullseye")) == ["server-missing", "root-user", "no-command"]


def test_check_of_an_image_that_cannot_be_had(workspace: Workspace) -> None:
    events: list[Event] = []
    reference = f"127.0.0.1:{unused_port()}/nothing:1"
    with pytest.raises(NotFoundError) as caught:
        check_base(workspace, reference, emit=events.append, cancel=Cancel())
    assert caught.value.code == "image-unavailable"
    assert [event.outcome for event in events if isinstance(event, StepFinished)] == ["failed"]
    assert not workspace.images_directory.exists()
