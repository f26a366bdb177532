"""Directories for images, filled by the real uv from wheels written by hand; nothing is downloaded."""

from __future__ import annotations

import json
import os
import platform
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from azml_magics.build import site_packages_install
from azml_magics.build.mounted import check_locally_built
from azml_magics.build.site_packages import (
    build_site_packages,
    find_site_packages,
    installed_in,
    read_marker,
    why_not_mounted,
)
from azml_magics.build.uv_calls import MARKER, find_interpreter
from azml_magics.cancel import Cancel
from azml_magics.definitions.image_facts import SERVER, ImageFacts
from azml_magics.errors import BuildError, CancelledError
from azml_magics.events import Event, LogLine, discard
from azml_magics.plan.actions import ImagePlan
from azml_magics.show.progress import note_lines
from tests.unit.build.wheelhouse import add_source, add_wheel, forget_settings

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
HERE_TAG = HERE.replace(".", "")
#: No machine has this one.
NOWHERE = "3.99"
#: Builds a wheel of one module without any tool, for the platform that its text names.
BACKEND = """
import zipfile
def build_wheel(directory, *rest, **more):
    name = "{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(directory + "/" + name, "w") as wheel:
        wheel.writestr("{name}.py", "VERSION = '1.0'")
        wheel.writestr("{name}-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n")
        wheel.writestr("{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: {tag}\\n")
        wheel.writestr("{name}-1.0.dist-info/RECORD", "")
    return name
"""

Plan = Callable[..., ImagePlan]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No index settings of this machine, a cache of its own, and a folder without a project."""
    forget_settings(monkeypatch, tmp_path / "cache")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``alpha`` of two versions for everything, ``comp`` 1.0 for several Pythons, 2.0 for 3.11 alone."""
    folder = tmp_path / "wheels"
    add_wheel(folder, "alpha", "1.0")
    add_wheel(folder, "alpha", "2.0")
    for minor in ("39", "310", "311", "312", "313"):
        add_wheel(folder, "comp", "1.0", tag=f"cp{minor}-cp{minor}-manylinux_2_17_x86_64")
        add_wheel(folder, "comp", "1.0", tag=f"cp{minor}-cp{minor}-musllinux_1_2_x86_64")
    add_wheel(folder, "comp", "2.0", tag="cp311-cp311-manylinux_2_17_x86_64")
    return folder


@pytest.fixture
def plan(wheels: Path) -> Plan:
    """A plan that installs from ``wheels`` alone, for an image with that Python."""

    def make(
        *lines: str, python: str = HERE, key: str = "k" * 64, libc: str = "glibc 2.31", **packages: str
    ) -> ImagePlan:
        installed = tuple((name.replace("_", "-"), version) for name, version in packages.items())
        image = ImageFacts(
            "base:1", "sha256:1", python="/py", python_version=f"{python}.2", libc=libc, packages=installed
        )
        name = "x86_64-unknown-linux-musl" if libc.startswith("musl") else "x86_64-manylinux_2_31"
        given = ("--no-index", f"--find-links {wheels}", *lines)
        return ImagePlan("base:1", "mount", "why", image, key, requirement_lines=given, python=python, platform=name)

    return make


def build(image: ImagePlan, directory: Path, log: list[Event] | None = None) -> Path:
    return build_site_packages(image, directory, emit=([] if log is None else log).append, cancel=Cancel())


def notes(log: list[Event]) -> list[str]:
    return note_lines(log)


def fails(image: ImagePlan, directory: Path) -> BuildError:
    with pytest.raises(BuildError) as caught:
        build(image, directory)
    left = [path.name for path in (directory / "site-packages").iterdir() if path.suffix not in (".lock", ".failed")]
    assert left == []
    return caught.value


# what is made ---------------------------------------------------------------------------------------------------------


def test_a_directory_is_made_once_and_found_again(tmp_path: Path, plan: Plan) -> None:
    image = plan("alpha==1.0", "comp==1.0")
    log: list[Event] = []
    assert find_site_packages(image, tmp_path) is None
    directory = build(image, tmp_path, log)
    assert directory == tmp_path / "site-packages" / image.key
    assert installed_in(directory) == (("alpha", "1.0"), ("comp", "1.0"))
    assert any(isinstance(event, LogLine) and "alpha==1.0" in event.text for event in log)
    assert notes(log) == []
    log.clear()
    assert build(image, tmp_path, log) == find_site_packages(image, tmp_path) == directory
    assert log == []


