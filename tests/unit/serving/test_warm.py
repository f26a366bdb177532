"""What a parent may import for its workers, and when it must not."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import azml_magics

WARM = Path(azml_magics.__file__).parent / "serving" / "warm.py"

#: Loads ``warm.py`` beside a module of the user, as a worker would have it, and prints what it learns.
WORKER = """
import importlib.util, json, sys
def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
inherited = set(sys.modules)
warm = load("warm_under_test", sys.argv[1])
load("entry_module", sys.argv[2] + "/score.py")
print(json.dumps(warm.learn(sys.argv[2], inherited)))
"""


@pytest.fixture
def warm() -> ModuleType:
    spec = importlib.util.spec_from_file_location("warm", WARM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['OMP_NUM_THREADS'] = '1'\n",
        "import os\nos.environ.setdefault('A', 'b')\n",
        "import os\nos.environ.update(A='b')\n",
        "import os\ndel os.environ['A']\n",
        "import os\nos.putenv('A', 'b')\n",
        "from os import environ\nenviron['A'] = 'b'\n",
        "from os import environ\ndef init():\n    environ.pop('A')\n",
        "import os\nos.environ['A'] += ':b'\n",
    ],
)
def test_writing_to_the_environment_is_seen(warm: ModuleType, source: str) -> None:
    assert warm.sets_environment(source)


@pytest.mark.parametrize(
    "source",
    [
        "import os\npath = os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.pkl')\n",
        "import os\nos.getenv('A')\nos.environ.get('B')\n",
        "settings = {}\nsettings.update(a=1)\nsettings['environ'] = 2\n",
    ],
)
def test_reading_is_not_writing(warm: ModuleType, source: str) -> None:
    assert not warm.sets_environment(source)


def learned(tmp_path: Path, source: str) -> list[str]:
    (tmp_path / "score.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(WARM), str(tmp_path)], capture_output=True, text=True, check=True
    )
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return names


def test_installed_modules_are_learned_in_their_order_and_the_user_s_are_not(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("import wave\n")
    names = learned(tmp_path, f"import sys\nsys.path.append({str(tmp_path)!r})\nimport helper, tarfile\n")
    assert names.index("wave") < names.index("tarfile")
    assert not {"helper", "entry_module", "__main__"} & set(names)


def test_nothing_is_learned_from_a_script_that_sets_variables_or_has_a_helper_that_does(tmp_path: Path) -> None:
    assert learned(tmp_path, "import os\nos.environ['A'] = 'b'\nimport tarfile\n") == []
    (tmp_path / "settings.py").write_text("import os\nos.environ['A'] = 'b'\n")
    assert learned(tmp_path, f"import sys\nsys.path.append({str(tmp_path)!r})\nimport settings, tarfile\n") == []


def test_nothing_is_learned_while_threads_run(tmp_path: Path) -> None:
    source = "import threading, tarfile\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    assert learned(tmp_path, source) == []


def test_a_package_that_cannot_be_imported_alone_stays_cold(
    warm: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "azml_exits_on_import.py").write_text("import sys\nsys.exit(9)\n")
    monkeypatch.syspath_prepend(tmp_path)
    warm.load("azml_exits_on_import")
    warm.load("azml_not_there_at_all")
    assert capsys.readouterr().out.count("stays cold") == 2


def test_a_python_that_cannot_freeze_settles_all_the_same(warm: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("gc.freeze")
    warm.settle()
