"""``azureml.core.conda_dependencies.CondaDependencies``: a conda specification that is changed in place."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azml_magics.definitions import conda_edits
from azml_magics.definitions.azure_defaults import CREATED_PYTHON, default_conda
from azml_magics.definitions.codecs.conda_yaml import read_conda_mapping, read_conda_yaml, render_conda_yaml
from azml_magics.definitions.conda_dependencies import CondaDependencies as Specification
from azml_magics.v1.checked import Checked
from azml_magics.v1.exceptions import MissingPathException, UserErrorException, raising
from azml_magics.v1.unsupported import OF_CONDA_DEPENDENCIES

HEADER = "# Conda environment specification: what this environment is made of.\n"


class CondaDependencies(Checked):
    """Azure's default specification, or that of a file; every change is checked.

    Raises ``UserErrorException`` for a file that is no specification, ``FileNotFoundError`` for one that is not there.
    """

    elsewhere = OF_CONDA_DEPENDENCIES
    #: How many packages it holds when nobody added any.
    DEFAULT_NUMBER_OF_CONDA_PACKAGES, DEFAULT_NUMBER_OF_PIP_PACKAGES = 0, 1

    def __init__(
        self, conda_dependencies_file_path: str | None = None, _underlying_structure: Mapping[str, Any] | None = None
    ) -> None:
        if conda_dependencies_file_path is not None:
            self._value = _read(Path(conda_dependencies_file_path))
        elif _underlying_structure is not None:
            with raising(UserErrorException):
                self._value = read_conda_mapping(dict(_underlying_structure), source="conda dependencies")
        else:
            self._value = default_conda()

    @classmethod
    def of(cls, specification: Specification) -> CondaDependencies:
        """``specification`` as an object of the SDK."""
        made = cls.__new__(cls)
        made._value = specification
        return made

    @staticmethod
    def create(
        pip_indexurl: str | None = None,
        pip_packages: Sequence[str] | None = None,
        conda_packages: Sequence[str] | None = None,
        python_version: str = CREATED_PYTHON,
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        """A specification made of lists; without ``pip_packages`` it holds Azure's client and server."""
        _ = pin_sdk_version
        with raising(UserErrorException):
            return CondaDependencies.of(
                conda_edits.create_conda_dependencies(
                    pip_packages, conda_packages or (), python=python_version, pip_index_url=pip_indexurl
                )
            )

    @staticmethod
    def merge_requirements(requirements: Sequence[str]) -> list[str]:
        """One line a project: ``["a>=1", "a<2"]`` is ``["a>=1,<2"]``."""
        with raising(UserErrorException):
            return conda_edits.merge_requirements(requirements)

    @property
    def specification(self) -> Specification:
        """The value as it is now."""
        return self._value

    # reading ----------------------------------------------------------------------------------------------------------

    @property
    def conda_channels(self) -> tuple[str, ...]:
        """Where conda looks for packages, in order."""
        return self._value.channels

    @property
    def conda_packages(self) -> tuple[str, ...]:
        """What conda installs, Python included."""
        return self._value.conda_packages

    @property
    def pip_packages(self) -> tuple[str, ...]:
        """What pip installs."""
        return conda_edits.pip_packages(self._value)

    @property
    def pip_options(self) -> tuple[str, ...]:
        """Options of pip."""
        return conda_edits.pip_options(self._value)

    def get_python_version(self) -> str | None:
        """The version of Python, ``None`` where any will do."""
        return self._value.python

    def get_default_number_of_packages(self) -> int:
        """How many packages it holds when nobody added any."""
        return len(default_conda().pip_lines)

    def as_dict(self) -> dict[str, Any]:
        """As the mapping of the file."""
        document: dict[str, Any] = self._value.document()
        return document

    def serialize_to_string(self) -> str:
        """As the text of the file."""
        return HEADER + render_conda_yaml(self._value)

    def save(self, path: str | None = None) -> str:
        """Write the text to the file ``path``; gives its path.

        Raises ``UserErrorException`` for a folder, a path below no folder, and a specification without Python.
        """
        target = Path(path or "conda_dependencies.yml")
        if target.is_dir():
            raise UserErrorException(f"{target} is a folder", remedy="name the file too, for instance conda.yml")
        if not target.absolute().parent.is_dir():
            raise UserErrorException(
                f"cannot save to {target}: there is no folder {target.parent}", remedy="make it, or name another"
            )
        if not any(name.partition("=")[0].strip() == "python" for name in self.conda_packages) and not (
            self._value.python
        ):
            raise UserErrorException("the conda dependencies have no python", remedy='set_python_version("3.11")')
        target.write_text(self.serialize_to_string(), encoding="utf-8")
        return str(target)

    def save_to_file(self, base_directory: str, conda_file_path: str | None = None) -> str:
        """As :meth:`save`, below ``base_directory``; gives the file's name."""
        name = conda_file_path or "conda_dependencies.yml"
        self.save(str(Path(base_directory) / name))
        return name

    # changing ---------------------------------------------------------------------------------------------------------

    def _edit(self, change: Any, *arguments: object) -> None:
        with raising(UserErrorException):
            self._value = change(self._value, *arguments)

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package, or replace it by this version; of Python only the version counts."""
        self._edit(conda_edits.add_conda_package, conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Take a package away; Python cannot be."""
        self._edit(conda_edits.remove_conda_package, conda_package)

    def add_pip_package(self, pip_package: str) -> None:
        """Add a package, or replace it by this version."""
        self._edit(conda_edits.add_pip_package, pip_package)

    def remove_pip_package(self, pip_package: str) -> None:
        """Take a package away."""
        self._edit(conda_edits.remove_pip_package, pip_package)

    def set_pip_requirements(self, pip_requirements: Sequence[str]) -> None:
        """These lines instead of what pip installed so far."""
        self._edit(conda_edits.set_pip_requirements, pip_requirements)

    def set_pip_option(self, pip_option: str) -> None:
        """Add an option of pip, or replace the one of the same name."""
        self._edit(conda_edits.set_pip_option, pip_option)

    def remove_pip_option(self, pip_option: str) -> None:
        """Take an option of pip away."""
        self._edit(conda_edits.remove_pip_option, pip_option)

    def set_pip_index_url(self, index_url: str) -> None:
        """Where pip looks for packages."""
        self._edit(conda_edits.set_pip_option, f"--index-url {index_url}")

    def set_python_version(self, version: str) -> None:
        """The version of Python."""
        self._edit(conda_edits.set_python_version, version)

    def add_channel(self, channel: str) -> None:
        """Look for packages there too."""
        self._edit(conda_edits.add_channel, channel)

    def remove_channel(self, channel: str) -> None:
        """Do not look there."""
        self._edit(conda_edits.remove_channel, channel)

    def add_tensorflow_pip_package(self, core_type: str = "cpu", version: str | None = None) -> None:
        """Add TensorFlow; one package is for both kinds of processors since its version 2.1."""
        _ = core_type
        self.add_pip_package("tensorflow" if version is None else f"tensorflow=={version}")

    def add_tensorflow_conda_package(self, core_type: str = "cpu", version: str | None = None) -> None:
        """Add TensorFlow from conda."""
        name = "tensorflow-gpu" if core_type == "gpu" else "tensorflow"
        self.add_conda_package(name if version is None else f"{name}={version}")

    def __str__(self) -> str:
        return self.serialize_to_string()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CondaDependencies) and self._value == other._value

    def __hash__(self) -> builtins.int:
        return hash(self._value)


def _read(path: Path) -> Specification:
    if not path.is_file():
        raise MissingPathException(f"No such file: {path}", remedy="paths start at the working directory")
    with raising(UserErrorException):
        return read_conda_yaml(path.read_text(encoding="utf-8-sig"), source=str(path))
