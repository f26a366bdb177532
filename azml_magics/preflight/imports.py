"""What a script imports, told from its text, and which projects could bring it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass

#: Import name -> projects that bring it, where the two differ by more than spelling.
PROJECTS: dict[str, tuple[str, ...]] = {
    "Crypto": ("pycryptodome",),
    "MySQLdb": ("mysqlclient",),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow", "pillow-simd"),
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "cv2": (
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "dateutil": ("python-dateutil",),
    "docx": ("python-docx",),
    "fitz": ("pymupdf",),
    "jwt": ("pyjwt",),
    "keras": ("tensorflow", "tensorflow-cpu"),
    "mpl_toolkits": ("matplotlib",),
    "pkg_resources": ("setuptools",),
    "pptx": ("python-pptx",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn", "scikit-learn-intelex"),
    "umap": ("umap-learn",),
    "yaml": ("pyyaml",),
    # A model of scikit-learn is saved and loaded with the joblib that it brings.
    "joblib": ("scikit-learn", "scikit-learn-intelex"),
}
#: What the server brings into its own process (AZUREML.md 1.1, 1.4).
SERVER_MODULES = frozenset(
    {"azureml_inference_server_http", "flask", "flask_cors", "gunicorn", "inference_schema", "pydantic", "werkzeug"}
)
_SERVER_INJECTS = "azureml.contrib.services"
#: Modules of Azure's SDK that services have without it (``serving/azureml_names.py``).
_STAND_INS = frozenset({"azureml", "azureml.core", "azureml.core.model"})
#: Standard modules of some Python a service may run on, even if this one has dropped them.
_FORMER_STANDARD = frozenset({"asynchat", "asyncore", "cgi", "distutils", "imp", "smtpd", "telnetlib", "pipes"})


@dataclass(frozen=True)
class Import:
    """``module`` is dotted, as written; ``certain`` when loading the script must run it; ``level`` as in ``ast``."""

    module: str
    node: ast.Import | ast.ImportFrom
    certain: bool
    level: int = 0

    @property
    def top(self) -> str:
        """The name that is looked up on ``sys.path``."""
        return self.module.partition(".")[0]


def collect_imports(tree: ast.Module) -> list[Import]:
    """Every import of a module, but those that only a type checker follows."""
    return list(_imports(tree, certain=True))


def _imports(node: ast.AST, *, certain: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child, certain)
        elif isinstance(child, ast.ImportFrom):
            yield Import(child.module or "", child, certain, child.level)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from _imports(ast.Module([other], []), certain=False)
        else:
            # A class body runs as the module does; anything else may not run, or may be prepared for a failure.
            yield from _imports(child, certain=certain and isinstance(child, ast.ClassDef))


def is_standard(name: str) -> bool:
    """True for a module of the standard library."""
    return name in sys.stdlib_module_names or name in _FORMER_STANDARD


def is_brought(found: Import, projects: Collection[str]) -> bool:
    """True when the server or one of ``projects`` (normalised names) could be where the module comes from."""
    if found.top in SERVER_MODULES or found.module in _STAND_INS:
        return True
    if f"{found.module}.".startswith(f"{_SERVER_INJECTS}."):
        return True
    name = re.sub(r"[-_.]+", "-", found.top).lower()
    spelled = {name, f"python-{name}", f"py{name}", *PROJECTS.get(found.top, ())}
    return any(project in spelled or project.startswith(f"{name}-") for project in projects)
