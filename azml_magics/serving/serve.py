"""The real ``azmlinfsrv`` command line, on a gunicorn that listens where the engine says, or answers one request."""

import importlib.util
import os
import sys

PACKAGE = "_azml_serving"


def load_package():
    """Import this folder as ``_azml_serving`` and take it off ``sys.path`` again.

    A script is started with its own folder first on ``sys.path``: left there, our module names would shadow modules
    of the user.
    """
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.getcwd()) != folder]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


def main():
    load_package()
    importlib.import_module(PACKAGE + ".azureml_names").install()
    chosen = ".invoke" if os.environ.get("AZML_INVOKE_DIRECTORY") else ".application"
    importlib.import_module(PACKAGE + chosen).install()
    from azureml_inference_server_http import amlserver

    sys.argv[0] = "azmlinfsrv"
    amlserver.run()


if __name__ == "__main__":
    main()
