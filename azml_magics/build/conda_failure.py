"""Why conda packages cannot be installed, in one sentence and with a remedy; rattler's own words are the details."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from azml_magics.definitions.conda_dependencies import conda_package_name, mask_channel
from azml_magics.errors import BuildError
from azml_magics.plan.actions import CondaPlan

#: How many versions a message names, the newest.
SHOWN_VERSIONS = 8
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\")]+")

#: Kind of a failure -> code, what is wrong, remedy.
PLAIN = {
    "other": (
        "conda-failed",
        "{text}",
        "check proxy and certificates (SSL_CERT_FILE); its own words are in the details (%azml why)",
    ),
    "specification": (
        "conda-specification",
        "{package!r} is no conda specification: {text}",
        "write NAME, NAME=1.2 or NAME>=1.2,<2",
    ),
    "hash": (
        "hash-mismatch",
        "{package} is not the file that its SHA-256 describes",
        "somebody changed it, or the channel did: lock the environment again if that was meant",
    ),
    "locked-missing": (
        "locked-package-missing",
        "{package} of the lock is not in its channel any more",
        "lock the environment again, or name a channel that still has it",
    ),
}


def explain_conda_failure(conda: CondaPlan, error: Mapping[str, Any], lines: Sequence[str] = ()) -> BuildError:
    """The error for a failed job of ``conda_program``; ``error`` are its words, ``lines`` what it told before."""
    text = mask_channel(str(error.get("text", "")))
    package = mask_channel(str(error.get("package", "")))
    match str(error["kind"]):
        case "solve":
            code, brief, remedy = _explain_solve(conda, error, text)
        case "channel":
            code, brief, remedy = _channel(conda, text)
        case "install":
            code, brief, remedy = _install(package, text)
        case kind:
            code, brief, remedy = (words.format(package=package, text=text) for words in PLAIN[kind])
    return BuildError(
        f"conda packages cannot be installed: {brief}",
        remedy=remedy,
        code=code,
        details=[*lines[-30:], *text.splitlines()],
    )


def _explain_solve(conda: CondaPlan, error: Mapping[str, Any], text: str) -> tuple[str, str, str]:
    channels = _channels(conda)
    asked = {conda_package_name(item) for item in conda.specifications}
    missing: Sequence[Mapping[str, Any]] = error.get("missing", ())
    direct = [item for item in missing if item["name"] in asked]
    # What is asked for and not there explains the rest; of what only packages need, the first is as good as any.
    for item in direct:
        name, wanted = item["name"], f"{item['name']} {item['wanted']}".strip().removesuffix(" *")
        versions = item["versions"]
        if name == "python" and not versions:
            return (
                "conda-no-python",
                f"there is no Python in {channels}",
                "name a channel that has one, for instance conda-forge",
            )
        if not versions:
            return (
                "package-not-found",
                f"there is no conda package named {name} in {channels} for {conda.subdir}",
                "check the spelling, name the channel that has it, or take it from pip: put it into the pip section",
            )
        if not _is_conflict(text):
            return (
                "version-not-found",
                f"there is no {wanted} in {channels} for {conda.subdir}",
                f"choose a version that exists; there is {_shown(versions)}",
            )
    names = [name for name in sorted(asked) if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text)]
    what = " and ".join(names) if names else "they"
    because = ""
    if missing and not direct:
        item = missing[0]
        there = f"there is {_shown(item['versions'])}" if item["versions"] else "there is none"
        because = f": {item['name']} {item['wanted']} is needed, {there} in {channels}"
    return (
        "packages-conflict",
        f"{what} cannot be installed together with the rest{because}",
        "loosen a version that the details name (%azml why, azml --verbose), or add a channel that has others",
    )


def _is_conflict(text: str) -> bool:
    return "would require" in text or "incompatible" in text


def _channel(conda: CondaPlan, text: str) -> tuple[str, str, str]:
    found = _URL.search(text)
    address = found[0] if found else ""
    named = [channel for channel in conda.channels if f"/{channel.strip('/').rpartition('/')[2]}/" in address]
    channel = mask_channel(named[0]) if named else ""
    is_name = bool(channel) and "://" not in channel
    which = f"channel {channel} ({address})" if is_name else f"channel {channel or address or text}"
    if "invalid peer certificate" in text or "UnknownIssuer" in text:
        remedy = "name the certificates of your network with SSL_CERT_FILE, ssl_verify in .condarc or cert in pip.conf"
        return "certificate-untrusted", f"the certificate of {which} is not trusted", remedy
    missing = "could not find subdir" in text or "404" in text
    what = "does not exist" if missing else "could not be read"
    remedy = (
        "correct its name; channels by name are below channel_alias of .condarc (CONDA_CHANNEL_ALIAS)"
        if missing
        else "check the network, proxy and certificates, or name a mirror: channel_alias in .condarc, "
        "CONDA_CHANNEL_ALIAS, or the channel's address"
    )
    return "channel-unreachable", f"{which} {what}", remedy


def _install(package: str, text: str) -> tuple[str, str, str]:
    if "No space left on device" in text:
        return "disk-full", "the disk is full", "free some space and run it again"
    what = f"{package} could not be fetched or put in place" if package else "a package could not be put in place"
    return "conda-install-failed", what, "its own words are in the details (%azml why, azml --verbose)"


def _channels(conda: CondaPlan) -> str:
    names = [mask_channel(channel) for channel in conda.channels]
    return ("channels " if len(names) > 1 else "channel ") + ", ".join(names)


def _shown(versions: Sequence[str]) -> str:
    newest = list(versions)[-SHOWN_VERSIONS:]
    return ", ".join(newest) + (f" and {len(versions) - len(newest)} older ones" if len(versions) > len(newest) else "")
