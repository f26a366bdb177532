"""Every text is what uv printed (0.5.20 with boxes, 0.13.8 without), wrapped as it came."""

from __future__ import annotations

import pytest

from azml_magics.build.failure import DETAIL_LINES, explain_uv_failure
from azml_magics.plan.actions import PackagesPlan

PLAN = PackagesPlan("k" * 64, ("gamma",), "3.11")


def pythons() -> list[str]:
    return ["3.13.0", "3.10.13"]


CASES = {
    "unknown": (
        """\
error: No solution found when resolving dependencies
  cause: Because nosuch was not found in the package registry and you require nosuch, we can conclude that your \
requirements are unsatisfiable.""",
        "package-not-found",
        "there is no package named nosuch",
        "check the spelling",
    ),
    "unknown, in boxes": (
        """\
  \u00d7 No solution found when resolving dependencies:
  ╰─▶ Because nosuchpkg was not found in the provided package
      locations and eps==1.0 depends on nosuchpkg, we can conclude that eps==1.0 cannot
      be used.""",
        "package-not-found",
        "there is no package named nosuchpkg",
        "--find-links",
    ),
    "pin": (
        """\
  \u00d7 No solution found when resolving dependencies:
  ╰─▶ Because there is no version of gamma==1.2 and you require gamma==1.2, we
      can conclude that your requirements are unsatisfiable.""",
        "version-not-found",
        "there is no gamma==1.2 for Python 3.11",
        "choose a version that exists",
    ),
    "range": (
        """\
  cause: Because only the following versions of gamma are available:
             gamma<1.2
             gamma>1.4
         and you require gamma>=1.2,<1.4, we can conclude that your requirements are unsatisfiable.""",
        "version-not-found",
        "there is no gamma>=1.2,<1.4 for Python 3.11",
        "there is gamma<1.2 gamma>1.4",
    ),
    "range that is needed by another": (
        """\
  cause: Because only gamma<=4.0 is available and delta>=2.0 depends on gamma>=9, we can conclude that delta>=2.0 \
cannot be used.
         And because you require delta==2.0, we can conclude that your requirements are unsatisfiable.""",
        "version-not-found",
        "there is no gamma>=9 for Python 3.11",
        "there is gamma<=4.0",
    ),
    "conflict": (
        """\
  cause: Because delta<=1.0 depends on gamma>=2,<3 and you require delta==1.0, we can conclude that you require \
gamma>=2.
         And because you require gamma==3.0, we can conclude that your requirements are unsatisfiable.""",
        "packages-conflict",
        "the requirements contradict each other",
        "details",
    ),
    "conflict that begins with the only version": (
        """\
  ╰─▶ Because only beta-pack==1.0 is available and beta-pack==1.0 depends on alpha==1.0, we can conclude that
      all versions of beta-pack depend on alpha==1.0.
      And because you require alpha==2.0 and beta-pack, we can conclude that your requirements are unsatisfiable.""",
        "packages-conflict",
        "the requirements contradict each other",
        "details",
    ),
    "python": (
        """\
  cause: Because gamma==4.0 requires Python >=3.14 and you require gamma==4.0, we can conclude that your requirements \
are unsatisfiable.""",
        "python-unsuitable",
        "gamma==4.0 requires Python >=3.14, and Python 3.11 was asked for",
        "python: in %%environment",
    ),
    "python of the only version": (
        """\
  cause: Because newpy==1.0 requires Python >=3.13,<4 and only newpy==1.0 is available, we can conclude that all \
versions of newpy cannot be used.
         And because you require newpy, we can conclude that your requirements are unsatisfiable.""",
        "python-unsuitable",
        "newpy==1.0 requires Python >=3.13,<4, and Python 3.11 was asked for",
        "another version",
    ),
    "python, older words": (
        """\
  ╰─▶ Because the requested Python version (>=3.11) does not satisfy Python>=3.13 and newpy==1.0 depends on
      Python>=3.13, we can conclude that newpy==1.0 cannot be used.""",
        "python-unsuitable",
        "newpy==1.0 requires Python >=3.13, and Python 3.11 was asked for",
        "another version",
    ),
    "platform": (
        """\
  cause: Because plat==1.0 has no wheels with a matching platform tag (e.g., `manylinux_2_36_x86_64`) and only \
plat==1.0 is available, we can conclude that all versions of plat cannot be used.

hint: Wheels are available for `plat` (v1.0) on the following platform: `win_amd64`""",
        "no-matching-wheel",
        "plat==1.0 has no wheel for this machine (platform)",
        "details",
    ),
    "interpreter": (
        """\
  \u00d7 No interpreter found for Python 3.9 in managed installations or search
  │ path""",
        "python-missing",
        "no Python 3.11 was found",
        "here are: 3.13.0, 3.10.13",
    ),
    "interpreter that cannot be downloaded": (
        """\
error: Request failed after 3 retries in 8.1s
  cause: Failed to download `https://example.org/releases/download/20261009/cpython-3.10.22%2B20261009-x86_64.tar.gz`
  cause: error sending request for url (https://example.org/releases/download/20261009/cpython-3.10.22.tar.gz)
  cause: dns error""",
        "python-missing",
        "no Python 3.11 was found on this machine and none could be downloaded",
        "here are: 3.13.0, 3.10.13",
    ),
    "interpreter that does not run": (
        """\
error: Failed to inspect Python interpreter from first executable in the search path at `/shims/python3.11`
  cause: Querying Python at `/shims/python3.11` failed with exit status exit status: 127""",
        "python-broken",
        "the interpreter /shims/python3.11, which does not run",
        "here are: 3.13.0, 3.10.13",
    ),
    "network": (
        """\
error: Failed to fetch: http://127.0.0.1:9/simple/gamma/
  cause: error sending request for url (http://127.0.0.1:9/simple/gamma/)
  cause: client error (Connect)
  cause: tcp connect error
  cause: Connection refused (os error 111)""",
        "download-failed",
        "http://127.0.0.1:9/simple/gamma/ could not be reached",
        "HTTPS_PROXY",
    ),
    "name server": (
        "  cause: dns error\n  cause: error resolving DNS",
        "download-failed",
        "could not be reached",
        "network",
    ),
    "certificate": (
        """\
  cause: error sending request for url (https://mirror.example/simple/gamma/)
  cause: invalid peer certificate: UnknownIssuer""",
        "certificate-untrusted",
        "is not trusted",
        "SSL_CERT_FILE",
    ),
    "credentials": (
        """\
  cause: Because gamma was not found in the package registry and you require gamma, we can conclude that your \
requirements are unsatisfiable.

hint: An index URL (http://mirror.example/simple) could not be queried due to a lack of valid authentication \
credentials (401 Unauthorized)""",
        "index-refused",
        "refused to answer",
        "netrc",
    ),
    "offline": (
        """\
  cause: Because zeta was not found in the cache and you require zeta, we can conclude that your requirements are \
unsatisfiable.

hint: Packages were unavailable because the network was disabled.""",
        "offline",
        "zeta is not in uv's cache",
        "UV_OFFLINE",
    ),
    "source": (
        """\
  \u00d7 Failed to download and build `bad==1.0`
  ├─▶ The build backend returned an error
  ╰─▶ Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)

      [stderr]
      RuntimeError: this package requires Python 3.9, luck and a compiler""",
        "wheel-build-failed",
        "bad==1.0 has no ready wheel",
        "Python 3.11",
    ),
    "hash": (
        """\
error: Failed to download `gamma==1.0`
  cause: Hash mismatch for `gamma==1.0`

         Expected:
           sha256:00""",
        "hash-mismatch",
        "gamma==1.0 is not the file",
        "--hash",
    ),
    "file": (
        "error: Distribution not found at: file:///home/me/none.whl",
        "location-missing",
        "file:///home/me/none.whl does not exist",
        "@",
    ),
    "disk": (
        "error: Failed to download `gamma==1.0`\n  cause: No space left on device (os error 28)",
        "disk-full",
        "the disk is full",
        "free some space",
    ),
    "anything else": ("thread 'main' panicked", "build", "uv failed", "%azml why"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_uv_says_is_said_in_one_sentence_with_a_remedy(name: str) -> None:
    output, code, brief, remedy = CASES[name]
    lines = ["Using Python 3.11.7 environment at: venv", *output.split("\n")]
    error = explain_uv_failure(PLAN, lines, list_pythons=pythons)
    assert error.code == code
    assert brief in error.brief
    assert error.brief.startswith("packages cannot be installed: ")
    assert "\n" not in error.brief
    assert remedy in error.remedy
    assert error.details == tuple(lines)


def test_only_the_last_lines_of_a_long_output_are_kept() -> None:
    error = explain_uv_failure(PLAN, [f"line {number}" for number in range(200)], list_pythons=pythons)
    assert len(error.details) == DETAIL_LINES
    assert error.details[-1] == "line 199"


def test_pythons_are_listed_only_where_they_matter() -> None:
    def refuse() -> list[str]:
        raise AssertionError("nobody needs them")

    assert explain_uv_failure(PLAN, ["No space left on device"], list_pythons=refuse).code == "disk-full"
    missing = explain_uv_failure(PLAN, ["No interpreter found for Python 3.9 in search path"], list_pythons=list)
    assert missing.remedy.endswith("here are: none")
