"""Why an image could not be built, in one sentence and with a remedy; the builder's last lines are kept as details."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from azml_magics.build.progress import RunningStep
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError, Place

DETAIL_LINES = 60


@dataclass(frozen=True)
class ImageCause:
    """``pattern`` in what the builder and the failed step said -> what is wrong and what to do.

    Both may use the pattern's named groups and ``{python}``, the Python of the image in words.
    """

    code: str
    pattern: str
    brief: str
    remedy: str


_NETWORK = (
    r"Temporary failure in name resolution|Temporary failure resolving|Name or service not known|Network is unreachable"
    r"|Failed to establish a new connection|Connection (?:refused|timed out)|ConnectTimeoutError|ReadTimeoutError"
    r"|Could not connect to|Could not resolve"
)
_GONE = (
    r"error reading from server: EOF|transport is closing|connection reset by peer|unexpected EOF"
    r"|Cannot connect to the Docker daemon|use of closed network connection|code = Unavailable|broken pipe"
    r"|server did not provide an image ID"
)

#: The first one that is found counts: what explains another one's words stands before it.
CAUSES: tuple[ImageCause, ...] = (
    ImageCause(
        "docker-gone",
        _GONE,
        "the Docker engine ended during the build",
        "start it again and repeat this; steps that were complete are taken from its cache",
    ),
    ImageCause(
        "disk-full",
        r"(?i)no space left on device|disk quota exceeded|You don't have enough free space",
        "the disk is full",
        "free some space: azml prune, docker system df",
    ),
    ImageCause(
        "wrong-dash",
        r"Invalid requirement: ['\"]?(?P<subject>[\u2010-\u2015\u2212]\S*?)['\"]?(?:[\s:(]|$)",
        "{subject} begins with a dash of a text, not with the '-' that options begin with",
        "write - instead, for instance: pip install -r requirements.txt",
    ),
    ImageCause(
        "externally-managed",
        r"externally-managed-environment|This environment is externally managed",
        "the image's Python belongs to its operating system and pip installs nothing there (PEP 668)",
        "write pip install --break-system-packages, or make a virtual environment in the image",
    ),
    ImageCause(
        "pip-missing",
        r"pip[\d.]*: (?:command )?not found|No module named '?pip|exec: \"pip[\d.]*\"",
        "the image has no pip",
        "add apt: [python3-pip], take another base image, or mount the packages (packages: mount)",
    ),
    ImageCause(
        "certificate-untrusted",
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|x509: certificate signed by unknown authority",
        "the certificate of a package index or mirror is not trusted",
        "name the certificates of your network with AZML_CA_BUNDLE, or cert in pip.conf",
    ),
    ImageCause(
        "index-refused",
        r"40[13] (?:Client )?Error|HTTP error 40[13]|(?:401 Unauthorized|403 +Forbidden)|User for \S+:",
        "a package index or mirror refused to answer without valid credentials",
        "put user and password into its URL in pip.conf or the requirements: they reach the build and stay in no layer",
    ),
    ImageCause(
        "hash-mismatch",
        r"DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
        "a package is not the file that its --hash describes",
        "correct the --hash, or lock the environment again: the details (%azml why) show which one was found",
    ),
    ImageCause(
        "credentials-missing",
        r"\$\{?(?P<subject>AZML_CREDENTIAL_\d+)",
        "the credentials of the requirements are not known to this build",
        "build it with azml, or give them as the secret that the Dockerfile names",
    ),
    ImageCause(
        "apt-package-not-found",
        r"E: Unable to locate package (?P<subject>\S+)|E: Package '(?P<other>[^']+)' has no installation candidate"
        r"|E: Version '[^']*' for '(?P<version>[^']+)' was not found",
        "there is no Debian package {subject}",
        "check the spelling; which ones an image can have depends on its release (azml base show IMAGE)",
    ),
    ImageCause("download-failed", rf"E: Failed to fetch|{_NETWORK}", "a server could not be reached",
        "check the network; HTTPS_PROXY, AZML_CA_BUNDLE and pip.conf reach the build",
    ),
    ImageCause(
        "channel-unreachable",
        r"(?:UnavailableInvalidChannel|CondaHTTPError):[^\n]*? for (?:channel|url) <?(?P<subject>[^\s>]+)"
        r"|could not find subdir '\S+' in channel '(?P<other>[^']+)'",
        "a conda channel could not be read: {subject}",
        "check its name and the network; HTTPS_PROXY, AZML_CA_BUNDLE and CONDA_CHANNEL_ALIAS reach the build",
    ),
    ImageCause(
        "package-not-found",
        r"[└├]─ (?P<subject>[\w.-]+)[^\n]* does not exist \(perhaps|nothing provides requested (?P<other>[\w.-]+)"
        r"|(?:PackagesNotFoundError|ResolvePackageNotFound):[^-]*- (?P<version>[\w.-]+)",
        "there is no conda package {subject} in the channels of the environment",
        "check spelling and version, name the channel that has it, or put it into the pip section",
    ),
    ImageCause(
        "packages-conflict",
        r"Could not solve for environment specs|LibMambaUnsatisfiableError|UnsatisfiableError",
        "the conda packages contradict each other",
        "loosen one of the versions named in the details (%azml why)",
    ),
    ImageCause(
        "package-not-found",
        r"Could not find a version that satisfies the requirement (?P<subject>[^\s(]+).*?\(from versions: none\)",
        "there is no package {subject} for {python}",
        "check the spelling; a private package needs its index or directory (--extra-index-url, --find-links)",
    ),
    ImageCause(
        "version-not-found",
        r"Could not find a version that satisfies the requirement (?P<subject>[^\s(]+).*?"
        r"\(from versions: (?P<available>[^)]*)\)",
        "there is no {subject} for {python}",
        "choose a version that exists: {available}",
    ),
    ImageCause(
        "packages-conflict",
        r"ResolutionImpossible|conflicting dependencies",
        "the requirements contradict each other",
        "loosen one of the versions named in the details (%azml why)",
    ),
    ImageCause(
        "wheel-build-failed",
        r"(?:Failed building wheel for|Could not build wheels for|Failed to build) (?P<subject>[\w.-]+)"
        r"|error: command '(?P<other>[^']+)' failed|unable to execute '(?P<version>[^']+)'",
        "{subject} has no ready wheel for {python} and could not be built from source",
        "choose a version with a wheel, or add what it is built with, for instance apt: [build-essential, python3-dev]",
    ),
    ImageCause(
        "permission-denied",
        r"\[Errno 13\] Permission denied: '(?P<subject>[^']+)'|(?:mkdir|cannot create|E: Could not open).*denied",
        "the image's user may not write there",
        "put USER root before that step, and USER with the former name after it",
    ),
    ImageCause(
        "not-in-context",
        r"COPY failed: (?:file not found in build context[^:]*: stat |stat \S*?builder\d+/?)(?P<subject>\S+?):"
        r"|failed to (?:compute cache key|calculate checksum)[^\"]*: \"?/?(?P<other>[^\s\":]+)\"?:? not found",
        "{subject} is not in the build context",
        "check the path: it counts from the context's directory; .dockerignore and .amlignore leave files out",
    ),
    ImageCause(
        "wrong-architecture",
        r"exec format error|does not match the specified platform",
        "the image is made for another processor than this engine has",
        "take an image for this processor, or let the engine emulate the other one (binfmt, QEMU)",
    ),
    ImageCause(
        "image-unavailable",
        r"pull access denied for (?P<subject>[^\s,]+)|manifest for (?P<other>\S+) not found|manifest unknown"
        r"|failed to (?:do request|authorize|resolve source metadata for (?P<version>[^\s:]+\S*?)):"
        r"|(?:Get|Head) \"?https?://[^\s\"]+\"?: |repository \S+ not found|toomanyrequests",
        "a base image is not on this engine and its registry gives none",
        "check the name after FROM, the network and docker login",
    ),
    ImageCause(
        "image-user",
        r"unable to find (?:user|group) (?P<subject>\S+?):|no matching entries in passwd file",
        "the image has no such user",
        "correct USER, or add the user with useradd before it",
    ),
    ImageCause(
        "dockerfile-syntax",
        r"(?:[Dd]ockerfile parse error|dockerfile parse error on) line (?P<line>\d+): (?P<subject>.+)",
        "the Dockerfile cannot be read: {subject}",
        "correct that line",
    ),
    ImageCause(
        "dockerfile-from",
        r"no build stage in current context|Please provide a source image with `?from`? prior|file with no instructions"
        r"|Dockerfile \([^)]*\) cannot be empty",
        "the Dockerfile has no FROM",
        "write FROM IMAGE:TAG in front of everything else",
    ),
    ImageCause(
        "memory",
        r"(?:exit code: |returned a non-zero code: )137\b|Killed$|MemoryError",
        "a step was killed, most likely because there was too little memory",
        "give the engine more memory, or install packages that have ready wheels",
    ),
    ImageCause(
        "command-missing",
        r"(?:sh|bash): (?:\d+: |line \d+: )?(?P<subject>[^\s:]+): (?:command )?not found",
        "the image has no program {subject}",
        "install it in a step before, for instance with apt:",
    ),
    ImageCause(
        "step-failed",
        r"exit code: (?P<subject>\d+)|returned a non-zero code: (?P<other>\d+)",
        "its command ended with exit code {subject}",
        "its last lines are in the details (%azml why, azml --verbose)",
    ),
)  # fmt: skip


def explain_build_failure(
    tag: str, step: RunningStep | None, remarks: Sequence[str], *, dockerfile: str, python: str | None = None
) -> BuildError:
    """The error for a build that failed at ``step``; ``remarks`` are the builder's own words, secrets masked."""
    output = list(step.output) if step is not None else []
    text = "\n".join([*output, *remarks])
    found = next((pair for cause in CAUSES if (pair := _match(cause, text, python))), None)
    place, where = None, ""
    if step is not None:
        place = _place(dockerfile, step.line) if step.line else None
        where = f" at step {step.number} of {step.total}"
    details = [*([step.text] if step is not None else []), *output, *remarks][-DETAIL_LINES:]
    if found is None:
        brief = f"building {tag} failed{where}: {remarks[-1] if remarks else 'the builder said nothing'}"
        remedy = "its own words are in the details (%azml why, azml --verbose)"
        return BuildError(brief, remedy=remedy, place=place, details=details, code="image-build")
    cause, words = found
    if cause.code == "dockerfile-syntax":
        place = _place(dockerfile, int(words["line"]))
    return BuildError(
        f"building {tag} failed{where}: {cause.brief.format(**words)}",
        remedy=cause.remedy.format(**words),
        place=place,
        details=details,
        code=cause.code,
    )


def _match(cause: ImageCause, text: str, python: str | None) -> tuple[ImageCause, dict[str, str]] | None:
    found = re.search(cause.pattern, text, re.MULTILINE)
    if found is None:
        return None
    groups = {name: value for name, value in found.groupdict().items() if value is not None}
    subject = next((groups[name] for name in ("subject", "other", "version") if name in groups), "")
    return cause, {**groups, "subject": subject, "python": f"Python {python}" if python else "the image's Python"}


def _place(dockerfile: str, line: int) -> Place | None:
    lines = dockerfile.split("\n")
    return Place("Dockerfile", line, text=mask_credentials(lines[line - 1])) if 0 < line <= len(lines) else None
