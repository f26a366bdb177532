"""Finding uv and the environment it runs in: the user's index settings, whichever tool they were written for."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

from azml_magics.errors import ToolError

#: pip's setting -> the variable by which uv knows it; lists are separated by spaces in both.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
}
#: uv's older names of the same settings: a user who set one of these has decided already.
UV_SYNONYMS = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
#: Would make uv look at an environment or project of the caller's.
UNWANTED = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT")


def uv_binary() -> str:
    """Path of the uv program that came with us. Raises ``ToolError`` (``uv-missing``)."""
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise ToolError(
            "the uv program is missing", remedy="pip install --force-reinstall uv", code="uv-missing"
        ) from error


def uv_environment() -> dict[str, str]:
    """The caller's environment for uv, with pip's index settings added where uv has none of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    environment["PATH"] = os.pathsep.join([environment.get("PATH", os.defpath), *pyenv_directories(environment)])
    texts = [path.read_text(errors="replace") for path in pip_config_files(environment) if path.is_file()]
    return {**environment, **index_settings(environment, texts)}


def pyenv_directories(environment: Mapping[str, str]) -> list[str]:
    """Where pyenv keeps interpreters: uv sees only the one that is switched on, as a shim on PATH."""
    root = Path(environment.get("PYENV_ROOT") or Path(environment.get("HOME", "~")).expanduser() / ".pyenv")
    return sorted(str(path) for path in (root / "versions").glob("*/bin"))


def pip_config_files(environment: Mapping[str, str]) -> list[Path]:
    """The configuration files pip would read, least to most important."""
    given = environment.get("PIP_CONFIG_FILE")
    if given:
        return [] if given == os.devnull else [Path(given)]
    home = Path(environment.get("HOME", "~")).expanduser()
    config_home = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    return [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", config_home / "pip" / "pip.conf"]


def index_settings(environment: Mapping[str, str], pip_configs: list[str]) -> dict[str, str]:
    """Variables for uv that say what pip's variables and configuration files say; uv's own win, pip's variables next.

    Local directories that do not exist are left out: pip ignores them, uv would refuse to run.
    """
    settings: dict[str, str] = {}
    for text in pip_configs:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error as error:
            raise ToolError(
                f"pip's configuration cannot be read: {error}",
                remedy="pip config debug shows the files",
                code="pip-config",
            ) from error
        for section in ("global", "install"):
            if parser.has_section(section):
                settings.update({key: value for key, value in parser.items(section) if key in PIP_TO_UV})
    for key in PIP_TO_UV:
        value = environment.get("PIP_" + key.upper().replace("-", "_"))
        if value is not None:
            settings[key] = value
    result = {}
    for key, value in settings.items():
        name = PIP_TO_UV[key]
        wanted = " ".join(part for part in value.split() if not _is_missing_directory(part))
        if wanted and name not in environment and UV_SYNONYMS.get(name) not in environment:
            result[name] = wanted
    if "UV_INDEX" in result and "UV_INDEX_STRATEGY" not in environment:
        # Settings written for pip mean that every index is looked at; uv would stop at the first that knows a name.
        result["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return result


def _is_missing_directory(location: str) -> bool:
    path = location.removeprefix("file://")
    return path.startswith("/") and not Path(path).is_dir()
