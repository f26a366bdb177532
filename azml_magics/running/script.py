"""Runs a training script as ``python SCRIPT ARGUMENTS`` would, with ``azureml_shim`` at the end of its path.

Called as ``script.py SCRIPT ARGUMENTS...``. A traceback that ends the script begins at the script's own first frame,
and is kept in ``error.txt`` beside being printed.
"""

import builtins
import importlib
import os
import sys
import traceback
import types

OWN_FILE = os.path.abspath(__file__)


def report(kind, error, trace):
    """As Python's own hook, without our frames."""
    while trace is not None and trace.tb_frame.f_code.co_filename in (OWN_FILE, __file__):
        trace = trace.tb_next
    if issubclass(kind, SyntaxError) and trace is None:
        error.__traceback__ = None
    text = "".join(traceback.format_exception(kind, error, trace))
    record = os.environ.get("AZML_RUN_RECORD")
    if record:
        try:
            with open(os.path.join(record, "error.txt"), "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            pass  # it is printed all the same
    sys.stdout.flush()
    sys.stderr.write(text)


class Remedies:
    """Comes after everything else on ``sys.meta_path``: modules of the SDK that nobody else has."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if not name.startswith("azureml.") or name.startswith("azureml.core"):
            return None
        finder = getattr(importlib.import_module("azureml.core"), "Finder", None)  # of the shim, not of azureml-core
        return finder and finder.find_spec(name)


def main():
    script = sys.argv[1]
    path = os.path.abspath(script)
    sys.argv[:] = sys.argv[1:]
    sys.path[0] = os.path.dirname(path)
    sys.path.append(os.path.join(os.path.dirname(OWN_FILE), "azureml_shim"))
    sys.meta_path.append(Remedies)
    sys.excepthook = report
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
    except OSError as error:
        sys.exit("{} cannot be read: {}".format(script, error.strerror))
    # A module of its own: pickles and processes that multiprocessing starts look for names in "__main__".
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


if __name__ == "__main__":
    main()
