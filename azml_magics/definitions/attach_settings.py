"""``AttachSettings``: how an editor attaches to a script that waits for a debugger; waiting is left to ``serving``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from azml_magics.definitions.deployment import Deployment


@dataclass(frozen=True)
class AttachSettings:
    """``script`` is the file to set breakpoints in, ``mappings`` are (folder of the user's, folder that runs)."""

    name: str
    script: Path
    mappings: tuple[tuple[str, str], ...]
    port: int = 0

    @classmethod
    def of(cls, deployment: Deployment, app: Path) -> AttachSettings:
        """Those of ``deployment`` laid out at ``app``.

        What came from files is debugged in these files. A cell is no file: there the copy that runs is opened.
        """
        script, source = deployment.entry_script, deployment.source_directory
        running = app if source is None else app / source.name
        if script.file is None:
            inside = Path(script.path).name if source is None else script.path
            return cls(deployment.name, running / inside, ((str(running), str(running)),))
        local = script.file.parent if source is None else source
        return cls(deployment.name, script.file, ((str(local), str(running)),))

    def configuration(self) -> dict[str, object]:
        """An entry of ``configurations`` in VS Code's ``launch.json``."""
        return {
            "name": f"azml invoke {self.name}",
            "type": "debugpy",
            "request": "attach",
            "connect": {"host": "127.0.0.1", "port": self.port},
            "pathMappings": [{"localRoot": local, "remoteRoot": remote} for local, remote in self.mappings],
        }


def attach_note(settings: AttachSettings) -> str:
    """What to do now, in words and as a snippet for ``launch.json``."""
    return "\n".join(
        [
            f"waiting for a debugger on 127.0.0.1:{settings.port}; set breakpoints in {settings.script}",
            "VS Code: put this into configurations of .vscode/launch.json and start it (F5)",
            json.dumps(settings.configuration(), indent=4),
        ]
    )
