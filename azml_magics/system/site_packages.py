"""Reading a site-packages directory: whose Python it is for, what is in it, what would not work when it is mounted."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from azml_magics.definitions.site_packages import SitePackages
from azml_magics.errors import NotFoundError
from azml_magics.system.host import installed_packages

#: Path files that only serve the tool they belong to, or that nothing breaks without.
_HARMLESS = re.compile(r"distutils-precedence|_virtualenv|a1_coverage|matplotlib-.*-nspkg|zzzz_.*|ddtrace.*")
_EDITABLE = re.compile(r"__editable__.*|easy-install|_?editable_.*")
_COMPILED = re.compile(r"\.(so|pyd|dylib)$")
_ABI = re.compile(r"(?<=\.)[^./]+(?=\.(?:so|pyd|dylib)$)")
_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", re.MULTILINE)
_SYSTEM = re.compile(r"^include-system-site-packages\s*=\s*true\s*$", re.MULTILINE | re.IGNORECASE)


def find_site_packages_directory(path: Path) -> Path | None:
    """The site-packages of a virtual environment, or ``path`` itself where it is a directory of another kind."""
    if not path.is_dir():
        return None
    if (path / "pyvenv.cfg").is_file() or (path / "conda-meta").is_dir():
        return next(iter(sorted(path.glob("lib/python3*/site-packages"))), None)
    return path


def read_site_packages(path: Path) -> SitePackages:
    """What is in the directory or virtual environment ``path``.

    Raises ``NotFoundError`` (``site-packages-missing``) where there is none.
    """
    directory = find_site_packages_directory(path)
    if directory is None:
        raise NotFoundError(
            f"site_packages {path} does not exist, or is an environment without lib/pythonX.Y/site-packages",
            remedy="name a virtual environment, or the site-packages directory in one",
            code="site-packages-missing",
        )
    root = directory.parents[2] if directory.name == "site-packages" and len(directory.parents) > 2 else directory
    config = root / "pyvenv.cfg"
    text = config.read_text(errors="replace") if config.is_file() else ""
    extensions = _extensions(directory)
    return SitePackages(
        directory,
        _python(directory, text, extensions),
        installed_packages([directory]),
        tuple(extensions.values()),
        tuple(relied_on_path_files(directory)),
        tuple(sorted(_editable(directory))),
        _unreadable(directory),
        bool(_SYSTEM.search(text)),
        (root / "conda-meta").is_dir(),
    )


def relied_on_path_files(directory: Path) -> list[str]:
    """The ``.pth`` files that a package relies on, as ``FILE (of PACKAGE)``; without those of editable installs."""
    names = [
        file.stem for file in sorted(directory.glob("*.pth")) if not _HARMLESS.match(file.stem) and file.stat().st_size
    ]
    owners = _owners(directory) if names else {}
    return [
        f"{name}.pth (of {owners[f'{name}.pth']})" if f"{name}.pth" in owners else f"{name}.pth"
        for name in names
        if not _EDITABLE.match(name)
    ]


def _owners(directory: Path) -> dict[str, str]:
    return {
        str(file): item.metadata["Name"]
        for item in distributions(path=[str(directory)])
        for file in item.files or ()
        if str(file).endswith(".pth")
    }


def _editable(directory: Path) -> Iterator[str]:
    """Names of the packages that are links to their source (PEP 610, and setuptools' older way)."""
    for item in distributions(path=[str(directory)]):
        if _is_editable(item):
            yield item.metadata["Name"]
    for link in directory.glob("*.egg-link"):
        yield link.stem


def _is_editable(item: Distribution) -> bool:
    text = item.read_text("direct_url.json")
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return False
    info = value.get("dir_info") if isinstance(value, dict) else None
    return isinstance(info, dict) and info.get("editable") is True


def _extensions(directory: Path) -> dict[str, str]:
    """What the names of compiled modules promise -> the first file that does."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(directory):
        folders.sort()
        for name in sorted(files):
            if _COMPILED.search(name) and (abi := _ABI.search(name)):
                found.setdefault(abi[0], (Path(folder) / name).relative_to(directory).as_posix())
    return found


def _unreadable(directory: Path) -> str | None:
    """The first path that others may not read, or not enter."""
    for folder, folders, files in os.walk(directory):
        folders.sort()
        for path, wanted in ((Path(folder), 0o005), *((Path(folder, name), 0o004) for name in sorted(files))):
            if not path.is_symlink() and path.stat().st_mode & wanted != wanted:
                return path.relative_to(directory).as_posix()
    return None


def _python(directory: Path, config: str, extensions: dict[str, str]) -> str | None:
    """The path says it, else the environment's configuration, else its compiled modules where they agree."""
    named = re.fullmatch(r"python(3\.\d+)t?", directory.parent.name)
    written = _VERSION.search(config)
    if named or written:
        return (named or written)[1]  # type: ignore[index]  # one of them is there
    minors = {f"3.{found[1]}" for abi in extensions if (found := re.match(r"cpython-3(\d+)", abi))}
    return minors.pop() if len(minors) == 1 else None
