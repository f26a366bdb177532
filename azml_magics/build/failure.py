"""Why uv could not build an environment, in one sentence and with a remedy; its own lines are kept as details."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from azml_magics.errors import BuildError
from azml_magics.plan.actions import ImagePlan, PackagesPlan

DETAIL_LINES = 60


@dataclass(frozen=True)
class Cause:
    """``pattern`` in uv's output -> what is wrong and what to do.

    Both may use the pattern's named groups, ``{python}``, the version asked for, and ``{target}``, what it is installed
    for. ``{pythons}`` are the versions on this machine.
    """

    code: str
    pattern: str
    brief: str
    remedy: str


#: A requirement inside uv's sentences, and how such a sentence goes on.
_SUBJECT, _REST = r"(?P<subject>\S+?)", r",? (?:and|we can)\b"
_NEEDED_BY = r"(?:you require|\S+ depends on)"
_NAME = r"(?P<name>[\w.-]+)(?![\w.-])"
#: "there is X and you need another X"; "there is X and X needs Y" is only the beginning of a conflict.
_SAME_NAME = rf"{_NEEDED_BY} (?P<subject>(?P=name)(?![\w.-])\S*?)"
_NETWORK_REMEDY = (
    "check the network and the index, proxy and certificate settings (HTTPS_PROXY, SSL_CERT_FILE, pip.conf)"
)
_VERSION_REMEDY = "choose a version that exists; there is {available}"

#: The first one that is found counts: what explains another one's words stands before it.
CAUSES: tuple[Cause, ...] = (
    Cause("disk-full", r"No space left on device", "the disk is full", "free some space and run it again"),
    Cause(
        "python-missing",
        r"No interpreter found for (?:Python )?(?P<subject>\S+)|Failed to download \S*/cpython-(?P<download>\d+\.\d+)",
        "no Python {python} was found on this machine and none could be downloaded",
        "install it, or name another one with python: in %%environment; here are: {pythons}",
    ),
    Cause(
        "python-broken",
        r"Failed to inspect Python interpreter [^`]*`(?P<subject>[^`]+)`",
        "uv stopped at the interpreter {subject}, which does not run, when it looked for Python {python}",
        "repair it or take it off PATH, or name another one with python: in %%environment; here are: {pythons}",
    ),
    Cause(
        "hash-mismatch",
        r"Hash mismatch for `(?P<subject>[^`]+)`",
        "{subject} is not the file that its --hash describes",
        "correct the --hash: the details (%azml why) show which one was found",
    ),
    Cause(
        "certificate-untrusted",
        r"invalid peer certificate",
        "the certificate of a package index is not trusted",
        "name the certificates of your network with SSL_CERT_FILE or cert in pip.conf",
    ),
    Cause(
        "download-failed",
        r"error sending request for url \((?P<subject>[^)]+)\)",
        "{subject} could not be reached",
        _NETWORK_REMEDY,
    ),
    Cause(
        "download-failed",
        r"dns error|tcp connect error|Connection refused|operation timed out|due to network timeout",
        "a package index or download could not be reached",
        _NETWORK_REMEDY,
    ),
    Cause(
        "wheel-build-failed",
        r"Failed to (?:download and )?build `?(?P<subject>[^`\s]+)",
        "{subject} has no ready wheel and could not be built from source",
        "choose a version with a wheel for Python {python}, or install the compiler it asks for",
    ),
    Cause(
        "location-missing",
        r"Distribution not found at: (?P<subject>\S+)",
        "{subject} does not exist",
        "correct the path behind the @ of that requirement",
    ),
    Cause(
        "no-wheel",
        r"Building source distributions for `(?P<subject>[^`]+)` is disabled"
        r"|(?:all versions of )?(?P<other>\S+) ha(?:s|ve) no usable wheels",
        "{subject} is there as source only: no ready wheel fits {target}",
        "choose a version that has one",
    ),
    Cause(
        "index-refused",
        r"401 Unauthorized|403 Forbidden|lack of valid authentication",
        "a package index refused to answer without valid credentials",
        "put user and password into its URL, or into ~/.netrc: the details (%azml why) name the index",
    ),
    Cause(
        "offline",
        r"(?P<subject>\S+) was not found in the cache",
        "{subject} is not in uv's cache and the network is switched off",
        "unset UV_OFFLINE, or install it once while online",
    ),
    Cause(
        "package-not-found",
        r"(?P<subject>\S+) was not found in the (?:package registry|provided package locations)",
        "there is no package named {subject}",
        "check the spelling; a private package needs its index or directory (--extra-index-url, --find-links), "
        "and credentials that are valid there",
    ),
    Cause(
        "version-not-found",
        rf"[Bb]ecause there (?:is no version|are no versions) of {_SUBJECT}{_REST}",
        "there is no {subject} for Python {python}",
        "choose a version that exists, or a lower bound (>=) instead of a pin",
    ),
    Cause(
        "version-not-found",
        rf"Because only the following versions of {_NAME}\S* are available: (?P<available>.+?) and {_SAME_NAME}{_REST}",
        "there is no {subject} for Python {python}",
        _VERSION_REMEDY,
    ),
    Cause(
        "version-not-found",
        rf"Because only (?P<available>{_NAME}\S*) is available and {_SAME_NAME}{_REST}",
        "there is no {subject} for Python {python}",
        _VERSION_REMEDY,
    ),
    Cause(
        "no-matching-wheel",
        r"(?P<subject>\S+) has no wheels with a matching (?P<what>[\w ]+?) tag",
        "{subject} has no wheel for {target} ({what})",
        "choose another version, or a Python it has wheels for: the details (%azml why) name them",
    ),
    Cause(
        "python-unsuitable",
        r"(?:Because|and) (?P<subject>\S+) requires Python (?P<wanted>\S+?),? ",
        "{subject} requires Python {wanted}, and Python {python} was asked for",
        "choose another version of it, or another python: in %%environment",
    ),
    Cause(
        "python-unsuitable",
        r"does not satisfy Python\s?(?P<wanted>\S+?) and (?P<subject>\S+) depends on Python",
        "{subject} requires Python {wanted}, and Python {python} was asked for",
        "choose another version of it, or another python: in %%environment",
    ),
    Cause(
        "packages-conflict",
        r"your requirements are unsatisfiable",
        "the requirements contradict each other",
        "loosen one of the versions named in the details (%azml why)",
    ),
)


#: What is to be said instead where the hashes are those of a lock.
_LOCKED = {
    "hash-mismatch": Cause(
        "hash-mismatch",
        "",
        "{subject} is another file than the one that was locked",
        "find out why the index or folder gives another one; azml environment lock NAME takes it as it is now",
    )
}


@dataclass(frozen=True)
class FoundCause:
    """A cause and what its pattern found: ``words`` by the names of its groups."""

    cause: Cause
    words: Mapping[str, str]

    @property
    def subject(self) -> str:
        """The requirement it is about; empty where it is about none."""
        return self.words.get("subject", "")


def find_cause(lines: Sequence[str]) -> FoundCause | None:
    """Why uv failed, as far as its own ``lines`` tell."""
    # uv wraps its explanation to the terminal's width and marks it with box characters.
    text = re.sub(r"\s+", " ", " ".join(re.sub(r"^[\s│├╰▶─·\u00d7]+", "", line) for line in lines))
    for cause in CAUSES:
        found = re.search(cause.pattern, text)
        if found:
            words = {name: value for name, value in found.groupdict().items() if value is not None}
            return FoundCause(cause, {"subject": words.get("other", ""), **words})
    return None


def explain_uv_failure(
    packages: PackagesPlan | ImagePlan, lines: Sequence[str], *, list_pythons: Callable[[], Sequence[str]]
) -> BuildError:
    """The error for a failed uv call.

    ``lines`` are what it printed, credentials already masked; ``list_pythons`` is asked for the versions on this
    machine where that matters.
    """
    details = lines[-DETAIL_LINES:]
    found = find_cause(lines)
    if found is None:
        return BuildError(
            "packages cannot be installed: uv failed",
            remedy="its own words are in the details (%azml why, azml --verbose)",
            details=details,
        )
    cause = _LOCKED.get(found.cause.code, found.cause) if packages.is_locked else found.cause
    pythons = ", ".join(list_pythons()) or "none" if "{pythons}" in cause.remedy else ""
    words = {**found.words, "python": packages.python, "pythons": pythons, "target": _target(packages)}
    return BuildError(
        f"packages cannot be installed: {cause.brief.format(**words)}",
        remedy=cause.remedy.format(**words),
        code=cause.code,
        details=details,
    )


def _target(packages: PackagesPlan | ImagePlan) -> str:
    if isinstance(packages, PackagesPlan):
        return "this machine"
    return f"Python {packages.python} of the image ({packages.platform})"
