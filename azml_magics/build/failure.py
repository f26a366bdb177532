"""Why uv could not build an environment, in one sentence and with a remedy; its own lines are kept as details."""

from __future__ import annotations

import re
from collections.abc import Sequence

from azml_magics.errors import BuildError
from azml_magics.plan.actions import PackagesPlan

#: (pattern in uv's output, code, brief, remedy); ``{0}`` is the first group, ``{python}`` the Python asked for.
CAUSES: tuple[tuple[str, str, str, str], ...] = (
    (
        r"No interpreter found for (?:Python )?(.+?)(?: in |$)",
        "python-missing",
        "no {0} was found on this machine and none could be downloaded",
        "install it, or name another one with python: in %%environment; uv python list shows what is here",
    ),
    (
        r"Failed to download https?://|error sending request|dns error|Could not connect|tcp connect error",
        "download-failed",
        "a package index or download could not be reached",
        "check the network, proxy and certificate settings (HTTPS_PROXY, SSL_CERT_FILE, pip.conf or uv.toml)",
    ),
    (
        r"Because (\S+) was not found in the (?:package registry|provided package locations)",
        "package-not-found",
        "there is no package named {0}",
        "check the spelling; a private package needs its index or directory (--extra-index-url, --find-links)",
    ),
    (
        r"Because there is no version of (\S+?)(?: and|,|$)",
        "version-not-found",
        "there is no {0} for Python {python}",
        "choose a version that exists: uv names the ones it knows in the details (%azml why)",
    ),
    (
        r"requires-python|does not satisfy Python|requires Python",
        "python-unsuitable",
        "a package does not support Python {python}",
        "choose another version of the package, or another python: in %%environment",
    ),
    (
        r"your requirements are unsatisfiable",
        "packages-conflict",
        "the requirements contradict each other",
        "loosen one of the versions named in the details (%azml why)",
    ),
    (
        r"Failed to build `?([^`\s]+)`?",
        "wheel-build-failed",
        "{0} has no ready wheel and could not be built from source",
        "choose a version with a wheel for Python {python}, or install the compiler it asks for",
    ),
    (r"No space left on device", "disk-full", "the disk is full", "free some space and run it again"),
)

DETAIL_LINES = 60


def explain_uv_failure(packages: PackagesPlan, lines: Sequence[str]) -> BuildError:
    """The error for a failed uv call; ``lines`` are what it printed, credentials already masked."""
    # uv wraps its explanation to the terminal's width and marks it with box characters.
    text = re.sub(r"\s+", " ", " ".join(re.sub(r"^[\s│├╰▶─·\u00d7]+", "", line) for line in lines))
    for pattern, code, brief, remedy in CAUSES:
        found = re.search(pattern, text)
        if found:
            subject = found.group(1) if found.groups() else ""
            filled = (brief.format(subject, python=packages.python), remedy.format(subject, python=packages.python))
            return BuildError(
                f"packages cannot be installed: {filled[0]}", remedy=filled[1], code=code, details=lines[-DETAIL_LINES:]
            )
    return BuildError(
        "packages cannot be installed: uv failed",
        remedy="its own words are in the details (%azml why, azml --verbose)",
        details=lines[-DETAIL_LINES:],
    )
