"""What an environment says of its image: what counts for its digest, and names of images."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from azml_magics.definitions.image_source import ImageSource, check_image
from azml_magics.errors import Place


def test_only_what_was_said_counts() -> None:
    assert ImageSource().definition() == {}
    source = ImageSource(image="a:1", apt=("libgomp1",), packages="bake")
    assert source.definition() == {"image": "a:1", "apt": ["libgomp1"], "packages": "bake"}


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        (ImageSource(image="a:1", user_managed=True), False),
        (ImageSource(dockerfile="FROM a:1\n"), True),
        (ImageSource(apt=("git",)), True),
        (ImageSource(steps_before=("ENV A=1",)), True),
        (ImageSource(steps_after=("ENV A=1",)), True),
    ],
)
def test_what_only_a_build_can_give(source: ImageSource, needs: bool) -> None:
    assert source.needs_build is needs


@pytest.mark.parametrize(
    ("reference", "codes"),
    [
        ("python:3.11-slim", []),
        ("local/debian-py:bookworm", []),
        ("localhost/a:1", []),
        ("registry.example.org:5000/team/image__x:1.0", []),
        ("host:5000/image@sha256:" + "a" * 64, []),
        ("sha256:" + "a" * 64, []),
        ("mcr.microsoft.com/azureml/minimal-py312-inference", ["image-tag"]),
        ("Python:3.11", ["invalid-image"]),
        ("python:", ["invalid-image"]),
        ("a b", ["invalid-image"]),
        ("https://example.org/a:1", ["invalid-image"]),
        ("", ["invalid-image"]),
    ],
)
def test_names_of_images(reference: str, codes: list[str]) -> None:
    place = Place("here")
    findings = check_image(reference, place)
    assert [finding.code for finding in findings] == codes
    assert all(finding.place is place for finding in findings)


def test_a_password_in_a_name_is_not_shown() -> None:
    (finding,) = check_image("me:hunter2@registry.example.org/image:1")
    assert finding.message == "'***@registry.example.org/image:1' is no name of an image"


def test_directories_start_at_a_folder() -> None:
    located = ImageSource(context="code/../app", site_packages="/srv/venv").located(PurePosixPath("/home/me"))
    assert located == ImageSource(context="/home/me/app", site_packages="/srv/venv")
    assert ImageSource().located(PurePosixPath("/home/me")) == ImageSource()
