"""A small conda channel on this machine's disk: real packages, made here, whose Python wraps one at hand."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from azml_magics.plan.conda_packages import conda_subdir
from azml_magics.system.host import collect_host_facts

#: The interpreter behind this one: a link to that of a virtual environment would lead to nothing in another prefix.
BASE_PYTHON = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Link:
    """A symbolic link in a package."""

    target: str


Files = Mapping[str, str | Link]


@dataclass
class Channel:
    """A channel below ``folder``; :meth:`index` after the last package makes it readable."""

    folder: Path
    subdir: str = field(default_factory=lambda: conda_subdir(collect_host_facts().platform))

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def path(self, stem: str) -> Path:
        """The file of a package by ``NAME-VERSION-BUILD``."""
        (found,) = self.folder.glob(f"*/{stem}.conda")
        return found

    def add(
        self,
        name: str,
        version: str,
        files: Files,
        *,
        depends: Sequence[str] = (),
        noarch: bool = True,
    ) -> Path:
        """Write one package; files of a ``noarch`` one are below ``site-packages/`` or ``python-scripts/``."""
        subdir = "noarch" if noarch else self.subdir
        index: dict[str, object] = {
            "name": name,
            "version": version,
            "build": "0",
            "build_number": 0,
            "depends": list(depends),
            "subdir": subdir,
        }
        info = {"info/paths.json": json.dumps({"paths": [_path(*item) for item in files.items()], "paths_version": 1})}
        if noarch:
            index["noarch"] = "python"
            info["info/link.json"] = json.dumps({"noarch": {"type": "python"}, "package_metadata_version": 1})
        info["info/index.json"] = json.dumps(index)
        stem = f"{name}-{version}-0"
        target = self.folder / subdir / f"{stem}.conda"
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
            archive.writestr(f"pkg-{stem}.tar.zst", _tar_zst(files))
            archive.writestr(f"info-{stem}.tar.zst", _tar_zst(info))
        return target

    def add_python(self, python: Path = BASE_PYTHON, version: str = "", *, sees_system: bool = False) -> Path:
        """A Python whose prefix is made of links to ``python``: it takes such a prefix for a virtual environment.

        With ``sees_system`` the pip of that Python works in it.
        """
        version = version or "{}.{}.{}".format(*sys.version_info[:3])
        minor = ".".join(version.split(".")[:2])
        files: dict[str, str | Link] = {
            f"bin/python{minor}": Link(str(python)),
            "bin/python3": Link(f"python{minor}"),
            "bin/python": Link(f"python{minor}"),
            "pyvenv.cfg": f"home = {python.parent}\ninclude-system-site-packages = {str(sees_system).lower()}\n",
            f"lib/python{minor}/site-packages/README.txt": "",
        }
        return self.add("python", version, files, noarch=False)

    def add_module(self, name: str, version: str, source: str, *, depends: Sequence[str] = ("python",)) -> Path:
        """A Python distribution with one module, as conda builds them."""
        about = f"site-packages/{name}-{version}.dist-info"
        files = {
            f"site-packages/{name}.py": source,
            f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{about}/INSTALLER": "conda\n",
            f"{about}/RECORD": "",
        }
        return self.add(name, version, files, depends=depends)

    def index(self) -> None:
        """Write the channel's lists of packages anew."""
        from rattler.index import index_fs

        for subdir in ("noarch", self.subdir):
            (self.folder / subdir).mkdir(parents=True, exist_ok=True)
        asyncio.run(index_fs(self.folder, write_zst=False, write_shards=False, force=True))


def make_channel(
    folder: Path, *, python: Path = BASE_PYTHON, python_version: str = "", sees_system: bool = False
) -> Channel:
    """Python, pip, ``greeting`` 1.0 and 2.0 (which needs ``words``), ``words`` 1.0, and ``clash`` for an older.

    ``pip`` holds nothing: environments name it, and nothing here is installed with it.
    """
    channel = Channel(folder)
    channel.add_python(python, python_version, sees_system=sees_system)
    channel.add("pip", "24.0", {"site-packages/azml_no_pip.txt": ""}, depends=["python"])
    channel.add_module("greeting", "1.0", "def greet():\n    return 'hello'\n")
    channel.add_module(
        "greeting", "2.0", "import words\n\ndef greet():\n    return words.WORD\n", depends=["python >=3.8", "words"]
    )
    channel.add_module("words", "1.0", "WORD = 'hi'\n")
    channel.add_module("clash", "1.0", "", depends=["python", "words <1"])
    channel.index()
    return channel


def _path(name: str, content: str | Link) -> dict[str, object]:
    data = b"" if isinstance(content, Link) else content.encode()
    kind = "softlink" if isinstance(content, Link) else "hardlink"
    digest = hashlib.sha256(data).hexdigest()
    return {"_path": name, "path_type": kind, "sha256": digest, "size_in_bytes": len(data)}


def _tar_zst(files: Files) -> bytes:
    import zstandard

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            if isinstance(content, Link):
                entry.type, entry.linkname = tarfile.SYMTYPE, content.target
                archive.addfile(entry)
            else:
                data = content.encode()
                entry.size, entry.mode = len(data), 0o755 if name.startswith("bin/") else 0o644
                archive.addfile(entry, io.BytesIO(data))
    return zstandard.ZstdCompressor().compress(buffer.getvalue())
