"""What was seen in images, kept as a JSON file each; looking is left to ``look``."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache as once
from hashlib import sha256
from pathlib import Path
from typing import Any

from azml_magics.containers.look import PROBES, Look
from azml_magics.system.files import write_atomically


def read_look(directory: Path, image_id: str, interpreter_path: str | None) -> Look | None:
    """The look kept below ``directory``; ``None`` when there is none, or one that cannot be read any more."""
    content = _read(_path(directory, image_id, interpreter_path))
    return None if content is None else content[1]


def write_look(directory: Path, image_id: str, interpreter_path: str | None, look: Look) -> None:
    """Keep a look; an image id is its content, so it stays true."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = json.dumps({"image": image_id, "look": asdict(look)})
    write_atomically(_path(directory, image_id, interpreter_path), content.encode())


def known_pythons(directory: Path) -> dict[str, str]:
    """Image id -> version of its Python, for every image with one that was looked into."""
    found = [_read(path) for path in sorted(directory.glob("*.json"))]
    return {image_id: look.python_version for image_id, look in filter(None, found) if look.python_version}


def _path(directory: Path, image_id: str, interpreter_path: str | None) -> Path:
    """Another image, interpreter or probe is another file."""
    key = sha256(b"\0".join([image_id.encode(), (interpreter_path or "").encode(), _probes()])).hexdigest()
    return directory / f"{key[:32]}.json"


@once
def _probes() -> bytes:
    return b"\0".join(path.read_bytes() for path in PROBES)


def _read(path: Path) -> tuple[str, Look] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        look = content["look"]
        look["packages"] = tuple((str(name), str(version)) for name, version in look["packages"])
        return str(content["image"]), Look(**look)
    except (OSError, ValueError, KeyError, TypeError):  # never looked, or damaged on disk: it is looked into again
        return None
