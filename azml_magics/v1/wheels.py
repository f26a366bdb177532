"""``Environment.add_private_pip_wheel``: wheels under whatever file name, kept under the one that pip wants."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from azml_magics.session import Session
from azml_magics.v1.checked import warn
from azml_magics.v1.exceptions import raising_of_files


def add_private_wheel(session: Session, path: Path, *, exist_ok: bool) -> str:
    """Keep the wheel in the workspace; gives the line that installs it.

    Azure takes files of any name here, and fails when pip does. Raises ``FileNotFoundError``, ``UserErrorException``.
    """
    with raising_of_files(), tempfile.TemporaryDirectory(prefix="azml-wheel-") as folder:
        name = _proper_name(session.working_directory / path)
        if name is None or name == path.name:
            return session.environments.add_wheel(path, exist_ok=exist_ok)
        warn(f"pip wants a wheel to be called by what is in it: {path.name} is kept as {name}")
        renamed = Path(folder) / name
        shutil.copyfile(session.working_directory / path, renamed)
        return session.environments.add_wheel(renamed, exist_ok=exist_ok)


def _proper_name(path: Path) -> str | None:
    """``NAME-VERSION-TAGS.whl`` by what the file says of itself; ``None`` for what is no wheel at all."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        pass
    else:
        return path.name
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            info = next(name.partition("/")[0] for name in names if name.endswith(".dist-info/WHEEL"))
            text = archive.read(f"{info}/WHEEL").decode()
    except (OSError, zipfile.BadZipFile, StopIteration, UnicodeDecodeError):
        return None
    tags = HeaderParser().parsestr(text).get_all("Tag") or ["py3-none-any"]
    parts = [sorted({tag.split("-")[index] for tag in tags if tag.count("-") == 2}) for index in range(3)]
    return f"{info.removesuffix('.dist-info')}-{'-'.join('.'.join(part) for part in parts)}.whl"
