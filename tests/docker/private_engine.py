"""``PrivateEngine``: a real ``dockerd`` with its own data, for tests that kill an engine or fill its disk."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import psutil
import pytest

from azml_magics.containers.connection import Connection, connect

START_SECONDS = 60
CONTAINERD_CONFIGURATION = """\
version = 2
root = "{folder}/containerd"
state = "{folder}/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{folder}/containerd.sock"
"""


class PrivateEngine:
    """Started by ``with``; everything it has is below ``folder``, its own. Its containers reach no network.

    ``options`` are for ``dockerd``, ``environment`` are variables it gets, ``disk_bytes`` is how much it can store.
    As under a service manager its ``containerd`` is a program of its own, which survives :meth:`kill`.
    """

    def __init__(
        self,
        *,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        disk_bytes: int | None = None,
    ) -> None:
        # A socket's path may have no more than about 100 characters, which pytest's own folders come near to.
        self.folder = folder = Path(tempfile.mkdtemp(prefix="azml-engine-"))
        self._options = options
        self._disk_bytes = disk_bytes
        self._environment = {**os.environ, **(environment or {})}
        self.address = f"unix://{folder}/docker.sock"
        self._containerd: psutil.Popen | None = None
        self._dockerd: psutil.Popen | None = None
        self._driver: list[str] = []
        self._bridge = f"azml{os.getpid() % 10**9}"

    def __enter__(self) -> PrivateEngine:
        try:
            self._set_up()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _set_up(self) -> None:
        if self._disk_bytes is not None:
            (self.folder / "data").mkdir()
            disk = ["mount", "-t", "tmpfs", "-o", f"size={self._disk_bytes}", "tmpfs", f"{self.folder}/data"]
            subprocess.run(disk, check=True)
        _ip("link", "add", "name", self._bridge, "type", "bridge")
        # An address for tests of networks; two test processes have two.
        _ip("address", "add", f"198.18.{os.getpid() % 250}.1/28", "dev", self._bridge)
        configuration = self.folder / "containerd.toml"
        configuration.write_text(CONTAINERD_CONFIGURATION.format(folder=self.folder))
        self._containerd = self._run(["containerd", "--config", str(configuration)])
        self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in (self._dockerd, self._containerd):
            if process is not None:
                _end(process)
        for shim in psutil.process_iter(["cmdline"]):  # a container's own parent outlives both
            if f"{self.folder}/containerd.sock" in (shim.info["cmdline"] or ()):
                _end(shim)
        subprocess.run(["ip", "link", "delete", self._bridge], check=False)  # it may not have come so far
        for mount in reversed(psutil.disk_partitions(all=True)):
            if mount.mountpoint.startswith(f"{self.folder}/"):
                subprocess.run(["umount", "--lazy", mount.mountpoint], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start ``dockerd``, again after :meth:`kill`, and wait until it answers.

        Where the usual storage driver does not work (in a container, for instance) the one that always does is taken.
        """
        if not self._starts(self._driver):
            self._driver = ["--storage-driver", "vfs"]
            if not self._starts(self._driver):
                pytest.fail("a private dockerd does not start: " + (self.folder / "log").read_text()[-3000:])

    def _starts(self, driver: Sequence[str]) -> bool:
        command = ["dockerd", "--host", self.address, "--data-root", f"{self.folder}/data", *driver]
        command += ["--exec-root", f"{self.folder}/run/docker", "--pidfile", f"{self.folder}/pid"]
        command += ["--containerd", f"{self.folder}/containerd.sock", "--iptables=false"]
        # A bridge of its own: told to use none, dockerd removes the one that the machine's own engine uses.
        command += ["--bridge", self._bridge]
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as notices:
            # As a service manager is told; it may take its time, and may end instead.
            (self.folder / "ready").unlink(missing_ok=True)
            notices.bind(f"{self.folder}/ready")
            command += ["--ip-forward=false", "--ip-masq=false", *self._options]
            self._dockerd = self._run(command, {**self._environment, "NOTIFY_SOCKET": f"{self.folder}/ready"})
            end = os.pidfd_open(self._dockerd.pid)
            told, _, _ = select.select([notices.fileno(), end], [], [], START_SECONDS)
            os.close(end)
            if notices.fileno() in told and b"READY=1" in notices.recv(4096):
                return True
        self.kill()
        return False

    def _run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> psutil.Popen:
        with (self.folder / "log").open("ab") as log:
            return psutil.Popen(command, stdout=log, stderr=log, start_new_session=True, env=environment)

    def connect(self) -> Connection:
        """A connection to this engine, whatever the environment says."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DOCKER_HOST", self.address)
            return connect()

    def copy(self, reference: str) -> str:
        """Bring an image of the machine's own engine to this one."""
        content = b"".join(connect().client.images.get(reference).save(named=True))
        self.connect().client.images.load(content)
        return reference

    def kill(self) -> None:
        """SIGKILL ``dockerd``, as when it crashes."""
        assert self._dockerd is not None
        self._dockerd.kill()
        self._dockerd.wait()
        (self.folder / "pid").unlink(missing_ok=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def _end(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(timeout=20)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()
