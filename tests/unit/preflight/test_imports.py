"""Imports told from the text."""

from __future__ import annotations

import ast

import pytest

from azml_magics.preflight.imports import PROJECTS, Import, collect_imports, is_brought, is_standard

SOURCE = """
import os, sklearn.svm as svm
from . import sibling
from .package import name
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import never
else:
    import perhaps
if os.name:
    import maybe
try:
    import optional
except ImportError:
    import fallback
class Holder:
    import held
def run(data):
    import late.module
"""


def found(source: str) -> list[tuple[str, bool, int]]:
    return [(item.module, item.certain, item.level) for item in collect_imports(ast.parse(source))]


def test_every_import_with_its_certainty() -> None:
    assert found(SOURCE) == [
        ("os", True, 0),
        ("sklearn.svm", True, 0),
        ("", True, 1),
        ("package", True, 1),
        ("typing", True, 0),
        ("perhaps", False, 0),
        ("maybe", False, 0),
        ("optional", False, 0),
        ("fallback", False, 0),
        ("held", True, 0),
        ("late.module", False, 0),
    ]


def an_import(module: str) -> Import:
    (item,) = collect_imports(ast.parse(f"import {module}"))
    return item


@pytest.mark.parametrize(
    ("module", "projects"),
    [
        ("numpy", {"numpy"}),
        ("sklearn.svm", {"scikit-learn"}),
        ("joblib", {"scikit-learn"}),
        ("yaml", {"pyyaml"}),
        ("cv2", {"opencv-python-headless"}),
        ("azure.storage.blob", {"azure-storage-blob"}),
        ("onnxruntime", {"onnxruntime-gpu"}),
        ("typing_extensions", {"typing-extensions"}),
        ("slugify", {"python-slugify"}),
        ("arrow", {"pyarrow"}),
        ("inference_schema", set()),
        ("azureml.contrib.services.aml_request", set()),
        ("azureml.core.model", set()),
    ],
)
def test_where_a_module_may_come_from(module: str, projects: set[str]) -> None:
    assert is_brought(an_import(module), projects)


@pytest.mark.parametrize(
    ("module", "projects"),
    [("numpy", {"pandas"}), ("azureml.core.run", set()), ("azureml.contrib.servicesx", set()), ("yam", {"pyyaml"})],
)
def test_where_it_does_not(module: str, projects: set[str]) -> None:
    assert not is_brought(an_import(module), projects)


def test_standard_modules() -> None:
    assert is_standard("json")
    assert is_standard("distutils")
    assert not is_standard("numpy")


def test_the_table_holds_normalised_names() -> None:
    assert all(project == project.lower() and "_" not in project for names in PROJECTS.values() for project in names)
    assert not any(is_standard(name) for name in PROJECTS)
