"""Warm imports: the parent loads the packages its workers use, so that the next worker starts in milliseconds.

Only installed packages are loaded there, never the user's files, and nothing at all when that could change what the
script sees: a script that sets environment variables may rely on setting them before its imports, and threads do not
survive a fork.
"""

import ast
import gc
import importlib
import os
import sys
import sysconfig
import threading

ENABLED = True

#: Read their configuration or register the script while being imported, so every worker imports them afresh.
FRESH_PACKAGES = ("azureml_inference_server_http", "azureml", "__main__", "entry_module", "main", "_azml_serving")


def sets_environment(source):
    """Whether the Python text ``source`` writes to the process environment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            target = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("putenv", "unsetenv"):
                return True
            if node.func.attr not in ("setdefault", "update", "pop", "clear"):
                continue
            target = node.func.value
        else:
            continue
        if "environ" in (getattr(target, "attr", None), getattr(target, "id", None)):
            return True
    return False


def _installation_roots():
    roots = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    roots.update(entry for entry in sys.path if os.path.basename(entry) == "site-packages")
    return tuple(root + os.sep for root in roots if root)


def learn(app_root, inherited):
    """Names of the installed modules a worker has loaded itself, in their order; none when warming would not be safe.

    ``inherited`` are the names it was forked with.
    """
    if not ENABLED or threading.active_count() > 1:
        return []
    installed = _installation_roots()
    app_root = os.path.realpath(app_root) + os.sep
    names = []
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec is None or not spec.has_location:
            continue
        origin = spec.origin
        if origin.startswith(installed):
            if name not in inherited and name.split(".")[0] not in FRESH_PACKAGES and spec.name == name:
                names.append(name)
        elif os.path.realpath(origin).startswith(app_root):
            with open(origin, encoding="utf-8") as file:
                if sets_environment(file.read()):
                    return []
    return names


def load(name):
    """Import ``name`` in the parent; what cannot be imported alone will be imported by the worker as before."""
    if name in sys.modules:
        return
    try:
        importlib.import_module(name)
    except BaseException as error:  # a package may even call sys.exit() on import
        print("azml: {} stays cold: {!r}".format(name, error), flush=True)


def settle():
    """Put what was loaded out of the garbage collector's sight.

    A collection in a forked worker would touch every object, and so copy all the memory it shares with the parent:
    a quarter of a second with scikit-learn loaded.
    """
    gc.collect()
    if hasattr(gc, "freeze"):  # not before Python 3.7
        gc.freeze()
