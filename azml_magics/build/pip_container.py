"""One step of a build run in a container, so that pip's settings reach it from a volume, which no image keeps."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azml_magics.build.tar_stream import Entry, stream_tar
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explained
from azml_magics.containers.streams import decoded_lines
from azml_magics.definitions.image_layout import CA_BUNDLE, CREDENTIALS, STATE
from azml_magics.system.container_pip import FIND_LINKS, PipFiles

#: What containers of ours are called while an image is built: one that is left over shows by it.
NAME_PREFIX = "azml-build-"
#: Put before the place where pip looks by itself, so that an image's own configuration still wins.
CONFIG_HOME = f"{STATE}/xdg"
SETUP = f"{STATE}/setup.sh"
QUIET = "disable-pip-version-check = true\nno-input = true\nprogress-bar = off\nroot-user-action = ignore\n"


@dataclass(frozen=True)
class PipContainer:
    """A step that makes a new image of ``image_id``; ``key`` says what it does, so that it is done once."""

    connection: Connection
    image_id: str
    key: str
    pip: PipFiles

    def find_result(self) -> str | None:
        """The id of the image that an equal step made before."""
        api: Any = self.connection.client.api
        with explained("looking for an earlier result"):
            children = [image["Id"] for image in api.images(all=True) if image.get("ParentId") == self.image_id]
            for child in children:
                if api.inspect_image(child).get("Comment") == self._comment:
                    return str(child)
        return None

    def run(
        self,
        command: Callable[[Sequence[str], str], list[str]],
        *,
        on_line: Callable[[str], None],
        cancel: Cancel,
    ) -> str | int:
        """Run ``command`` (of the image's shell and what it must do first); the new image's id, or the exit code.

        The container and its volume are gone afterwards in any case.
        """
        api: Any = self.connection.client.api
        what = "running a step in a container"
        with explained(what):
            self._remove_leftovers()
            config = api.inspect_image(self.image_id)["Config"] or {}
            shell = config.get("Shell") or ["/bin/sh", "-c"]
            container = api.create_container(
                self.image_id,
                # Without a command: one would stay in the image where the image has none itself.
                entrypoint=command(shell, f". {SETUP}"),
                name=f"{NAME_PREFIX}{self.key}-{secrets.token_hex(4)}",
                host_config=api.create_host_config(mounts=list(self._mounts())),
            )["Id"]
        remove_hook = cancel.add_hook(lambda: self._kill(container))
        try:
            with explained(what):
                self._put_files(container, cancel)
                stream = api.attach(container, stdout=True, stderr=True, stream=True, logs=True)
                cancel.check(what)
                api.start(container)
                for line in decoded_lines(stream):
                    on_line(line)
                code = int(api.wait(container, timeout=None)["StatusCode"])
                cancel.check(what)
                return code or self._commit(container, config)
        finally:
            remove_hook()
            self._remove(container)

    @property
    def _comment(self) -> str:
        return f"azml step {self.key}"

    def _mounts(self) -> Iterator[Any]:
        from docker.types import Mount

        # No source: a volume without a name, removed with the container.
        yield Mount(target=STATE, source=None, type="volume")
        if not self.connection.is_remote:
            for number, path in enumerate(self.pip.find_links):
                yield Mount(target=f"{FIND_LINKS}/{number}", source=str(path), type="bind", read_only=True)

    def _put_files(self, container: str, cancel: Cancel) -> None:
        variables = {**self.pip.proxies, "XDG_CONFIG_DIRS": f"{CONFIG_HOME}:/etc/xdg"}
        setup = "".join(f"export {name}={_quoted(value)}\n" for name, value in variables.items())
        files: dict[str, bytes | Path] = {
            SETUP: setup.encode(),
            f"{CONFIG_HOME}/pip/pip.conf": ((self.pip.pip_conf or "[global]\n") + QUIET).encode(),
            CREDENTIALS: self.pip.credentials_text().encode(),
        }
        if self.pip.ca_bundle is not None:
            files[CA_BUNDLE] = self.pip.ca_bundle
        if self.connection.is_remote:
            for number, folder in enumerate(self.pip.find_links):
                files |= {f"{FIND_LINKS}/{number}/{path.name}": path for path in folder.iterdir() if path.is_file()}
        entries = {str(Path(path).relative_to(STATE)): Entry(content) for path, content in files.items()}
        api: Any = self.connection.client.api
        api.put_archive(container, STATE, stream_tar(entries, cancel=cancel))

    def _commit(self, container: str, config: Mapping[str, Any]) -> str:
        """The container as an image that starts as the former one did."""
        # The engine fills what is absent from the container's configuration; an empty list is not absent.
        former = {**config, "Entrypoint": config.get("Entrypoint") or []}
        api: Any = self.connection.client.api
        return str(api.commit(container, message=self._comment, conf=former)["Id"])

    def _remove_leftovers(self) -> None:
        """Containers of a builder that was killed: whoever holds the lock of this build is alone with its name."""
        api: Any = self.connection.client.api
        for left in api.containers(all=True, filters={"name": f"^/{NAME_PREFIX}{self.key}-"}):
            self._remove(left["Id"])

    def _kill(self, container: str) -> None:
        from docker.errors import APIError

        api: Any = self.connection.client.api
        with contextlib.suppress(APIError):  # not started yet, or over already
            api.kill(container)

    def _remove(self, container: str) -> None:
        from docker.errors import APIError
        from requests import RequestException

        api: Any = self.connection.client.api
        with contextlib.suppress(APIError, RequestException):  # the engine may be what failed
            api.remove_container(container, v=True, force=True)


def _quoted(value: str) -> str:
    import shlex

    return shlex.quote(value)
