"""What builders and programs in them really printed -> what a user is told."""

from __future__ import annotations

import pytest

from azml_magics.build.image_failure import CAUSES, explain_build_failure
from azml_magics.build.progress import RunningStep

DOCKERFILE = "FROM x:1\nRUN pip install https://me:word@h.example.com/a.whl\n"

#: Printed by real builds: docker 20.10 with either builder, pip 20.3 to 25, apt 2.6.
SAID = [
    ("ERROR: Could not find a version that satisfies the requirement six==99 (from versions: 1.0, 1.1)",
     "version-not-found", "there is no six==99 for Python 3.11", "choose a version that exists: 1.0, 1.1"),
    ("ERROR: Could not find a version that satisfies the requirement nosuch>=1 (from versions: none)",
     "package-not-found", "there is no package nosuch>=1 for Python 3.11", "spelling"),
    ("ERROR: Could not find a version that satisfies the requirement a (from b) (from versions: none)",
     "package-not-found", "there is no package a", ""),
    (("WARNING: 401 Error, Credentials not correct for https://h.example.com/simple/a/\n"
      "ERROR: Could not find a version that satisfies the requirement a (from versions: none)"),
     "index-refused", "refused to answer", "pip.conf"),
    ("ERROR: HTTP error 403 while getting https://h.example.com/a.whl", "index-refused", "", ""),
    (("ERROR: Cannot install a and b because these package versions have conflicting dependencies.\n"
      "ERROR: ResolutionImpossible: for help visit"), "packages-conflict", "contradict", ""),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash-mismatch", "", ""),
    (("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))\n"
      "ERROR: Could not find a version that satisfies the requirement a (from versions: none)"),
     "certificate-untrusted", "not trusted", "AZML_CA_BUNDLE"),
    ("NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
     "download-failed", "could not be reached", "HTTPS_PROXY"),
    ("E: Failed to fetch http://mirror.example.com/x.deb  Could not connect to proxy", "download-failed", "", ""),
    ("E: Unable to locate package figglet", "apt-package-not-found", "there is no Debian package figglet", ""),
    ("E: Package 'python3.7' has no installation candidate", "apt-package-not-found", "python3.7", ""),
    ("E: Version '9' for 'libpng' was not found", "apt-package-not-found", "libpng", ""),
    ("error: externally-managed-environment", "externally-managed", "PEP 668", "--break-system-packages"),
    ("/usr/bin/python3: No module named pip", "pip-missing", "no pip", "packages: mount"),
    ("/bin/sh: 1: pip: not found", "pip-missing", "", ""),
    (("error    libmamba Could not solve for environment specs\n    The following package could not be found\n"
      "    └─ nosuch =* * does not exist (perhaps a typo or a missing channel)."),
     "package-not-found", "there is no conda package nosuch", "pip section"),
    ("LibMambaUnsatisfiableError: Encountered problems while solving:\n  - nothing provides requested nosuch",
     "package-not-found", "there is no conda package nosuch", ""),
    ("ResolvePackageNotFound: \n  - nosuch=1", "package-not-found", "there is no conda package nosuch", ""),
    ("PackagesNotFoundError: The following packages are not available from current channels:\n\n  - nosuch",
     "package-not-found", "there is no conda package nosuch", ""),
    ("LibMambaUnsatisfiableError: Encountered problems while solving:\n  - package a-1 requires b <1, but none of",
     "packages-conflict", "the conda packages contradict each other", ""),
    ("UnavailableInvalidChannel: HTTP 404 NOT FOUND for channel forge <https://h.example.com/forge>",
     "channel-unreachable", "could not be read: forge", "CONDA_CHANNEL_ALIAS"),
    ("CondaHTTPError: HTTP 000 CONNECTION FAILED for url <https://h.example.com/forge/noarch/repodata.json>",
     "channel-unreachable", "https://h.example.com/forge/noarch/repodata.json", ""),
    ("/bin/sh: 1: figlet: not found", "command-missing", "the image has no program figlet", ""),
    ("/bin/bash: line 1: figlet: command not found", "command-missing", "figlet", ""),
    ("ERROR: Failed building wheel for pycairo", "wheel-build-failed", "pycairo has no ready wheel", "build-essential"),
    ("error: command 'gcc' failed: No such file or directory", "wheel-build-failed", "gcc", ""),
    ("OSError: [Errno 28] No space left on device", "disk-full", "the disk is full", "azml prune"),
    ("ERROR: Could not install packages: [Errno 13] Permission denied: '/usr/lib/x'", "permission-denied", "",
     "USER root"),
    ("mkdir: cannot create directory '/usr/new': Permission denied", "permission-denied", "", ""),
    ("ERROR: Invalid requirement: '\u2013r'", "wrong-dash", "\u2013r", "pip install -r"),
    ("COPY failed: file not found in build context or excluded by .dockerignore: stat a/b: file does not exist",
     "not-in-context", "a/b is not in the build context", ""),
    ('failed to compute cache key: "/a/b" not found: not found', "not-in-context", "a/b is not", ""),
    ('failed to calculate checksum of ref x::y: "/a/b": not found', "not-in-context", "a/b is not", ""),
    ("pull access denied for local/absent, repository does not exist or may require 'docker login'",
     "image-unavailable", "no", "docker login"),
    ("failed to solve with frontend dockerfile.v0: failed to do request: Head x: no such host",
     "image-unavailable", "", ""),
    ("Get https://h.example.com/v2/: dial tcp: lookup h.example.com: no such host", "image-unavailable", "", ""),
    ("standard_init_linux.go:228: exec user process caused: exec format error", "wrong-architecture", "", ""),
    ("unable to find user nobody: no matching entries in passwd file", "image-user", "", ""),
    ("dockerfile parse error line 2: unknown instruction: RUM", "dockerfile-syntax", "unknown instruction: RUM", ""),
    ("failed to create LLB definition: no build stage in current context", "dockerfile-from", "has no FROM", ""),
    ("The command '/bin/sh -c x' returned a non-zero code: 137", "memory", "", ""),
    ("executor failed running [/bin/sh -c exit 3]: exit code: 3", "step-failed", "ended with exit code 3", ""),
    ("The command '/bin/sh -c exit 4' returned a non-zero code: 4", "step-failed", "ended with exit code 4", ""),
    ("rpc error: code = Unavailable desc = error reading from server: EOF", "docker-gone", "engine ended", ""),
    ("cannot write /tmp/x/image-id because server did not provide an image ID", "docker-gone", "", ""),
    ("/bin/sh: 1: AZML: parameter not set ${AZML_CREDENTIAL_1}", "credentials-missing", "", ""),
    ("something that nobody has seen yet", "image-build", "something that nobody has seen yet", ""),
]  # fmt: skip


