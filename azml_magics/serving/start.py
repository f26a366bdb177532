"""The start script: adds packages as the prebuilt images do, then becomes the server.

Follows the images' own start script (AZUREML.md 2.2): a library path wins over a conda file, which wins over a
requirements file; the losers are ignored. Exit codes: 95 installing failed, 97, 98, 99 library path, conda file,
requirements file missing, 100 server not installed. Unlike the images it does not sleep before exit 95.
"""

import datetime
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

APP_ROOT = "/var/azureml-app"
USER_ENVIRONMENT = "userenv"
INSTALL_FAILED, NO_LIBRARY_PATH, NO_CONDA_FILE, NO_REQUIREMENTS, NO_SERVER = 95, 97, 98, 99, 100


def say(text):
    """One log line in the style of the images' start script."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    print("{} | gunicorn/run | {}".format(now, text), flush=True)


def leave(code, text):
    say(text)
    sys.exit(code)


def entry_script_directory(environ):
    app_root = environ.get("AML_APP_ROOT") or APP_ROOT
    entry_script = environ.get("AZUREML_ENTRY_SCRIPT")
    if not entry_script:
        return app_root
    # The images strip a leading slash here, though the server itself will not.
    folder = os.path.dirname(entry_script[1:] if entry_script.startswith("/") else entry_script)
    return os.path.join(app_root, folder) if folder else app_root


def load_neighbour(name):
    """A module of this folder, without putting the folder on the path of the server to come."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("_azml_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_installer(command, variables=None):
    try:
        returncode = subprocess.call(command, env={**os.environ, **(variables or {})})
    except OSError as error:
        say("{}: {}".format(command[0], error.strerror))
        returncode = 127
    if returncode != 0:
        leave(INSTALL_FAILED, "Error occurred: {} ended with exit code {}.".format(" ".join(command[:2]), returncode))


def prepend_python_path(environ, directory):
    environ["PYTHONPATH"] = directory + os.pathsep + environ.get("PYTHONPATH", "")


def add_library_path(environ, folder):
    directory = os.path.normpath(os.path.join(folder, environ["AZUREML_EXTRA_PYTHON_LIB_PATH"]))
    if not os.path.isdir(directory):
        leave(NO_LIBRARY_PATH, "Expected Python library path not found: {}. Exiting with error ...".format(directory))
    say("Adding {} in PYTHONPATH".format(directory))
    prepend_python_path(environ, directory)


def server_version():
    from importlib import metadata  # Python 3.8 and later, as is every image with conda

    return metadata.version("azureml-inference-server-http")


def create_conda_environment(environ, folder):
    path = environ.get("AZUREML_EXTRA_CONDA_YAML_ABS_PATH")
    path = path or os.path.join(folder, environ["AZUREML_EXTRA_CONDA_YAML"])
    if not os.path.isfile(path):
        leave(
            NO_CONDA_FILE,
            "Dynamic Python packages installation is enabled but expected conda yaml file not found: "
            "{}. Exiting with error ...".format(path),
        )
    handle, copy = tempfile.mkstemp(prefix="copied_env_", suffix=".yaml")
    os.close(handle)
    shutil.copyfile(path, copy)
    run_installer(["conda", "env", "create", "-n", USER_ENVIRONMENT, "-f", copy])
    prefix = subprocess.check_output(
        ["conda", "run", "-n", USER_ENVIRONMENT, "python", "-c", "import sys; print(sys.prefix)"], text=True
    ).strip()
    environ["PATH"] = os.path.join(prefix, "bin") + os.pathsep + environ.get("PATH", "")
    run_installer(["pip", "install", "azureml-inference-server-http==" + server_version()])
    return os.path.join(prefix, "bin", "python")


def installer_variables(setting):
    """``{...}`` itself, or the file that ``@PATH`` names, where nobody who looks at the container reads them."""
    if setting.startswith("@"):
        if not os.path.exists(setting[1:]):
            return {}
        with open(setting[1:]) as file:
            setting = file.read()
    return json.loads(setting or "{}")


