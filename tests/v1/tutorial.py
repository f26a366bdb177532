"""What the documents presuppose on disk: scripts, packages, and the model of the tutorial, made here."""

from __future__ import annotations

import json
import pickle
import sys
import warnings
import zipfile
from importlib.metadata import version
from pathlib import Path

from tests.channels import Channel

#: A whole picture is what the printed request sends.
SIDE = 28
TRAIN = """
import os, sys
from azureml.core import Run
run = Run.get_context()
run.log("rows", 3)
os.makedirs("outputs", exist_ok=True)
with open("outputs/model.pkl", "w") as file:
    file.write("22")
print("trained with", sys.argv[1:])
"""
SCORE = """
import json, os
from azureml.core.model import Model

def init():
    global model
    with open(Model.get_model_path("mymodel")) as file:
        model = int(file.read())
    assert os.path.isfile(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))

def run(raw_data):
    return {"area": model + json.loads(raw_data)["data"]}
"""


def write_environments_page(folder: Path) -> None:
    """Files that the page about environments names."""
    (folder / "path-to-conda-specification-file").write_text("dependencies:\n- python=3.11\n- pip:\n  - pillow\n")
    (folder / "path-to-pip-requirements-file").write_text("pillow\n")
    for script in ("example.py", "train.py"):
        (folder / script).write_text(TRAIN)
    (folder / "my-sklearn-proj").mkdir()
    (folder / "my-sklearn-proj" / "train.py").write_text(TRAIN)
    (folder / "score.py").write_text(SCORE)
    write_wheel(folder / "my-custom.whl")
    _write_conda_environment(folder / "mycondaenv")


def write_wheel(path: Path, name: str = "my_custom", release: str = "1.0") -> None:
    """A wheel with one module, whatever the file is called."""
    info = f"{name}-{release}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "ANSWER = 42\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {release}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def _write_conda_environment(folder: Path) -> None:
    (folder / "conda-meta").mkdir(parents=True)
    for name, release in (("python", "3.11.7"), ("words", "1.0")):
        record = {"name": name, "version": release, "build": "0", "channel": "conda-forge"}
        (folder / "conda-meta" / f"{name}-{release}-0.json").write_text(json.dumps(record))


def make_channels(folder: Path) -> Path:
    """The channels of Azure's default environment, with the Python it names (this one) and scikit-learn by name."""
    channel = Channel(folder / "conda-forge")
    channel.add_python(version="3.8.13")
    channel.add("scikit-learn", "0.20.3", {"site-packages/sklearn_stands_here.txt": ""}, depends=["python"])
    channel.index()
    (folder / "anaconda").symlink_to(channel.folder)
    return folder


def write_tutorial(folder: Path, script: str) -> None:
    """The entry script as it is printed, the tutorial's model, and its environment with the versions at hand."""
    (folder / "score.py").write_text(script)
    (folder / "sklearn_mnist_model.pkl").write_bytes(pickle.dumps(_train()))
    environment = folder / "tutorial-env"
    environment.mkdir()
    pins = [f"{name}=={version(name)}" for name in ("joblib", "numpy", "scikit-learn")]
    python = f"python={sys.version_info.major}.{sys.version_info.minor}"
    lines = "".join(f"  - {line}\n" for line in ("azureml-defaults", *pins))
    (environment / "conda_dependencies.yml").write_text(f"dependencies:\n- {python}\n- pip:\n{lines}")
    definition = {"name": "tutorial-env", "version": "1", "python": {"userManagedDependencies": False}}
    (environment / "azureml_environment.json").write_text(json.dumps(definition))


def _train() -> object:
    """Digits of 8 by 8 points, drawn three times as large in the middle of a picture."""
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    points, digits = load_digits(return_X_y=True)
    pictures = np.kron(points[:200].reshape(-1, 8, 8) / 16, np.ones((1, 3, 3)))
    pictures = np.pad(pictures, ((0, 0), (2, 2), (2, 2))).reshape(-1, SIDE * SIDE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LogisticRegression(max_iter=30).fit(pictures, digits[:200])
