"""Building test images: unique names that are gone afterwards, and what was told while they were built."""

from __future__ import annotations

import io
import tarfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from azml_magics.build.image import Builder, build_image
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.events import BuildStep, Event, LogLine
from azml_magics.system.container_pip import PipFiles, collect_pip_files

BUILDERS: tuple[Builder, ...] = ("buildkit", "classic")


@dataclass
class Workshop:
    """Builds images with one builder; ``mark`` labels everything that comes of it."""

    connection: Connection
    builder: Builder
    mark: str = field(default_factory=lambda: f"azml-test-{uuid.uuid4().hex[:12]}")
    events: list[Event] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    #: Ids of images whose names were given to others.
    replaced: list[str] = field(default_factory=list)

    @property
    def api(self) -> Any:
        return self.connection.client.api

    def tag(self) -> str:
        self.tags.append(f"{self.mark}:{len(self.tags)}")
        return self.tags[-1]

    def build(
        self,
        dockerfile: str,
        files: Mapping[str, bytes | Path] | None = None,
        *,
        directory: Path | None = None,
        pip: PipFiles | None = None,
        cancel: Cancel | None = None,
        tag: str | None = None,
        **more: Any,
    ) -> str:
        """The name of the image; the events of this build alone are in ``events``."""
        name = tag or self.tag()
        self.events.clear()
        build_image(
            dockerfile,
            name,
            files or {},
            connection=self.connection,
            labels={self.mark: "built"},
            emit=self.events.append,
            cancel=cancel or Cancel(),
            context_directory=directory,
            builder=self.builder,
            pip=pip,
            **more,
        )
        return name

    def outcomes(self) -> list[str]:
        """``cached`` or ``done`` for each step that ended, in order."""
        return [event.outcome for event in self.events if isinstance(event, BuildStep) and event.outcome != "started"]

    def output(self) -> str:
        return "\n".join(event.text for event in self.events if isinstance(event, LogLine))

    def run(self, image: str, *command: str) -> str:
        """What ``command`` prints in a container of ``image``."""
        containers: Any = self.connection.client.containers
        container = containers.create(image, list(command[1:]), entrypoint=command[0])
        try:
            container.start()
            container.wait()  # logs of a short life are complete only then
            return str(container.logs().decode().strip())
        finally:
            container.remove(force=True, v=True)

    def inspect(self, image: str) -> dict[str, Any]:
        return dict(self.api.inspect_image(image))

    def everything_about(self, image: str) -> bytes:
        """Whatever somebody who has the image can read: its history, its configuration, the bytes of its layers."""
        told = repr(self.api.history(image)) + repr(self.api.inspect_image(image))
        saved = io.BytesIO(b"".join(self.api.get_image(image)))
        content = [told.encode()]
        with tarfile.open(fileobj=saved) as archive:
            for member in archive:
                file = archive.extractfile(member)
                data = file.read() if file else b""
                content.append(data)
        return b"\n".join(content)

    def strays(self) -> list[str]:
        """Containers and untagged images that a build with ``LABEL <mark>=...`` has left."""
        containers = self.api.containers(all=True, filters={"label": self.mark})
        images = self.api.images(filters={"label": self.mark, "dangling": True})
        return [str(item["Id"]) for item in (*containers, *images)]

    def clean_up(self) -> None:
        found = [
            *self.api.images(name=self.mark),
            *self.api.images(filters={"label": self.mark}),
            *(image for image in self.api.images(filters={"dangling": True}) if image["Id"] in self.replaced),
        ]
        for image_id in dict.fromkeys(image["Id"] for image in found):
            self.api.remove_image(image_id, force=True)


@dataclass
class Serving:
    """A container of a package, scored over HTTP."""

    container: Any

    @property
    def address(self) -> str:
        self.container.reload()
        ports = self.container.attrs["NetworkSettings"]["Ports"]["5001/tcp"]
        return f"http://127.0.0.1:{ports[0]['HostPort']}"

    def wait(self, seconds: float = 300) -> None:
        """Until it answers; its log, should it end instead."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.container.reload()
            assert self.container.status != "exited", self.container.logs().decode()
            try:
                if requests.get(f"{self.address}/", timeout=20).ok:
                    return
            except (requests.RequestException, TypeError, IndexError, KeyError):
                time.sleep(0.1)
        raise AssertionError(self.container.logs().decode())

    def score(self, body: object) -> object:
        answer = requests.post(f"{self.address}/score", json=body, timeout=120)
        assert answer.status_code == 200, (answer.text, self.container.logs().decode())
        return answer.json()


def served(connection: Connection, image: str, **options: Any) -> Iterator[Serving]:
    """A running container of ``image``, healthy, removed afterwards."""
    containers: Any = connection.client.containers
    container = containers.run(image, detach=True, ports={"5001/tcp": ("127.0.0.1", None)}, **options)
    try:
        serving = Serving(container)
        serving.wait()
        yield serving
    finally:
        container.remove(force=True, v=True)


def machine_pip() -> PipFiles:
    """What pip needs to reach its index from inside, without the directories of this machine's own settings."""
    found = collect_pip_files()
    lines = [line for line in found.pip_conf.splitlines(keepends=True) if not line.startswith(("find-links", "    "))]
    return PipFiles("".join(lines), found.ca_bundle, (), found.proxies, found.credentials, found.secrets)