def install_requirements(environ, path):
    """Install the file ``path``; returns the Python that sees what it brings."""
    if not os.path.isfile(path):
        leave(
            NO_REQUIREMENTS,
            "Dynamic Python packages installation is enabled but expected requirements file not found: "
            "{}. Exiting with error ...".format(path),
        )
    python, command = sys.executable, ["pip", "install"]
    if environ.get("AZML_INSTALL_OVERLAY"):
        python = load_neighbour("overlay").make_overlay(environ["AZML_INSTALL_OVERLAY"])
        command = [python, "-m", "pip", "install", "--no-cache-dir", "--no-input", "--disable-pip-version-check"]
    elif environ.get("AZML_INSTALL_COMMAND"):
        command = json.loads(environ["AZML_INSTALL_COMMAND"])
    say("Installing Python packages from {} !".format(path))
    run_installer([*command, "-r", path], installer_variables(environ.get("AZML_INSTALL_ENVIRONMENT", "")))
    if environ.get("AZML_INSTALL_TARGET"):
        prepend_python_path(environ, environ["AZML_INSTALL_TARGET"])
    return python


def prepare_packages(environ):
    """Add packages to ``environ`` as the variables ask; returns the Python to run the server with."""
    python = sys.executable
    for path in filter(None, environ.get("AZML_INSTALL_FIRST", "").split(os.pathsep)):
        python = install_requirements(environ, path)
    if not environ.get("AZUREML_INFERENCE_SERVER_HTTP_ENABLED"):
        return python
    folder = entry_script_directory(environ)
    say("Entry script directory: {}".format(folder))
    if environ.get("AZUREML_EXTRA_PYTHON_LIB_PATH"):
        add_library_path(environ, folder)
    elif environ.get("AZUREML_EXTRA_CONDA_YAML_ABS_PATH") or environ.get("AZUREML_EXTRA_CONDA_YAML"):
        return create_conda_environment(environ, folder)
    elif environ.get("AZUREML_EXTRA_REQUIREMENTS_TXT"):
        python = install_requirements(environ, os.path.join(folder, environ["AZUREML_EXTRA_REQUIREMENTS_TXT"]))
    else:
        say("Dynamic Python package installation is disabled.")
    return python


def has_server(python, environ):
    """Whether ``python`` will find the server: here, in an added directory, or in an environment of its own."""
    name = "azureml_inference_server_http"
    if importlib.util.find_spec(name) is not None:
        return True
    if any(os.path.isdir(os.path.join(entry, name)) for entry in environ.get("PYTHONPATH", "").split(os.pathsep)):
        return True
    look = "import importlib.util, sys; sys.exit(importlib.util.find_spec({!r}) is None)".format(name)
    return python != sys.executable and subprocess.call([python, "-c", look], env=environ) == 0


def main():
    """``start.py PORT``: prepare packages, go to the app root, become the server."""
    # One stream for both: whoever reads two of them, as engines of containers do, may change the order of lines.
    os.dup2(1, 2)
    environ = dict(os.environ)
    if environ.get("AZML_LIFELINE_FD"):
        load_neighbour("lifeline").hang_on(int(environ["AZML_LIFELINE_FD"]))
    python = prepare_packages(environ)
    if not has_server(python, environ):
        leave(NO_SERVER, "azureml-inference-server-http is not installed for {}. Exiting with error ...".format(python))
    if environ.get("AZML_LISTEN_SOCKET"):
        environ["AZML_LISTEN_FD"] = str(load_neighbour("handover").receive_socket(environ["AZML_LISTEN_SOCKET"]))
    os.chdir(environ.get("AML_APP_ROOT") or APP_ROOT)
    server = os.path.join(os.path.dirname(os.path.abspath(__file__)), "serve.py")
    command = [
        python,
        server,
        "--entry_script",
        environ.get("AZUREML_ENTRY_SCRIPT") or "main.py",
        "--port",
        sys.argv[1],
    ]
    if environ.get("HEALTH_PORT"):
        command += ["--health_port", environ["HEALTH_PORT"]]
    sys.stdout.flush()
    os.execve(python, command, environ)


if __name__ == "__main__":
    main()
