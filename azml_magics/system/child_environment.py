"""What a service inherits from whoever starts it: an allow list, because a container in the cloud inherits nothing.

A notebook's environment holds tokens, ``PYTHONPATH`` and activated environments that would not be there; what a
service needs from this machine is how to find programs, files, proxies and certificates.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

INHERITED = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "LANG", "LANGUAGE", "SYSTEMROOT",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    }
)  # fmt: skip
INHERITED_PREFIXES = ("LC_",)


def service_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The inherited variables with ``variables`` on top."""
    inherited = {
        name: value for name, value in os.environ.items() if name in INHERITED or name.startswith(INHERITED_PREFIXES)
    }
    return {**inherited, **variables}
