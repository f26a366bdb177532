"""What an image takes of wheels: the mapping is total, monotonic, and never promises more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import Tag

from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_platform import (
    UV_GLIBC,
    describe_platform,
    parse_libc,
    parse_wheel_name,
    platform_tags,
    source_only,
    uv_platform,
    wheel_of_requirement,
    wheel_tags,
)


def image(libc: str | None = "glibc 2.31", architecture: str = "amd64", python: str | None = "3.9.2") -> ImageFacts:
    return ImageFacts(
        "base:1", "sha256:1", architecture=architecture, python="/usr/bin/python3", python_version=python, libc=libc
    )


@pytest.mark.parametrize(
    ("libc", "architecture", "platform"),
    [
        ("glibc 2.31", "amd64", "x86_64-manylinux_2_31"),
        ("glibc 2.36", "arm64", "aarch64-manylinux_2_36"),
        ("glibc 2.30", "amd64", "x86_64-manylinux_2_28"),
        ("glibc 2.27", "amd64", "x86_64-manylinux_2_17"),
        ("glibc 2.99", "amd64", "x86_64-manylinux_2_40"),
        ("glibc 2.12", "amd64", None),
        ("glibc 3.0", "amd64", None),
        ("musl 1.2", "amd64", "x86_64-unknown-linux-musl"),
        ("musl 1.2.5", "arm64", "aarch64-unknown-linux-musl"),
        ("musl 1.1", "amd64", None),
        ("glibc 2.31", "s390x", None),
        ("uClibc 1.0", "amd64", None),
        (None, "amd64", None),
    ],
)
def test_the_platform_uv_has_for_an_image(libc: str | None, architecture: str, platform: str | None) -> None:
    assert uv_platform(image(libc, architecture)) == platform


def test_other_systems_have_none() -> None:
    windows = ImageFacts("win:1", "sha256:1", os="windows", python_version="3.11.0", libc="glibc 2.31")
    assert uv_platform(windows) is None
    assert platform_tags(windows) == ()
    assert wheel_tags(windows) == frozenset()


@given(minor=st.integers(0, 120), architecture=st.sampled_from(["amd64", "arm64"]))
def test_uv_never_gets_a_newer_libc_than_the_images(minor: int, architecture: str) -> None:
    platform = uv_platform(image(f"glibc 2.{minor}", architecture))
    if platform is None:
        assert minor < min(UV_GLIBC)
    else:
        chosen = int(platform.rpartition("_")[2])
        assert chosen == max(known for known in UV_GLIBC if known <= minor)
        machine = platform.partition("-")[0]
        assert f"manylinux_2_{chosen}_{machine}" in platform_tags(image(f"glibc 2.{minor}", architecture))


@given(st.text(max_size=30))
def test_any_text_is_a_libc_or_none(text: str) -> None:
    libc = parse_libc(text)
    assert libc is None or text.startswith(libc.family)


@given(st.sampled_from(["glibc", "musl"]), st.integers(0, 9999), st.integers(0, 9999))
def test_a_libc_is_read_as_it_is_written(family: str, major: int, minor: int) -> None:
    libc = parse_libc(f"{family} {major}.{minor}")
    assert libc is not None
    assert (libc.family, libc.version) == (family, (major, minor))


def test_tags_of_an_older_libc_run_on_a_newer_one() -> None:
    older, newer = platform_tags(image("glibc 2.17")), platform_tags(image("glibc 2.36"))
    assert set(older) < set(newer)
    assert {"manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64", "linux_x86_64"} <= set(older)
    assert older[0] == "manylinux_2_17_x86_64"
    assert platform_tags(image("musl 1.2")) == (
        "musllinux_1_2_x86_64",
        "musllinux_1_1_x86_64",
        "musllinux_1_0_x86_64",
        "linux_x86_64",
    )


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("cp39-cp39-manylinux_2_17_x86_64", True),
        ("cp37-abi3-manylinux2014_x86_64", True),
        ("cp39-cp39-linux_x86_64", True),
        ("py3-none-any", True),
        ("py39-none-manylinux_2_31_x86_64", True),
        ("cp310-cp310-manylinux_2_17_x86_64", False),
        ("cp310-abi3-manylinux_2_17_x86_64", False),
        ("cp39-cp39-manylinux_2_34_x86_64", False),
        ("cp39-cp39-musllinux_1_2_x86_64", False),
        ("cp39-cp39-manylinux_2_17_aarch64", False),
        ("cp39-cp39-win_amd64", False),
        ("cp39-cp39-macosx_11_0_arm64", False),
        ("py2-none-any", False),
    ],
)
def test_the_tags_an_image_takes(tag: str, fits: bool) -> None:
    assert (Tag(*tag.split("-")) in wheel_tags(image())) == fits


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("six @ file:///w/six-1.0-py3-none-any.whl", "six-1.0-py3-none-any.whl"),
        ("six @ https://host/a%20b/six-1.0%2Blocal-py3-none-any.whl#sha256=ab", "six-1.0+local-py3-none-any.whl"),
        ("six @ file:///w/six-1.0-py3-none-any.whl ; python_version < '4'", "six-1.0-py3-none-any.whl"),
        ("six @ file:///w/six-1.0-py3-none-any.whl --hash=sha256:ab", "six-1.0-py3-none-any.whl"),
        ("six @ git+https://host/six.git", None),
        ("six @ file:///w/six-1.0.tar.gz", None),
        ("six==1.0", None),
        ("six @ ", None),
        ("--find-links /w", None),
    ],
)
def test_the_wheel_a_requirement_names(line: str, name: str | None) -> None:
    assert wheel_of_requirement(line) == name


def test_the_name_of_a_wheel_says_what_it_is_for() -> None:
    tags = frozenset({Tag("py2", "none", "any"), Tag("py3", "none", "any")})
    assert parse_wheel_name("six-1.0-py2.py3-none-any.whl") == tags
    assert parse_wheel_name("six.whl") is None


@given(st.text(max_size=40))
def test_any_name_is_a_wheels_or_none(name: str) -> None:
    tags = parse_wheel_name(name)
    assert tags is None or name.endswith(".whl")


def test_what_cannot_be_a_ready_wheel() -> None:
    lines = [
        "six==1.0",
        "--no-binary lxml",
        "--no-binary :none:",
        "wheel @ file:///w/wheel-1-py3-none-any.whl",
        "one @ git+ssh://git@host/one.git@v1",
        "two @ https://host/two-1.0.tar.gz",
        "three @ file:///src/three",
    ]
    assert source_only(lines) == [
        "lxml is to be built from source (--no-binary)",
        "one comes from version control",
        "two is a source distribution",
        "three is a source distribution",
    ]


def test_how_a_platform_is_told() -> None:
    assert describe_platform(image()) == "Python 3.9 on linux/amd64 with glibc 2.31"
    assert describe_platform(image(None, python=None)) == "no Python on linux/amd64"
    assert wheel_tags(image(python=None)) == frozenset()