@pytest.mark.parametrize(("said", "code", "brief", "remedy"), SAID, ids=[f"{row[1]}-{row[0][:20]}" for row in SAID])
def test_causes(said: str, code: str, brief: str, remedy: str) -> None:
    step = RunningStep(2, 2, "RUN pip install", 2)
    *output, last = said.split("\n")
    step.output.extend(output)
    error = explain_build_failure("a:1", step, [last], dockerfile=DOCKERFILE, python="3.11")
    assert error.code == code
    assert error.brief.startswith("building a:1 failed at step 2 of 2: ")
    assert brief in error.brief
    assert remedy in error.remedy
    assert "{" not in error.brief + error.remedy
    assert error.place is not None
    assert error.place.line == 2
    assert "word" not in (error.place.text or "")
    assert last in error.details


def test_every_cause_was_seen() -> None:
    assert {cause.code for cause in CAUSES} <= {row[1] for row in SAID}


def test_a_failure_at_no_step() -> None:
    error = explain_build_failure("a:1", None, [], dockerfile=DOCKERFILE)
    assert error.brief == "building a:1 failed: the builder said nothing"
    assert error.place is None
    said = ["ERROR: Could not find a version that satisfies the requirement a (from versions: 1)"]
    assert "for the image's Python" in explain_build_failure("a:1", None, said, dockerfile="").brief


def test_a_line_that_is_not_there() -> None:
    step = RunningStep(1, 1, "RUN x", 9)
    assert explain_build_failure("a:1", step, ["x"], dockerfile="FROM x:1\n").place is None