@pytest.mark.parametrize(
    ("python", "libc", "tag"),
    [
        ("3.9", "glibc 2.31", "cp39-cp39-manylinux_2_17_x86_64"),
        ("3.13", "glibc 2.31", "cp313-cp313-manylinux_2_17_x86_64"),
        ("3.12", "musl 1.2", "cp312-cp312-musllinux_1_2_x86_64"),
    ],
)
def test_wheels_are_those_of_the_images_python_and_libc(
    python: str, libc: str, tag: str, tmp_path: Path, plan: Plan
) -> None:
    directory = build(plan("comp", python=python, libc=libc), tmp_path)
    assert f"TAG = '{tag}'" in (directory / "comp.py").read_text()
    assert dict(installed_in(directory))["comp"] == "1.0"


def test_everybody_may_read_it_whatever_the_mask_is(tmp_path: Path, plan: Plan) -> None:
    former = os.umask(0o077)
    try:
        directory = build(plan("alpha", "comp==1.0"), tmp_path)
    finally:
        os.umask(former)
    for path in [directory, *directory.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o444 == 0o444, path
        assert not path.is_dir() or mode & 0o555 == 0o555, path
    assert not (directory / ".lock").exists()


def test_it_is_compiled_by_the_same_python_where_there_is_one(tmp_path: Path, plan: Plan) -> None:
    directory = build(plan("alpha", key="a"), tmp_path)
    assert [path.name for path in directory.glob("__pycache__/*")] == [f"alpha.cpython-{HERE_TAG}.pyc"]
    assert list(build(plan("alpha", key="b", python=NOWHERE), tmp_path).glob("__pycache__/*")) == []


def test_the_marker_says_what_it_is_and_holds_no_secret(tmp_path: Path, plan: Plan) -> None:
    directory = build(plan("alpha", "--extra-index-url https://me:hunter2@127.0.0.1:9/simple"), tmp_path)
    content = json.loads((directory / MARKER).read_text())
    assert (content["python"], content["platform"]) == (HERE, "x86_64-manylinux_2_31")
    assert content["requirements"][-1] == "--extra-index-url https://***@127.0.0.1:9/simple"
    assert content["installed"] == [["alpha", "2.0"]]
    assert "hunter2" not in (directory / MARKER).read_text()


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"installed": [["a"]]}', '{"installed": 3}'])
def test_what_is_damaged_or_unfinished_is_made_again(damage: str, tmp_path: Path, plan: Plan) -> None:
    image = plan("alpha")
    directory = build(image, tmp_path)
    (directory / MARKER).write_text(damage)
    assert find_site_packages(image, tmp_path) is None
    assert read_marker(directory) is None
    (directory / "rubbish.py").touch()
    assert build(image, tmp_path) == directory
    assert not (directory / "rubbish.py").exists()


def test_a_directory_of_the_users_own_stays_as_it_is(tmp_path: Path, plan: Plan) -> None:
    own = tmp_path / "venv"
    (own / "lib" / "python3.9" / "site-packages").mkdir(parents=True)
    (own / "pyvenv.cfg").touch()
    image = ImagePlan("base:1", "mount", "why", site_packages=str(own))
    assert find_site_packages(image, tmp_path) == own / "lib" / "python3.9" / "site-packages"
    assert build(image, tmp_path) == own / "lib" / "python3.9" / "site-packages"
    assert not (tmp_path / "site-packages").exists()
    assert find_site_packages(ImagePlan("base:1", "bake", "nothing"), tmp_path) is None


def test_a_cancelled_build_leaves_nothing(tmp_path: Path, plan: Plan) -> None:
    cancel = Cancel()
    cancel.request()
    with pytest.raises(CancelledError):
        build_site_packages(plan("alpha"), tmp_path, emit=discard, cancel=cancel)
    assert find_site_packages(plan("alpha"), tmp_path) is None
    assert not (tmp_path / "site-packages" / ("k" * 64)).exists()


# what the server of the image needs -----------------------------------------------------------------------------------


@pytest.fixture
def flasks(wheels: Path) -> None:
    """``flask`` 2 to 4, a server that takes 3 alone, ``login`` that takes any."""
    for version in ("2.0", "3.0", "4.0"):
        add_wheel(wheels, "flask", version)
    add_wheel(wheels, "login", "1.0", requires=["flask"])
    add_wheel(wheels, SERVER, "1.5.1", requires=["flask>=3,<4"])


