"""The catalogue of the cloud's prebuilt images (AZUREML.md 2.4); what one really holds is left to ``containers``."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from azml_magics.definitions.azure_defaults import AZURE_DEFAULT_PYTHONS

#: Every name below stands behind this one.
REGISTRY = "mcr.microsoft.com/azureml/"
#: The tag the service itself recommends (AZUREML.md 2.4).
TAG = "latest"
#: What all of them are built for (AZUREML.md 2.4).
PLATFORM = "linux/amd64"
#: Curated environments are called as their image, behind this.
CURATED_PREFIX = "AzureML-"

Device = Literal["cpu", "gpu"]
Status = Literal["current", "retired"]


@dataclass(frozen=True)
class BaseImage:
    """One image of the catalogue.

    ``name`` is what stands behind :data:`REGISTRY`. ``framework`` is ``minimal`` for one without any. ``python`` is
    ``major.minor``, ``None`` where none is promised; ``cuda`` its version on a GPU image. ``listed`` is the newest list
    that has it, ``retired_since`` the date, or list, it was gone by, and ``successor`` the name of the one to take
    instead. Only images that ``serves`` hold the server.
    """

    name: str
    framework: str
    python: str | None
    operating_system: str
    listed: str
    framework_version: str | None = None
    cuda: str | None = None
    retired_since: str | None = None
    successor: str | None = None
    serves: bool = True

    @property
    def reference(self) -> str:
        """What to write as image."""
        return f"{REGISTRY}{self.name}:{TAG}"

    @property
    def device(self) -> Device:
        """``gpu`` for an image with CUDA."""
        return "gpu" if self.cuda else "cpu"

    @property
    def status(self) -> Status:
        """Whether it is still kept up."""
        return "retired" if self.retired_since else "current"


CPU_SUCCESSOR = "minimal-py312-inference"
GPU_SUCCESSOR = "curated/minimal-py312-cuda12.4-inference"
PY39_SUCCESSOR = "minimal-ubuntu22.04-py39-cpu-inference"
PY39_GPU_SUCCESSOR = "minimal-ubuntu22.04-py39-cuda11.8-gpu-inference"


def _old(framework: str, version: str, listed: str, since: str, *, cuda: str | None = None) -> BaseImage:
    """A framework's image of 2021 and 2022: all on Ubuntu 18.04 with Python 3.7."""
    device = f"cuda{cuda}-gpu" if cuda else "cpu"
    named = {"TensorFlow": "tensorflow", "PyTorch": "pytorch", "scikit-learn": "sklearn", "ONNX Runtime": "onnxruntime"}
    return BaseImage(
        f"{named.get(framework, framework.lower())}-{version}-ubuntu18.04-py37-{device}-inference",
        framework,
        "3.7",
        "Ubuntu 18.04",
        listed,
        framework_version=version,
        cuda=cuda,
        retired_since=since,
        successor=GPU_SUCCESSOR if cuda else CPU_SUCCESSOR,
    )


def _openmpi(version: str, ubuntu: str, cuda: str | None = None) -> BaseImage:
    """An image to build environments on: without the server."""
    name = f"openmpi{version}-{f'cuda{cuda}-' if cuda else ''}ubuntu{ubuntu}"
    return BaseImage(
        name, "Open MPI", None, f"Ubuntu {ubuntu}", "2026-03", framework_version=version, cuda=cuda, serves=False
    )


