"""pip's settings of this machine as files for builds and containers; how they get there is left to ``build``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Where the files are inside, while pip runs.
DIRECTORY = "/run/azml"
CA_BUNDLE = f"{DIRECTORY}/ca.pem"
CREDENTIALS = f"{DIRECTORY}/credentials.sh"
#: Read by pip without being told, and overruled by a configuration of the image's own.
PIP_CONF = "/etc/xdg/pip/pip.conf"


@dataclass(frozen=True)
class PipFiles:
    """What pip inside needs to reach what pip here reaches.

    ``pip_conf`` names ``CA_BUNDLE`` and ``find-links`` as they are inside; ``ca_bundle`` is that file. ``find_links``
    are directories of this machine, the n-th is ``/run/azml/find-links/<n>`` inside. ``proxies`` are variables
    (``HTTPS_PROXY``...). ``credentials`` are variables for the ``${...}`` of a requirements file. ``secrets`` are the
    values that may appear in no message.
    """

    pip_conf: str = ""
    ca_bundle: bytes | None = None
    find_links: tuple[Path, ...] = ()
    proxies: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


def collect_pip_files(requirement_lines: Sequence[str] = ()) -> PipFiles:
    """The settings as ``PIP_*``, pip.conf, ``*_PROXY`` and ``AZML_CA_BUNDLE`` give them.

    Without ``AZML_CA_BUNDLE`` the bundle is that of ``PIP_CERT``, ``cert`` in pip.conf, ``SSL_CERT_FILE`` or
    ``REQUESTS_CA_BUNDLE``. Raises ``ToolError`` (``pip-config``, ``ca-bundle``).
    """
    raise NotImplementedError