@pytest.mark.usefixtures("flasks")
def test_what_comes_along_fits_the_server_of_the_image(tmp_path: Path, plan: Plan) -> None:
    held = {SERVER.replace("-", "_"): "1.5.1", "flask": "3.0"}
    log: list[Event] = []
    fitting = build(plan("login", key="a", **held), tmp_path, log)
    assert installed_in(fitting) == (("flask", "3.0"), ("login", "1.0"))
    assert notes(log) == []
    free = build(plan("login", key="b"), tmp_path)
    assert installed_in(free) == (("flask", "4.0"), ("login", "1.0"))


@pytest.mark.usefixtures("flasks")
def test_what_the_server_cannot_run_with_is_told_every_time(tmp_path: Path, plan: Plan) -> None:
    image = plan("flask==2.0", **{SERVER.replace("-", "_"): "1.5.1", "flask": "3.0"})
    for _ in range(2):
        log: list[Event] = []
        assert installed_in(build(image, tmp_path, log)) == (("flask", "2.0"),)
        conflict, hidden = notes(log)
        assert f"does not fit {SERVER} 1.5.1 of the image" in conflict
        assert "flask" in conflict.rpartition(": ")[2]
        assert hidden == "mounted packages win over those of the image: flask 2.0 instead of 3.0"


@pytest.mark.usefixtures("flasks")
def test_a_server_that_no_index_has_is_no_obstacle(tmp_path: Path, plan: Plan) -> None:
    log: list[Event] = []
    directory = build(plan("login", **{SERVER.replace("-", "_"): "9.9", "flask": "3.0"}), tmp_path, log)
    assert dict(installed_in(directory))["flask"] == "4.0"
    assert notes(log) == ["mounted packages win over those of the image: flask 4.0 instead of 3.0"]


@pytest.mark.usefixtures("flasks")
def test_a_server_that_is_asked_for_wins(tmp_path: Path, plan: Plan) -> None:
    log: list[Event] = []
    directory = build(plan(f"{SERVER}==1.5.1", **{SERVER.replace("-", "_"): "1.4.0"}), tmp_path, log)
    assert dict(installed_in(directory)) == {SERVER: "1.5.1", "flask": "3.0"}
    assert notes(log) == [f"mounted packages win over those of the image: {SERVER} 1.5.1 instead of 1.4.0"]


