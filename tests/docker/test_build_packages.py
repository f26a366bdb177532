"""Python packages built into images: local wheels, private indexes, certificates, users that are not root."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from azml_magics.build.context import environment_context
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import find_image
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import BuildError
from azml_magics.plan.dockerfile import image_tag, render_environment_dockerfile
from azml_magics.system.container_pip import PipFiles, collect_pip_files
from tests.docker.building import Workshop, machine_pip
from tests.docker.conftest import MakeImage
from tests.docker.private_index import PrivateIndex
from tests.unit.build.wheelhouse import add_wheel

USER, PASSWORD = "reader", "pl4nted-s3cret"


@pytest.fixture
def private_index(docker_engine: Connection, tmp_path: Path) -> Iterator[PrivateIndex]:
    network = docker_engine.client.api.inspect_network("bridge")
    add_wheel(tmp_path / "private", "azml-hidden", "1.5")
    gateway = network["IPAM"]["Config"][0]["Gateway"]
    with PrivateIndex(gateway, tmp_path / "private", USER, PASSWORD) as index:
        yield index


def facts_of(workshop: Workshop, reference: str, folder: Path) -> ImageFacts:
    found = find_image(workshop.connection, reference, folder / "looks")
    assert found is not None
    return found


def build_environment(
    workshop: Workshop, base: ImageFacts, text: str, *, pip: PipFiles | None = None, source: ImageSource | None = None
) -> str:
    environment = Environment("e", requirements=parse_requirements(text), image_source=source or ImageSource())
    lines = environment.requirements.canonical_lines()
    dockerfile = render_environment_dockerfile(environment, base, base.reference, lines, with_packages=True)
    context = environment_context(environment, lines)
    assert image_tag(base, dockerfile, lines, context.digest).startswith("azureml/azureml_")
    return workshop.build(
        dockerfile,
        context.files,
        directory=context.directory,
        pip=pip if pip is not None else collect_with(context.credentials),
        base=base,
    )


def collect_with(credentials: object) -> PipFiles:
    machine = machine_pip()
    found = collect_pip_files(credentials)  # type: ignore[arg-type]
    secrets = (*found.secrets, *machine.secrets)
    return PipFiles(machine.pip_conf, machine.ca_bundle, (), machine.proxies, found.credentials, secrets)


@pytest.mark.parametrize("suite", ["bullseye", "bookworm", "trixie"])
def test_packages_for_every_python(workshop: Workshop, plain_image: MakeImage, suite: str, tmp_path: Path) -> None:
    base = facts_of(workshop, plain_image(suite), tmp_path)
    image = build_environment(workshop, base, "six==1.16.0\n")
    assert base.python is not None
    assert workshop.run(image, base.python, "-c", "import six; print(six.__version__)") == "1.16.0"
    assert workshop.run(image, "sh", "-c", "ls -A ~/.cache 2>/dev/null; ls -A /run/azml 2>/dev/null") in (
        "",
        "pip-cache",
    )


def test_a_user_that_is_not_root_stays(workshop: Workshop, plain_image: MakeImage, tmp_path: Path) -> None:
    text = f"FROM {plain_image('bookworm')}\nRUN useradd --uid 1000 dockeruser\nUSER dockeruser\n"
    base = facts_of(workshop, workshop.build(text), tmp_path)
    image = build_environment(workshop, base, "six==1.16.0\n")
    assert workshop.inspect(image)["Config"]["User"] == "dockeruser"
    assert workshop.run(image, "python3", "-c", "import six, os; print(six.__version__, os.getuid())") == "1.16.0 1000"
    assert workshop.run(image, "sh", "-c", "stat -c %U $(python3 -c 'import six; print(six.__file__)')") == "root"


def test_an_environment_that_belongs_to_the_user(workshop: Workshop, inference_base: str, tmp_path: Path) -> None:
    base = facts_of(workshop, inference_base, tmp_path)
    image = build_environment(workshop, base, "six==1.16.0\n")
    look = "stat -c %U $(python -c 'import six; print(six.__file__)'); id -un"
    assert workshop.run(image, "sh", "-c", look).split() == ["dockeruser", "dockeruser"]
    assert "not owned or is not writable" not in workshop.output()


def test_local_wheels_and_directories(workshop: Workshop, plain_image: MakeImage, tmp_path: Path) -> None:
    wheel = add_wheel(tmp_path / "one place", "azml-direct", "2.0")
    add_wheel(tmp_path / "links", "azml-linked", "3.0", requires=["azml-deeper"])
    add_wheel(tmp_path / "links", "azml-deeper", "4.0")
    base = facts_of(workshop, plain_image("bookworm"), tmp_path)
    text = f"--no-index\n--find-links {tmp_path / 'links'}\nazml-direct @ {wheel.as_uri()}\nazml-linked\n"
    image = build_environment(workshop, base, text, pip=PipFiles())
    look = (
        "import azml_direct, azml_linked, azml_deeper as d; print(azml_direct.VERSION, azml_linked.VERSION, d.VERSION)"
    )
    assert workshop.run(image, "python3", "-c", look) == "2.0 3.0 4.0"


def test_find_links_of_pips_own_settings_are_in_no_layer(
    workshop: Workshop, plain_image: MakeImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_wheel(tmp_path / "house", "azml-house", "7.0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "house"))
    base = facts_of(workshop, plain_image("bookworm"), tmp_path)
    image = build_environment(workshop, base, "--no-index\nazml-house\n", pip=collect_pip_files())
    assert workshop.run(image, "python3", "-c", "import azml_house; print(azml_house.VERSION)") == "7.0"
    assert workshop.run(image, "sh", "-c", "find / -xdev -name 'azml_house-*.whl'") == ""
    for links in workshop.api.images(name="azureml/find-links"):
        if links["Size"] < 10_000:
            workshop.api.remove_image(links["Id"], force=True)


def test_hashes_of_some_packages(workshop: Workshop, plain_image: MakeImage, tmp_path: Path) -> None:
    wheel = add_wheel(tmp_path / "links", "azml-hashed", "1.0")
    add_wheel(tmp_path / "links", "azml-plain", "1.0")
    digest = f"sha256:{sha256(wheel.read_bytes()).hexdigest()}"
    base = facts_of(workshop, plain_image("bookworm"), tmp_path)
    text = f"--no-index\n--find-links {tmp_path / 'links'}\nazml-hashed==1.0 --hash={digest}\nazml-plain\n"
    image = build_environment(workshop, base, text, pip=PipFiles())
    assert workshop.run(image, "python3", "-c", "import azml_hashed, azml_plain; print('both')") == "both"
    with pytest.raises(BuildError) as caught:
        build_environment(workshop, base, text.replace(digest, "sha256:" + "0" * 64), pip=PipFiles())
    assert caught.value.code == "hash-mismatch"


def test_a_private_index_and_its_password_stay_private(
    workshop: Workshop, plain_image: MakeImage, private_index: PrivateIndex, tmp_path: Path
) -> None:
    base = facts_of(workshop, plain_image("bookworm"), tmp_path)
    address = f"http://{USER}:{PASSWORD}@{private_index.host}:{private_index.port}"
    text = (
        f"--index-url {address}/simple\n--trusted-host {private_index.host}\n"
        f"azml-hidden @ {address}/files/azml_hidden-1.5-py3-none-any.whl\n"
    )
    image = build_environment(workshop, base, text)
    assert workshop.run(image, "python3", "-c", "import azml_hidden; print(azml_hidden.VERSION)") == "1.5"
    assert any(allowed for _, allowed in private_index.asked)
    assert PASSWORD not in repr(workshop.events)
    assert PASSWORD.encode() not in workshop.everything_about(image)


def test_settings_of_pip_stay_private(
    workshop: Workshop,
    plain_image: MakeImage,
    private_index: PrivateIndex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes((machine_pip().ca_bundle or b"") + b"\n# a planted line of the bundle\n")
    config = tmp_path / "pip.conf"
    address = f"http://{USER}:{PASSWORD}@{private_index.host}:{private_index.port}/simple"
    config.write_text(f"[global]\nindex-url = {address}\ntrusted-host = {private_index.host}\n")
    for name in ("PIP_CERT", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("AZML_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("HTTP_PROXY", "http://somebody:pr0xy-s3cret@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", private_index.host)
    base = facts_of(workshop, plain_image("bookworm"), tmp_path)
    pip = collect_pip_files()
    image = build_environment(workshop, base, "azml-hidden\n", pip=pip)
    everything = workshop.everything_about(image)
    assert workshop.run(image, "python3", "-c", "import azml_hidden; print(azml_hidden.VERSION)") == "1.5"
    for secret in (PASSWORD, "pr0xy-s3cret", "a planted line of the bundle"):
        assert secret not in repr(workshop.events)
        assert secret.encode() not in everything
    assert PASSWORD not in repr(pip)


def test_a_private_index_without_its_password(
    workshop: Workshop, plain_image: MakeImage, private_index: PrivateIndex, tmp_path: Path
) -> None:
    base = facts_of(workshop, plain_image("bookworm"), tmp_path)
    wrong = f"http://{USER}:wr0ng-s3cret@{private_index.host}:{private_index.port}/simple"
    with pytest.raises(BuildError) as caught:
        build_environment(workshop, base, f"--index-url {wrong}\n--trusted-host {private_index.host}\nazml-hidden\n")
    assert caught.value.code == "index-refused"
    assert "wr0ng-s3cret" not in repr([caught.value.lines(), caught.value.details, workshop.events])


def test_a_certificate_that_is_not_known(workshop: Workshop, plain_image: MakeImage, tmp_path: Path) -> None:
    """An index with a certificate of its own, and no bundle that has it."""
    base = facts_of(workshop, plain_image("bookworm"), tmp_path)
    pip = PipFiles(pip_conf="[global]\nretries = 0\n", proxies=machine_pip().proxies)
    with pytest.raises(BuildError) as caught:
        build_environment(workshop, base, "six\n", pip=pip)
    assert caught.value.code in ("certificate-untrusted", "download-failed")
