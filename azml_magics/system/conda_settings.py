"""What this machine's conda settings say of channels, proxies and certificates; conda itself need not be here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azml_magics.errors import ToolError

#: Name the address that channels are below, the first one that is set.
ALIAS_VARIABLES = ("AZML_CONDA_CHANNEL_ALIAS", "CONDA_CHANNEL_ALIAS")
#: What ``defaults`` means below an alias where no setting says otherwise.
DEFAULTS = ("main", "r")


@dataclass(frozen=True)
class CondaSettings:
    """``alias`` is the address that channels by name are below (empty: the public one that rattler knows).

    ``custom`` maps names of channels to addresses they are below, ``defaults`` are what the channel ``defaults`` means.
    ``is_priority_strict`` says whether a package comes from the first channel that has it, whatever that leads to.
    ``variables`` are proxies and certificates for a program that asks channels.
    """

    alias: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    defaults: tuple[str, ...] = DEFAULTS
    is_priority_strict: bool = False
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def locate(self, channels: Sequence[str], folder: Path) -> list[tuple[str, str]]:
        """Each channel with its address, or with its name below ``alias``; ``folder`` is what relative paths mean."""
        return [
            (channel, self._address(name, folder))
            for channel in channels
            for name in (self.defaults if channel == "defaults" else (channel,))
        ]

    def _address(self, channel: str, folder: Path) -> str:
        if "://" in channel:
            return channel
        if channel.startswith(("/", "./", "../", "~")):
            return Path(os.path.normpath(folder / Path(channel).expanduser())).as_uri()
        parts = channel.split("/")
        for count in range(len(parts), 0, -1):
            root = self.custom.get("/".join(parts[:count]))
            if root is not None:
                return f"{root.rstrip('/')}/{channel}"
        return channel


def read_conda_settings(environment: Mapping[str, str]) -> CondaSettings:
    """The settings of ``.condarc`` files and of variables, which win.

    Raises ``ToolError`` (``conda-config``) for a file that is no YAML mapping.
    """
    merged: dict[str, Any] = {}
    for path in _files(environment):
        merged.update(_read(path))
    custom = merged.get("custom_channels")
    defaults = merged.get("default_channels")
    alias = next((environment[name] for name in ALIAS_VARIABLES if environment.get(name)), "")
    alias = alias or str(merged.get("channel_alias") or "")
    return CondaSettings(
        alias=f"{alias.rstrip('/')}/" if alias else "",
        custom={str(name): str(url) for name, url in custom.items()} if isinstance(custom, dict) else {},
        defaults=tuple(str(name) for name in defaults) if isinstance(defaults, list) and defaults else DEFAULTS,
        is_priority_strict=str(merged.get("channel_priority") or "") == "strict",
        variables=dict(_variables(merged, environment)),
    )


def _variables(settings: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    servers = settings.get("proxy_servers")
    for scheme in ("http", "https"):
        name = f"{scheme}_proxy"
        given = environment.get(name) or environment.get(name.upper())
        if isinstance(servers, dict) and servers.get(scheme) and not given:
            yield name, str(servers[scheme])
    bundle = settings.get("ssl_verify")
    if isinstance(bundle, str) and Path(bundle).is_file() and not environment.get("SSL_CERT_FILE"):
        yield "SSL_CERT_FILE", bundle


def _files(environment: Mapping[str, str]) -> list[Path]:
    """Where conda looks, the least important first."""
    home = Path(environment.get("HOME") or "~").expanduser()
    config_home = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    prefixes = [environment[name] for name in ("CONDA_ROOT", "CONDA_PREFIX") if environment.get(name)]
    candidates = [
        Path("/etc/conda/.condarc"),
        config_home / "conda" / ".condarc",
        home / ".conda" / ".condarc",
        home / ".condarc",
        *(Path(prefix) / ".condarc" for prefix in prefixes),
        *([Path(environment["CONDARC"])] if environment.get("CONDARC") else []),
    ]
    return [path for path in candidates if path.is_file()]


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8", errors="replace"))
    except yaml.YAMLError as error:
        raise _broken(path) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _broken(path)
    return content


def _broken(path: Path) -> ToolError:
    return ToolError(f"{path} is no YAML mapping", remedy="correct it, or move it away", code="conda-config")
