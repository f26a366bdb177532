"""The catalogue of prebuilt images: complete, in order, and found by every name an image goes by."""

from __future__ import annotations

import re

import pytest

from azml_magics.plan.base_images import (
    CATALOGUE,
    BaseImage,
    default_base_image,
    find_base_image,
    near_base_images,
)
from tests.contracts.recorded import VECTORS

CONTRACT = VECTORS.parent / "AZUREML.md"


def test_names_are_unique() -> None:
    names = [image.name for image in CATALOGUE]
    assert len(names) == len(set(names)) == 29


@pytest.mark.skipif(not CONTRACT.exists(), reason="the contract is absent")
def test_every_image_of_the_contract_is_there() -> None:
    section = CONTRACT.read_text().split("### 2.4")[1].split("### 2.5")[0]
    written = set(
        re.findall(r"\b(?:minimal|mlflow|tensorflow|pytorch|sklearn|onnxruntime|xgboost)[\w.-]*-inference\b", section)
    )
    assert len(written) > 10
    assert {name for name in written if find_base_image(name) is None} == set()


@pytest.mark.parametrize("image", CATALOGUE, ids=lambda image: image.name)
def test_an_entry_agrees_with_its_name(image: BaseImage) -> None:
    assert (image.cuda or "") in image.name
    assert (image.device == "gpu") == ("cuda" in image.name)
    assert image.operating_system.removeprefix("Ubuntu ") in image.name or "ubuntu" not in image.name
    assert "py" + (image.python or "").replace(".", "") in image.name or not image.serves
    assert (image.framework_version or "") in image.name


@pytest.mark.parametrize("image", [image for image in CATALOGUE if image.status == "retired"], ids=lambda i: i.name)
def test_a_retired_image_has_a_current_successor_for_the_same_device(image: BaseImage) -> None:
    successor = find_base_image(image.successor or "")
    assert successor is not None
    assert (successor.status, successor.device, successor.serves) == ("current", image.device, True)


def test_newest_python_first_among_current_and_current_before_retired() -> None:
    assert [image.status for image in CATALOGUE] == sorted(image.status for image in CATALOGUE)
    pythons = [image.python for image in CATALOGUE if image.serves and image.status == "current"]
    assert pythons == ["3.12", "3.12", "3.12", "3.11", "3.9", "3.9"]


def test_default() -> None:
    prefix = "mcr.microsoft.com/azureml/"
    assert default_base_image(None) == f"{prefix}minimal-py312-inference:latest"
    assert default_base_image("3.12.4") == f"{prefix}minimal-py312-inference:latest"
    assert default_base_image("3.11") == f"{prefix}curated/minimal-py311-inference:latest"
    assert default_base_image("3.8.13") == default_base_image(None)
    assert default_base_image("3.8") is None
    assert default_base_image("3.9") == f"{prefix}minimal-ubuntu22.04-py39-cpu-inference:latest"
    assert default_base_image("3.7") is None  # retired
    assert default_base_image("3.13") is None


@pytest.mark.parametrize(
    "name",
    [
        "minimal-py311-inference",
        "curated/minimal-py311-inference",
        "minimal-py311-inference:latest",
        "mcr.microsoft.com/azureml/curated/minimal-py311-inference",
        "mcr.microsoft.com/azureml/curated/minimal-py311-inference:20260701.v1",
        "mcr.microsoft.com/azureml/curated/minimal-py311-inference@sha256:" + "0" * 64,
        "AzureML-minimal-py311-inference",
    ],
)
def test_found_by_any_name(name: str) -> None:
    found = find_base_image(name)
    assert found is not None
    assert found.name == "curated/minimal-py311-inference"


def test_unknown_names() -> None:
    assert find_base_image("local/debian-py:bookworm") is None
    assert find_base_image("minimal") is None
    assert near_base_images("minimal-py312-infrence:latest")[0] == "minimal-py312-inference"
    assert near_base_images("zzz") == []
