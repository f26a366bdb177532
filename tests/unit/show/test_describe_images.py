"""How what the verbs about images give looks, with the figures of this machine and without."""

from __future__ import annotations

from typing import Any

import pytest

from azml_magics.images.bases import BaseReport
from azml_magics.images.package import DockerfileReport
from azml_magics.show.describe import describe
from azml_magics.show.document import document_of, render_json
from azml_magics.show.text import lines_of
from tests.unit.show import values


def shown(kind: str, *, figures: bool, variant: int = 0, number: int = 0) -> list[str]:
    """The lines of the ``number``-th value of that class."""
    found = [value for value in values.images(variant) if type(value).__name__ == kind]
    return lines_of(found[number], figures=figures)


def test_the_plan_of_an_image_says_how_packages_get_in_and_why() -> None:
    assert shown("Plan", figures=True) == [
        "plan of digits",
        "  image     local/base:1",
        "  packages  bake: apt packages are asked for",
        "  builds    azureml/azureml_0",
        "  step   what   why",
        "  image  reuse  it is on this engine",
        "  build  run    new",
    ]
    assert lines_of(values.PLAN, figures=True)[1:] == ["  step   what  why", "  check  run   always"]


def test_base_images() -> None:
    lines = shown("BaseList", figures=True)
    assert lines[0] == "4 base images"
    assert lines[2].split() == ["local/base:1", "made", "from", "python:3.11-slim", "150.0", "MB"]
    assert "gpu CUDA 11.0.3" in lines[4]
    assert "retired (2022-07): take minimal-py312-inference" in lines[4]
    assert lines[5].endswith("current, without the server")
    assert shown("BaseList", figures=True, number=1)[-1] == "what is here is not known: no engine answers (0)"
    assert not any("local/base" in line for line in shown("BaseList", figures=False))


def test_what_an_image_holds() -> None:
    lines = shown("BaseReport", figures=False, number=1)
    assert lines[0] == "image local/base:1 can serve"
    assert "  python    3.11.2 at /usr/bin/python3, pip may not install into it" in lines
    assert "  user      dockeruser (uid 1000, gid 1000)" in lines
    broken = shown("BaseReport", figures=False, number=2)
    assert broken[0] == "image local/base:1 cannot serve: 1 error"
    assert broken[-1] == "it cannot be run"
    absent = describe(BaseReport("x:1"), figures=True)
    assert (absent.title, absent.tone) == ("image x:1 is not on this engine", "plain")


def test_strategies_side_by_side() -> None:
    assert shown("StrategyComparison", figures=True) == [
        "ways to add the packages of digits to local/base:1",
        "  chosen  mount: needs no image build",
        "  packages  chosen  start   build  size     network at start  same on every start  remark",
        "  dynamic                                   yes               no",
        "  mount     yes     800 ms  4.2 s  30.0 MB  no                yes                  ready",
        "  bake                                      no                yes                  there is no wheel",
    ]
    assert shown("StrategyComparison", figures=False)[2:4] == [
        "  packages  chosen  network at start  same on every start  remark",
        "  dynamic           yes               no",
    ]


def test_a_shown_dockerfile_can_be_built() -> None:
    """Everything that is not of it is a comment."""
    lines = shown("DockerfileReport", figures=True)
    assert lines[0] == "# environment digits, built as azureml/0"
    assert [line for line in lines if not line.startswith("#")] == ["FROM local/base:1"]
    secret = DockerfileReport("x", "RUN pip install -i https://me:hunter2@example.org/simple\n", "t", None, False)
    assert "hunter2" not in "\n".join(lines_of(secret, figures=True)) + render_json(document_of(secret))


def test_packages_say_what_to_do_next() -> None:
    assert shown("WrittenPackage", figures=True)[3] == "  build it     docker build -t NAME /0/out"
    assert shown("BuiltPackage", figures=True, variant=1)[0] == "image local/digits:1 is there already"
    assert shown("BuiltPackage", figures=False, variant=1)[0] == "image local/digits:1 was built"


def test_pruning() -> None:
    assert shown("Pruning", figures=True) == [
        "2 things may go, 2.0 GB",
        "  what           name               size     why",
        "  site-packages  0abc               12.3 MB  nothing uses it",
        "  image          azureml/azureml_0  2.0 GB   nothing uses it",
    ]
    assert shown("Pruning", figures=True, number=1)[0] == "removed 1 thing, 12.3 MB"
    assert shown("Pruning", figures=True, number=1)[-1] == "kept image azureml/kept: in use"
    assert shown("Pruning", figures=True, number=2) == ["nothing to remove: everything is in use", "no engine answers"]


def test_a_container_without_an_environment() -> None:
    lines = shown("ServiceReport", figures=True)
    assert "  container    0f00" in lines
    assert "  environment  the image as it is" in lines


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("BaseList", {"images", "problem"}),
        ("BaseReport", {"name", "catalogue", "image", "findings", "problem"}),
        ("BaseBuild", {"name", "made_from", "reused", "reason", "image"}),
        ("StrategyComparison", {"name", "image", "chosen", "reason", "strategies"}),
        ("DockerfileReport", {"environment", "tag", "base_image", "base_known", "dockerfile", "files", "findings"}),
        ("WrittenPackage", {"directory", "files", "size_bytes", "base_image", "findings"}),
        ("BuiltPackage", {"tag", "reused", "reason", "image", "findings"}),
        ("Pruning", {"unused", "removed", "kept", "freed_bytes", "problem"}),
        ("Plan", {"service", "packages", "actions"}),
    ],
)
def test_documents(kind: str, keys: set[str]) -> None:
    for value in values.images():
        if type(value).__name__ == kind:
            document: Any = document_of(value)
            assert document.keys() == keys
            assert render_json(document)


def test_documents_hold_what_scripts_ask_for() -> None:
    documents: list[Any] = [document_of(value) for value in values.images()]
    assert documents[0]["images"][2]["catalogue"]["status"] == "retired"
    assert documents[3]["image"]["azureml_inference_server_http"] == "1.5.1"
    plan = documents[13]["packages"]
    assert (plan["strategy"], plan["image"], plan["base_image"]) == ("bake", "azureml/azureml_0", "local/base:1")
