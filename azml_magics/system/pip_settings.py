"""pip's variables and configuration files, said in uv's words; running either is left to others.

A machine behind a mirror or a proxy is set up for pip; uv reads none of that.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote

from azml_magics.errors import ToolError

#: pip's option -> the variable that says the same to uv.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
#: uv itself knows this one as an option only: whoever calls it has to pass ``--no-index``.
NO_INDEX = "UV_NO_INDEX"
#: Options that hold several values, separated by white space; uv wants commas between directories, spaces elsewhere.
LISTS = {"extra-index-url": " ", "find-links": ",", "trusted-host": " "}
#: Other names under which a user may have decided already.
SYNONYMS = {
    "UV_DEFAULT_INDEX": ("UV_INDEX_URL",),
    "UV_INDEX": ("UV_EXTRA_INDEX_URL",),
    "ALL_PROXY": ("all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"),
}
FALSE = ("", "0", "false", "no", "off")


def pip_config_files(environment: Mapping[str, str], prefix: str) -> list[Path]:
    """The files pip would read, least to most important; ``prefix`` is the caller's ``sys.prefix``."""
    given = environment.get("PIP_CONFIG_FILE")
    if given == os.devnull:
        return []
    home = Path(environment.get("HOME") or "~").expanduser()
    config_home = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    shared = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    users = [
        home / ".pip" / "pip.conf",
        config_home / "pip" / "pip.conf",
        home / "Library" / "Application Support" / "pip" / "pip.conf",
    ]
    return [
        *(Path(directory) / "pip" / "pip.conf" for directory in reversed(shared)),
        Path("/etc/pip.conf"),
        *([] if given and Path(given).exists() else users),
        Path(prefix) / "pip.conf",
        *([Path(given)] if given else []),
    ]


def read_pip_settings(
    environment: Mapping[str, str], texts: Mapping[str, str], *, options: Iterable[str] = PIP_TO_UV
) -> dict[str, str]:
    """``options`` of pip as its configuration files (path -> text, least important first) and its variables give them.

    Raises ``ToolError`` (``pip-config``) naming the file that is no configuration.
    """
    settings: dict[str, str] = {}
    for path, text in texts.items():
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text, source=path)
        except configparser.Error as error:
            raise ToolError(
                f"pip's configuration {path} cannot be read",
                remedy="correct it, or set PIP_CONFIG_FILE to another one",
                details=str(error).splitlines(),
                code="pip-config",
            ) from error
        for section in ("global", "install"):
            if parser.has_section(section):
                settings.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    wanted = tuple(options)
    for key in wanted:
        value = environment.get("PIP_" + key.upper().replace("-", "_"))
        if value is not None:
            settings[key] = value
    return {key: value.strip() for key, value in settings.items() if key in wanted}


def render_for_uv(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables for uv that say what ``settings`` say; what ``environment`` tells uv already wins.

    Local directories that do not exist are left out: pip ignores them, uv would refuse to run.
    """
    result = {}
    for key, value in settings.items():
        name = PIP_TO_UV[key]
        if any(other in environment for other in (name, *SYNONYMS.get(name, ()))):
            continue
        if rendered := _render_value(key, value):
            result[name] = rendered
    if "UV_INDEX" in result and "UV_INDEX_STRATEGY" not in environment:
        # Settings written for pip mean that every index is looked at; uv would stop at the first that knows a name.
        result["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return result


def _render_value(key: str, value: str) -> str:
    if key in LISTS:
        parts = [expand_user(part) for part in value.split()]
        return LISTS[key].join(part for part in parts if key == "trusted-host" or not is_missing(part))
    if key == "no-index":
        return "" if value.lower() in FALSE else "1"
    return value


def expand_user(location: str) -> str:
    """A path with its ``~`` replaced, as pip does; a URL as it is."""
    return str(Path(location).expanduser()) if location.startswith("~") else location


def is_missing(location: str) -> bool:
    """Whether an index or ``--find-links`` location is a local path or ``file:`` URL and nothing is there."""
    if location.startswith("file:"):
        return not Path(unquote(location.removeprefix("file:").removeprefix("//").removeprefix("localhost"))).exists()
    return "://" not in location and not Path(location).exists()
