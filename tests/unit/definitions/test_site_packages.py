"""The common problems of a directory that is mounted as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.site_packages import SitePackages, check_site_packages
from azml_magics.errors import Finding

IMAGE = ImageFacts(
    "base:1", "sha256:1", python="/usr/bin/python3", python_version="3.9.2", libc="glibc 2.31", architecture="amd64"
)
SITE = SitePackages(Path("/venv/lib/python3.9/site-packages"), "3.9")


def found(site: SitePackages, image: ImageFacts | None = IMAGE) -> list[Finding]:
    return list(check_site_packages(site, image))


def test_a_clean_directory_for_the_images_python() -> None:
    assert found(SITE) == []
    assert found(replace(SITE, python=None)) == []
    assert found(replace(SITE, python="3.11"), None) == []  # nothing is known of the image yet
    assert found(replace(SITE, python="3.11"), replace(IMAGE, python=None, python_version=None)) == []


def test_another_python() -> None:
    (finding,) = found(replace(SITE, python="3.11", extensions=("a.cpython-311-x86_64-linux-gnu.so",)))
    assert (finding.code, finding.severity) == ("site-packages-python", "error")
    assert "is for Python 3.11, image base:1 has Python 3.9" in finding.message
    assert "with Python 3.9" in finding.remedy


@pytest.mark.parametrize(
    ("name", "libc", "fits"),
    [
        ("a/b.cpython-39-x86_64-linux-gnu.so", "glibc 2.31", True),
        ("a/b.cpython-39.so", "glibc 2.31", True),
        ("a/b.abi3.so", "glibc 2.31", True),
        ("a/b.so", "glibc 2.31", True),
        ("a/b.cpython-39-x86_64-linux-musl.so", "musl 1.2", True),
        ("a/b.cpython-39-x86_64-linux-musl.so", "glibc 2.31", False),
        ("a/b.cpython-39-aarch64-linux-gnu.so", "glibc 2.31", False),
        ("a/b.cpython-39-darwin.so", "glibc 2.31", False),
        ("a/b.cpython-310-x86_64-linux-gnu.so", "glibc 2.31", False),
        ("a/b.pypy39-pp73-x86_64-linux-gnu.so", "glibc 2.31", False),
        ("a/b.cp39-win_amd64.pyd", "glibc 2.31", False),
        ("a/b.cpython-39-darwin.so", "unknown", True),
    ],
)
def test_compiled_modules_of_another_platform(name: str, libc: str, fits: bool) -> None:
    findings = found(replace(SITE, python=None, extensions=("x.abi3.so", name)), replace(IMAGE, libc=libc))
    assert [finding.code for finding in findings] == ([] if fits else ["site-packages-platform"])
    assert all(name in finding.message and finding.severity == "error" for finding in findings)


def test_what_does_not_work_on_a_path_or_lies_elsewhere() -> None:
    site = replace(
        SITE,
        editable=("mine",),
        path_files=("odd.pth (of odd)",),
        unreadable="secret.py",
        includes_system=True,
        is_conda=True,
    )
    findings = found(site)
    assert [(finding.code, finding.severity) for finding in findings] == [
        ("site-packages-unreadable", "error"),
        ("site-packages-editable", "warning"),
        ("site-packages-path-file", "warning"),
        ("site-packages-system", "warning"),
        ("site-packages-conda", "warning"),
    ]
    assert all(str(SITE.directory) in finding.message and finding.remedy for finding in findings)