#: Newest first; the retired ones at the end.
CATALOGUE: tuple[BaseImage, ...] = (
    BaseImage("curated/minimal-py312-cuda12.4-inference", "minimal", "3.12", "Ubuntu 22.04", "2026-07", cuda="12.4"),
    BaseImage("curated/mlflow-py312-inference", "MLflow", "3.12", "Ubuntu 22.04", "2026-07"),
    BaseImage("minimal-py312-inference", "minimal", "3.12", "Ubuntu 22.04", "2025-09"),
    BaseImage("curated/minimal-py311-inference", "minimal", "3.11", "Ubuntu 22.04", "2026-07"),
    BaseImage("minimal-ubuntu22.04-py39-cpu-inference", "minimal", "3.9", "Ubuntu 22.04", "2025-09"),
    BaseImage(
        "minimal-ubuntu22.04-py39-cuda11.8-gpu-inference", "minimal", "3.9", "Ubuntu 22.04", "2025-09", cuda="11.8"
    ),
    _openmpi("5.0", "24.04"),
    _openmpi("5.0", "24.04", "13.1"),
    _openmpi("5.0", "24.04", "12.8"),
    _openmpi("5.0", "24.04", "12.6"),
    _openmpi("5.0", "22.04", "12.5"),
    _openmpi("5.0", "22.04", "12.4"),
    _openmpi("4.1.0", "22.04"),
    BaseImage(
        "minimal-ubuntu20.04-py38-cpu-inference",
        "minimal",
        "3.8",
        "Ubuntu 20.04",
        "2023",
        retired_since="2024-06-20",
        successor=PY39_SUCCESSOR,
    ),
    BaseImage(
        "minimal-ubuntu20.04-py38-cuda11.6.2-gpu-inference",
        "minimal",
        "3.8",
        "Ubuntu 20.04",
        "2023",
        cuda="11.6.2",
        retired_since="2024-06-20",
        successor=PY39_GPU_SUCCESSOR,
    ),
    BaseImage(
        "minimal-ubuntu18.04-py37-cpu-inference",
        "minimal",
        "3.7",
        "Ubuntu 18.04",
        "2023",
        retired_since="2025-09",
        successor=PY39_SUCCESSOR,
    ),
    BaseImage(
        "minimal-ubuntu18.04-py37-cuda11.0.3-gpu-inference",
        "minimal",
        "3.7",
        "Ubuntu 18.04",
        "2023",
        cuda="11.0.3",
        retired_since="2025-09",
        successor=PY39_GPU_SUCCESSOR,
    ),
    _old("PyTorch", "1.10", "2022-07", "2023"),
    _old("PyTorch", "1.9", "2022-07", "2023"),
    _old("PyTorch", "1.9", "2022-07", "2023", cuda="11.0.3"),
    _old("LightGBM", "3.2", "2022-07", "2023"),
    _old("TensorFlow", "2.4", "2022-07", "2023"),
    _old("TensorFlow", "2.4", "2022-07", "2023", cuda="11.0.3"),
    _old("TensorFlow", "1.15", "2022-07", "2023"),
    _old("scikit-learn", "0.24.1", "2022-07", "2023"),
    _old("XGBoost", "0.9", "2022-07", "2023"),
    _old("PyTorch", "1.7", "2021-05", "2022-07"),
    _old("PyTorch", "1.6", "2021-05", "2022-07"),
    _old("ONNX Runtime", "1.6", "2021-05", "2022-07"),
)


def default_base_image(python: str | None) -> str | None:
    """The reference of the newest current CPU image with Python ``major.minor`` (or ``major.minor.patch``).

    ``None`` asks for the newest of all, and so does a default of Azure's that no image has; the result is ``None`` when
    there is none for that Python.
    """
    wanted = None if python is None else ".".join(python.split(".")[:2])
    for image in CATALOGUE:
        plain = image.serves and image.framework == "minimal" and image.device == "cpu" and image.status == "current"
        if plain and wanted in (None, image.python):
            return image.reference
    return default_base_image(None) if python in AZURE_DEFAULT_PYTHONS else None


def find_base_image(name: str) -> BaseImage | None:
    """The entry ``name`` means: with or without registry and tag, or as its curated environment is called."""
    plain = name.partition("@")[0].removeprefix(REGISTRY).removeprefix(CURATED_PREFIX)
    plain = re.sub(r":[\w.-]+$", "", plain)
    for image in CATALOGUE:
        if plain in (image.name, image.name.removeprefix("curated/")):
            return image
    return None


def near_base_images(name: str) -> list[str]:
    """The names of entries that ``name`` may have meant, the likeliest first."""
    names = [image.name for image in CATALOGUE]
    return difflib.get_close_matches(name.removeprefix(REGISTRY).partition(":")[0], names, n=3, cutoff=0.6)
