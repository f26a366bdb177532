"""A real Jupyter server in a folder of its own: started, asked, ended with everything its notebooks began.

What happens in the page is left to ``tests.browser.pages``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import requests

from azml_magics.session import Session

START_SECONDS = 120.0
END_SECONDS = 30.0
#: No news, no look for updates, nothing saved behind the test's back.
SETTINGS: dict[str, dict[str, object]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "docmanager-extension/plugin": {"autosave": False},
}
#: What whoever runs the tests may have set for a Jupyter of their own.
FOREIGN = ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_DIR", "AZML_PANEL", "AZML_WORKSPACE")


class JupyterServer:
    """``jupyter lab``, ``notebook`` or ``voila`` of the Python that runs the tests, or of ``prefix``.

    ``folder`` is new and the server's alone: notebooks, settings and the workspace ``.azml`` lie there. Extensions of
    the front end in ``without`` count as not installed.
    """

    def __init__(
        self,
        folder: Path,
        app: str = "lab",
        *,
        prefix: Path = Path(sys.prefix),
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.app = app
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self._write_settings()
        self._disable(without)
        self._log = folder / "server.log"
        self._url = ""
        self._known = threading.Event()
        self._process = subprocess.Popen(
            [prefix / "bin" / "python", "-m", "jupyterlab" if app == "lab" else app, *self._options(), *arguments],
            env=self._environment(prefix) | dict(environment or {}),
            cwd=self.notebooks,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        threading.Thread(target=self._read_log, daemon=True).start()
        if not self._known.wait(START_SECONDS) or not self._url:
            self.close()
            raise RuntimeError(f"no Jupyter server:\n{self._log.read_text()[-3000:]}")

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return self._url

    @property
    def workspace(self) -> Path:
        """Where notebooks of this server find their workspace."""
        return self.notebooks / ".azml"

    def session(self) -> Session:
        """What happens to this server's services, seen from another process."""
        return Session(self.workspace, working_directory=self.notebooks)

    def write(self, name: str, cells: Sequence[str]) -> Path:
        """A notebook of code cells."""
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = self.notebooks / name
        nbformat.write(notebook, path)
        return path

    def read(self, name: str) -> Any:
        """A notebook as it was saved."""
        return nbformat.read(self.notebooks / name, as_version=4)

    def forget_settings(self) -> None:
        """Undo what pages changed: the theme, and whatever else the front end remembers."""
        shutil.rmtree(self.folder / "settings")
        self._write_settings()

    def end_kernels(self) -> None:
        """End every kernel and wait for it; what runs outside of kernels goes on."""
        for kind in ("sessions", "kernels"):
            while found := self._ask(kind):
                for each in found:
                    requests.delete(f"{self.url}/api/{kind}/{each['id']}", timeout=END_SECONDS)

    def _ask(self, kind: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/api/{kind}", timeout=END_SECONDS)
        # One that ends while they are listed makes the server say that it is not there.
        return list(answer.json()) if answer.ok else self._ask(kind)

    def close(self) -> None:
        """End the kernels, the jobs that outlive them, the services, and the server itself."""
        if self._url and self._process.poll() is None:
            self.end_kernels()
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        end_work(self.workspace)

    def _options(self) -> list[str]:
        """As the server's log is read for its address, a taken port is no trouble: it takes the next."""
        own = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}.get(self.app)
        if own is None:
            return ["--no-browser", "--port=0", "--Voila.ip=127.0.0.1"]
        return [
            *("--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="),
            *("--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={self.notebooks}"),
            f"--{own}.expose_app_in_browser=True",
        ]

    def _environment(self, prefix: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        return {
            **kept,
            **{name: str(self.folder / folder) for name, folder in own.items()},
            "PATH": f"{prefix / 'bin'}{os.pathsep}{kept.get('PATH', '')}",
            "JUPYTER_PREFER_ENV_PATH": "1",
            "JUPYTER_PLATFORM_DIRS": "1",
        }

    def _write_settings(self) -> None:
        for plugin, values in SETTINGS.items():
            path = self.folder / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _disable(self, extensions: Sequence[str]) -> None:
        path = self.folder / "config" / "labconfig" / "page_config.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"disabledExtensions": dict.fromkeys(extensions, True)}))

    def _read_log(self) -> None:
        """Until the server ends; the first address that it tells is where it is."""
        stream = self._process.stderr
        assert stream is not None
        with self._log.open("wb") as log:
            for line in stream:
                log.write(line)
                log.flush()
                address = re.search(rb"https?://127\.0\.0\.1:\d+", line)
                if address and not self._url:
                    self._url = address[0].decode()
                    self._known.set()
        self._known.set()


def end_work(workspace: Path) -> None:
    """End the services of a workspace; jobs that no kernel holds are asked to end first."""
    if not workspace.exists():
        return
    session = Session(workspace)
    for report in session.services():
        session.stop(report.name)
