"""pip's settings of this machine as files for builds and containers; how they get there is left to ``build``."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from azml_magics.definitions.image_layout import CA_BUNDLE, STATE
from azml_magics.definitions.requirement_text import local_path
from azml_magics.errors import ToolError
from azml_magics.system.pip_settings import (
    FALSE,
    LISTS,
    PIP_TO_UV,
    expand_user,
    pip_config_files,
    read_pip_settings,
)

#: Where the files are inside, while pip runs.
FIND_LINKS = f"{STATE}/find-links"
#: Read by pip without being told, and overruled by a configuration of the image's own.
PIP_CONF = "/etc/xdg/pip/pip.conf"
#: pip's options that make sense elsewhere too; those that name files of this machine are translated.
OPTIONS = (*PIP_TO_UV, "timeout", "default-timeout", "retries")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
#: Variables that name a bundle of certificates, most important first; pip's own setting stands before them.
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
OWN_CA_VARIABLE = "AZML_CA_BUNDLE"
_CREDENTIALS = re.compile(r"://([^\s/@]+)@")


@dataclass(frozen=True)
class PipFiles:
    """What pip inside needs to reach what pip here reaches.

    ``pip_conf`` (empty when nothing is set) names ``CA_BUNDLE`` and ``find-links`` as they are inside; ``ca_bundle`` is
    that file. ``find_links`` are directories of this machine, the n-th (from 0) is ``/run/azml/find-links/<n>`` inside.
    ``proxies`` are variables (``HTTPS_PROXY`` ...). ``credentials`` are variables for the ``${...}`` of a requirements
    file. ``secrets`` are values that may appear in no message. ``machine_indexes`` are indexes on this machine's disk,
    which nothing inside can see.
    """

    pip_conf: str = field(default="", repr=False)
    ca_bundle: bytes | None = field(default=None, repr=False)
    find_links: tuple[Path, ...] = ()
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    machine_indexes: tuple[str, ...] = ()

    @property
    def is_needed(self) -> bool:
        """Whether pip inside would do something else without the files; proxies are no files."""
        return bool(self.pip_conf or self.ca_bundle or self.credentials)

    def credentials_text(self) -> str:
        """``credentials`` as a shell reads them."""
        return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.credentials.items())


def collect_pip_files(credentials: Mapping[str, str] | None = None) -> PipFiles:
    """The settings as ``PIP_*``, pip.conf, ``*_PROXY`` and ``AZML_CA_BUNDLE`` give them, and ``credentials`` of lines.

    ``credentials`` are what ``plan.context.render_requirements`` took out of the requirements. Without
    ``AZML_CA_BUNDLE`` the bundle is that of ``PIP_CERT``, ``cert`` in pip.conf, ``SSL_CERT_FILE`` or
    ``REQUESTS_CA_BUNDLE``. Raises ``ToolError`` (``pip-config``, ``ca-bundle``).
    """
    environment = dict(os.environ)
    files = [path for path in pip_config_files(environment, sys.prefix) if path.is_file()]
    texts = {str(path): path.read_text(errors="replace") for path in files}
    settings = read_pip_settings(environment, texts, options=OPTIONS)
    bundle = _ca_bundle(environment, settings.pop("cert", ""))
    credentials = credentials or {}
    proxies = {
        name: environment[name]
        for upper in PROXIES
        for name in (upper, upper.lower())
        if environment.get(name)
    }  # fmt: skip
    rendered, find_links, machine_indexes = _translate(settings)
    if bundle is not None:
        rendered["cert"] = CA_BUNDLE
    shown = [*rendered.values(), *proxies.values()]
    pairs = [*credentials.values(), *(pair for text in shown for pair in _CREDENTIALS.findall(text))]
    return PipFiles(
        pip_conf=_render(rendered),
        ca_bundle=bundle,
        find_links=tuple(find_links),
        proxies=proxies,
        credentials=credentials,
        secrets=secret_values(pairs),
        machine_indexes=tuple(machine_indexes),
    )


def secret_values(pairs: Sequence[str]) -> tuple[str, ...]:
    """Everything in ``user:password`` pairs that may be shown nowhere, the longest first.

    A user name beside a password is none; a token alone is. Both as written and as decoded.
    """
    values = set()
    for pair in pairs:
        user, colon, password = pair.partition(":")
        for secret in (pair, password if colon and password else user):
            values |= {secret, unquote(secret)}
    return tuple(sorted((value for value in values if len(value) > 3), key=lambda value: (-len(value), value)))


def _ca_bundle(environment: Mapping[str, str], of_pip: str) -> bytes | None:
    own = environment.get(OWN_CA_VARIABLE)
    if own:
        try:
            return Path(own).expanduser().read_bytes()
        except OSError as error:
            raise ToolError(
                f"the certificates {own} cannot be read: {error.strerror}",
                remedy=f"{OWN_CA_VARIABLE} names a file with the certificates of your network (PEM)",
                code="ca-bundle",
            ) from error
    for name in (of_pip, *(environment.get(variable, "") for variable in CA_VARIABLES)):
        path = Path(name).expanduser()
        if name and path.is_file() and os.access(path, os.R_OK):
            return path.read_bytes()
    return None


def _translate(settings: Mapping[str, str]) -> tuple[dict[str, str], list[Path], list[str]]:
    """``settings`` for the inside, the directories of ``find-links``, the indexes that are not to be seen there."""
    rendered: dict[str, str] = {}
    find_links: list[Path] = []
    machine_indexes: list[str] = []
    for key, value in settings.items():
        if key == "find-links":
            locations = []
            for location in (expand_user(part) for part in value.split()):
                path = local_path(location)
                if path is None:
                    locations.append(location)
                elif Path(path).is_dir():
                    locations.append(f"{FIND_LINKS}/{len(find_links)}")
                    find_links.append(Path(path).absolute())
            rendered[key] = "\n    ".join(locations)
        elif key in ("index-url", "extra-index-url"):
            here = [part for part in value.split() if local_path(part) is not None]
            machine_indexes += here
            rendered[key] = "\n    ".join(part for part in value.split() if part not in here)
        elif key == "no-index":
            rendered[key] = "" if value.lower() in FALSE else "true"
        else:
            rendered[key] = "\n    ".join(value.split()) if key in LISTS else value
    return {key: value for key, value in rendered.items() if value}, find_links, machine_indexes


def _render(settings: Mapping[str, str]) -> str:
    if not settings:
        return ""
    return "[global]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())
