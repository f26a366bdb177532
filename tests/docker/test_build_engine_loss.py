"""Builds on an engine that is killed, then on the same engine when it is back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from azml_magics.build.image import Builder, build_image
from azml_magics.build.pip_container import NAME_PREFIX
from azml_magics.cancel import Cancel
from azml_magics.errors import BuildError
from azml_magics.events import Event, LogLine
from azml_magics.system.container_pip import PipFiles
from tests.docker.building import BUILDERS, Workshop
from tests.docker.conftest import MakeImage
from tests.docker.private_engine import PrivateEngine


@pytest.fixture(scope="module")
def engine(plain_image: MakeImage) -> Iterator[tuple[PrivateEngine, str]]:
    with PrivateEngine() as engine:
        yield engine, engine.copy(plain_image("bookworm"))


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("with_pip", [False, True], ids=["plain", "pip"])
def test_an_engine_that_is_killed_during_a_build(
    engine: tuple[PrivateEngine, str], builder: Builder, with_pip: bool
) -> None:
    private, base = engine
    workshop = Workshop(private.connect(), builder)
    rest = "; pip download nothing" if with_pip else ""
    dockerfile = f"FROM {base}\nRUN echo {workshop.mark}\nRUN echo running; sleep 300{rest}\n"
    pip = PipFiles(pip_conf="[global]\nno-index = true\n")

    def kill(event: Event) -> None:
        if isinstance(event, LogLine) and event.text == "running":
            private.kill()

    try:
        with pytest.raises(BuildError) as caught:
            build_image(
                dockerfile,
                workshop.tag(),
                {},
                connection=workshop.connection,
                labels={},
                emit=kill,
                cancel=Cancel(),
                builder=builder,
                pip=pip,
            )
    finally:
        private.start()
    assert caught.value.code == "docker-gone"
    assert "at step 3 of 3: the Docker engine ended during the build" in caught.value.brief
    assert caught.value.place is not None
    assert caught.value.place.line == 3

    workshop.connection = private.connect()
    assert workshop.api.images(name=workshop.mark) == []
    again = workshop.build(dockerfile.replace("sleep 300", "true").replace("pip download", "pip --version ||"), pip=pip)
    assert workshop.inspect(again)["Id"]
    if with_pip and builder == "classic":
        # What a killed build has left goes when the same step is built again.
        with pytest.raises(BuildError):
            workshop.build(dockerfile.replace("sleep 300", "exit 9"), pip=pip)
        assert workshop.api.containers(filters={"name": NAME_PREFIX}) == []
