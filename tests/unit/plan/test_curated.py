"""The curated environments: which there are, and that their names are theirs alone."""

from __future__ import annotations

from azml_magics.definitions.environment import check_name
from azml_magics.plan.base_images import CATALOGUE, find_base_image
from azml_magics.plan.curated import curated_environments, find_curated


def test_they_are_called_as_in_azure() -> None:
    names = [environment.name for environment in curated_environments()]
    assert names[:2] == ["AzureML-Minimal", "AzureML-Tutorial"]
    assert len(names) == len(set(names))
    for environment in curated_environments():
        assert [finding.code for finding in check_name(environment.name)] == ["reserved-name"]
        assert environment.description
        assert environment.version is None


def test_every_present_prebuilt_image_is_one() -> None:
    by_name = {environment.name: environment for environment in curated_environments()}
    present = [image for image in CATALOGUE if image.serves and image.status == "current"]
    assert len(by_name) == 2 + len(present)
    assert by_name["AzureML-minimal-py312-inference"].python == "3.12"
    for name, environment in by_name.items():
        image = environment.image_source.image
        assert (image is None) == (name in ("AzureML-Minimal", "AzureML-Tutorial"))
        if image is not None:
            found = find_base_image(name)
            assert found is not None
            assert found.reference == image


def test_what_a_data_scientist_expects() -> None:
    minimal, tutorial = find_curated("AzureML-Minimal"), find_curated("AzureML-Tutorial")
    assert minimal is not None
    assert tutorial is not None
    assert minimal.requirements.names() == {"azureml-inference-server-http"}
    assert {"numpy", "pandas", "scikit-learn", "matplotlib", "joblib"} <= tutorial.requirements.names()
    assert find_curated("azureml-minimal") is None