def test_many_hidden_packages_are_counted(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    names = [f"many{number}" for number in range(10)]
    for name in names:
        add_wheel(wheels, name, "2.0")
    log: list[Event] = []
    build(plan(*names, **dict.fromkeys(names, "1.0")), tmp_path, log)
    assert notes(log)[0].endswith("many7 2.0 instead of 1.0 and 2 more")


def test_path_files_are_told(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    add_wheel(wheels, "odd", "1.0", files={"odd-nspkg.pth": "import odd\n", "distutils-precedence.pth": "import os\n"})
    log: list[Event] = []
    build(plan("odd"), tmp_path, log)
    (note,) = notes(log)
    assert note.startswith("warning: odd-nspkg.pth (of odd) will not be read")
    assert "packages: bake" in note


# what there is no wheel for -------------------------------------------------------------------------------------------


def test_no_wheel_names_the_package_the_python_and_the_versions(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    for version in ("1.1", "1.2"):
        add_wheel(wheels, "comp", version, tag="cp39-cp39-manylinux_2_17_x86_64")
    error = fails(plan("comp==2.0", python="3.9"), tmp_path)
    assert error.code == "no-matching-wheel"
    assert "comp==2.0 has no wheel for Python 3.9 of the image (x86_64-manylinux_2_31)" in error.brief
    assert error.remedy == "choose a version of comp with a ready wheel for it: 1.0 to 1.2"
    assert error.details


def test_a_version_that_does_not_exist_names_those_that_do(tmp_path: Path, plan: Plan) -> None:
    error = fails(plan("comp==9.0", python="3.9"), tmp_path)
    assert error.code == "version-not-found"
    assert "there is no comp==9.0 for Python 3.9" in error.brief
    assert error.remedy == "choose a version of comp with a ready wheel for it: 1.0"


def test_nothing_of_a_package_fits(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    add_wheel(wheels, "winonly", "1.0", tag="cp39-cp39-win_amd64")
    error = fails(plan("winonly==1.0", python="3.9"), tmp_path)
    assert error.remedy == "leave winonly out: nothing of it fits this image"
    missing = fails(plan("winonly==2.0", python="3.9"), tmp_path)
    assert missing.remedy == "check the spelling; no version of winonly has a ready wheel for it"
    unknown = fails(plan("nothing", python="3.9"), tmp_path)
    assert unknown.code == "package-not-found"


def test_another_python_is_needed(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    add_wheel(wheels, "fresh", "2.0", python=">=3.98")
    error = fails(plan("fresh==2.0"), tmp_path)
    assert error.code == "python-unsuitable"
    assert f"fresh==2.0 requires Python >=3.98, and the image has Python {HERE}" in error.brief
    assert error.remedy == "take an image with another Python"


def test_a_source_is_built_by_the_same_python_here(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    add_source(wheels, "pure", "1.0", BACKEND.format(name="pure", tag="py3-none-any"))
    log: list[Event] = []
    directory = build(plan("pure"), tmp_path, log)
    assert installed_in(directory) == (("pure", "1.0"),)
    (note,) = notes(log)
    assert "is there as source only" in note
    assert note.endswith(f"it is built by {find_interpreter(HERE)} instead")
    log.clear()
    build(plan("--no-binary pure", "pure", key="n"), tmp_path, log)
    assert notes(log) == []  # as was asked for


def test_a_source_without_its_python_here_is_for_baking(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    add_source(wheels, "pure", "1.0", BACKEND.format(name="pure", tag="py3-none-any"))
    add_wheel(wheels, "pure", "0.9")
    error = fails(plan("pure==1.0", python=NOWHERE), tmp_path)
    assert error.code == "no-wheel"
    assert f"pure==1.0 is there as source only: no ready wheel fits Python {NOWHERE} of the image" in error.brief
    assert error.remedy == (
        "choose a version of pure with a ready wheel for it: 0.9, or take packages: bake, "
        "which builds it inside the image"
    )


def test_a_directory_that_cannot_be_made_is_remembered_for_a_while(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    add_source(wheels, "pure", "1.0", BACKEND.format(name="pure", tag="py3-none-any"))
    image = plan("pure", python=NOWHERE)
    assert why_not_mounted(image, tmp_path) == ""
    error = fails(image, tmp_path)
    assert why_not_mounted(image, tmp_path) == error.brief
    assert why_not_mounted(plan("pure", python=NOWHERE, key="other"), tmp_path) == ""
    assert why_not_mounted(ImagePlan("base:1", "bake", "why"), tmp_path) == ""
    failure = tmp_path / "site-packages" / f"{image.key}.failed"
    os.utime(failure, (1.0, 1.0))
    assert why_not_mounted(image, tmp_path) == ""
    os.utime(failure)
    add_wheel(wheels, "pure", "1.0")
    build(image, tmp_path)
    assert why_not_mounted(image, tmp_path) == ""
    assert not failure.exists()


def test_a_source_that_cannot_be_built_is_for_baking(tmp_path: Path, plan: Plan, wheels: Path) -> None:
    add_source(wheels, "broken", "1.0", "def build_wheel(*rest, **more): raise RuntimeError('no compiler')\n")
    error = fails(plan("broken"), tmp_path)
    assert error.code == "wheel-build-failed"
    assert "with the compiler it needs among apt:" in error.remedy


@pytest.mark.skipif(sys.platform != "linux" or not platform.libc_ver()[1], reason="wheels of another system")
@pytest.mark.parametrize(("libc", "runs"), [("glibc 2.17", False), ("glibc 2.99", True)])
def test_what_is_compiled_here_may_need_a_newer_libc(
    libc: str, runs: bool, tmp_path: Path, plan: Plan, wheels: Path
) -> None:
    tag = f"cp{HERE_TAG}-cp{HERE_TAG}-linux_{platform.machine()}"
    add_source(wheels, "native", "1.0", BACKEND.format(name="native", tag=tag))
    if runs:
        assert installed_in(build(plan("native", libc=libc), tmp_path)) == (("native", "1.0"),)
    else:
        error = fails(plan("native", libc=libc), tmp_path)
        assert error.code == "no-wheel"
        assert "native==1.0 has no ready wheel for the image, and what this machine" in error.brief
        assert libc in error.brief
        assert "packages: bake" in error.remedy


def test_what_is_for_everything_runs_everywhere(tmp_path: Path, plan: Plan) -> None:
    build(plan("alpha"), tmp_path)
    check_locally_built(plan("alpha", libc="musl 1.2"), tmp_path / "site-packages" / ("k" * 64))


def test_the_requirements_are_not_in_what_is_mounted(tmp_path: Path, plan: Plan) -> None:
    names = {path.name for path in build(plan("alpha"), tmp_path).iterdir()}
    assert names == {"alpha.py", "alpha-2.0.dist-info", "__pycache__", MARKER}
    assert site_packages_install.ONLY_WHEELS == ("--only-binary", ":all:")
