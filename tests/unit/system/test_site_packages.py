"""Directories as tools really leave them: virtual environments, editable installs, path files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from azml_magics.errors import NotFoundError
from azml_magics.system.process import run
from azml_magics.system.site_packages import find_site_packages_directory, read_site_packages, relied_on_path_files
from azml_magics.system.uv import uv_binary

#: An editable install as build backends make one, without any of them.
BACKEND = """
import zipfile
def build_editable(directory, *rest, **more):
    name = "mine-1.0-py3-none-any.whl"
    with zipfile.ZipFile(directory + "/" + name, "w") as wheel:
        wheel.writestr("_editable_mine.pth", PROJECT)
        wheel.writestr("mine-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: mine\\nVersion: 1.0\\n")
        wheel.writestr("mine-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("mine-1.0.dist-info/RECORD", "")
    return name
"""
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def directory(parent: Path, python: str = "3.11") -> Path:
    path = parent / "lib" / f"python{python}" / "site-packages"
    path.mkdir(parents=True)
    return path


def distribution(site: Path, name: str, *files: str, origin: str = "") -> None:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file in files:
        (site / file).write_text("import os\n")
    if origin:
        (info / "direct_url.json").write_text(origin)


def test_a_virtual_environment_with_an_editable_package(tmp_path: Path) -> None:
    project = tmp_path / "mine"
    project.mkdir()
    (project / "mine.py").touch()
    (project / "backend.py").write_text(BACKEND.replace("PROJECT", repr(str(project))))
    (project / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1.0"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    venv = tmp_path / "venv"
    variables = {**os.environ, "UV_CACHE_DIR": str(tmp_path / "cache")}
    make = [uv_binary(), "venv", "--no-project", "--system-site-packages", "--python", sys.executable, str(venv)]
    assert run(make, env=variables).returncode == 0
    install = [uv_binary(), "pip", "install", "--no-index", "--python", str(venv), "--editable", str(project)]
    assert run(install, env=variables).returncode == 0
    site = read_site_packages(venv)
    assert site.directory == venv / "lib" / f"python{PYTHON}" / "site-packages"
    assert site == read_site_packages(site.directory)
    assert (site.python, site.packages) == (PYTHON, (("mine", "1.0"),))
    assert (site.editable, site.path_files) == (("mine",), ())
    assert site.includes_system
    assert not site.is_conda
    assert site.unreadable is None


def test_compiled_modules_and_path_files(tmp_path: Path) -> None:
    site = directory(tmp_path)
    (site / "pkg").mkdir()
    for name in ("pkg/a.cpython-311-x86_64-linux-gnu.so", "pkg/b.cpython-311-x86_64-linux-gnu.so", "c.abi3.so", "d.so"):
        (site / name).touch()
    distribution(site, "odd", "odd-nspkg.pth", "distutils-precedence.pth")
    distribution(site, "quiet", "quiet.py")
    (site / "stray.pth").write_text("/somewhere\n")
    (site / "empty.pth").touch()
    found = read_site_packages(site)
    assert found.extensions == ("c.abi3.so", "pkg/a.cpython-311-x86_64-linux-gnu.so")
    assert found.path_files == ("odd-nspkg.pth (of odd)", "stray.pth")
    assert relied_on_path_files(site) == list(found.path_files)
    assert found.python == "3.11"


@pytest.mark.parametrize(
    ("origin", "editable"),
    [
        ('{"dir_info": {"editable": true}, "url": "file:///x"}', ("mine",)),
        ('{"dir_info": {}, "url": "file:///x"}', ()),
        ('{"url": "https://x"}', ()),
        ("[]", ()),
        ("not json", ()),
        ("", ()),
    ],
)
def test_what_makes_an_install_editable(origin: str, editable: tuple[str, ...], tmp_path: Path) -> None:
    site = directory(tmp_path)
    distribution(site, "mine", "mine.py", origin=origin)
    assert read_site_packages(site).editable == editable
    (site / "older.egg-link").touch()
    assert read_site_packages(site).editable == (*editable, "older")


@pytest.mark.parametrize(
    ("config", "names", "python"),
    [
        ("version = 3.9.18\n", [], "3.9"),
        ("version_info = 3.12.1.final.0\n", [], "3.12"),
        ("home = /usr/bin\n", ["a.cpython-310-x86_64-linux-gnu.so", "b.abi3.so"], "3.10"),
        ("", ["a.cpython-310-x86_64-linux-gnu.so", "b.cpython-311-x86_64-linux-gnu.so"], None),
        ("", [], None),
    ],
)
def test_whose_python_it_is_for(config: str, names: list[str], python: str | None, tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.x" / "site-packages"  # the path itself says nothing
    site.mkdir(parents=True)
    (tmp_path / "pyvenv.cfg").write_text(config)
    for name in names:
        (site / name).touch()
    assert read_site_packages(site).python == python


def test_any_directory_may_be_mounted(tmp_path: Path) -> None:
    plain = tmp_path / "libraries"
    plain.mkdir()
    assert find_site_packages_directory(plain) == plain
    assert read_site_packages(plain).python is None
    conda = tmp_path / "conda"
    (conda / "conda-meta").mkdir(parents=True)
    site = directory(conda)
    assert read_site_packages(conda) == read_site_packages(site)
    assert read_site_packages(conda).is_conda


def test_what_others_may_not_read(tmp_path: Path) -> None:
    site = directory(tmp_path)
    (site / "pkg").mkdir()
    (site / "pkg" / "mine.py").touch(mode=0o600)
    (site / "link").symlink_to("/nowhere")
    assert read_site_packages(site).unreadable == "pkg/mine.py"
    (site / "pkg" / "mine.py").chmod(0o644)
    assert read_site_packages(site).unreadable is None
    (site / "pkg").chmod(0o700)
    assert read_site_packages(site).unreadable == "pkg"


@pytest.mark.parametrize("name", ["nowhere", "venv"])
def test_what_is_no_directory_to_mount(name: str, tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    with pytest.raises(NotFoundError) as caught:
        read_site_packages(tmp_path / name)
    assert caught.value.code == "site-packages-missing"
    assert str(tmp_path / name) in caught.value.brief
