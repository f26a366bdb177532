"""What rattler really said -> what a user is told."""

from __future__ import annotations

import pytest

from azml_magics.build.conda_failure import explain_conda_failure
from azml_magics.plan.actions import CondaPlan

PLAN = CondaPlan(("python=3.11", "numpy=7", "clash"), ("forge", "https://me:s3cret@h.example.com/x"), "linux-64")


def missing(name: str, wanted: str, *versions: str) -> dict[str, object]:
    return {"name": name, "wanted": wanted, "versions": list(versions)}


@pytest.mark.parametrize(
    ("error", "code", "brief", "remedy"),
    [
        (
            {"kind": "solve", "text": "No candidates were found for clash *.", "missing": [missing("clash", "*")]},
            "package-not-found",
            "there is no conda package named clash in channels forge, https://***@h.example.com",
            "pip section",
        ),
        (
            {
                "kind": "solve",
                "text": "No candidates were found for python 3.11.*.",
                "missing": [missing("python", "")],
            },
            "conda-no-python",
            "there is no Python in",
            "name a channel that has one",
        ),
        (
            {
                "kind": "solve",
                "text": "No candidates were found for numpy 7.*.",
                "missing": [missing("numpy", "7.*", *(f"1.{number}" for number in range(10)))],
            },
            "version-not-found",
            "there is no numpy 7.* in",
            "1.9 and 2 older ones",
        ),
        (
            {
                "kind": "solve",
                "text": "clash 1.0 would require\n└─ words <1, for which no candidates were found",
                "missing": [missing("words", "<1", "1.0")],
            },
            "packages-conflict",
            "clash cannot be installed together with the rest: words <1 is needed, there is 1.0 in",
            "loosen",
        ),
        (
            {
                "kind": "solve",
                "text": "clash 1.0 would require\n└─ numpy <1, for which no candidates were found",
                "missing": [missing("numpy", "<1", "1.0")],
            },
            "packages-conflict",
            "clash and numpy cannot be installed together with the rest",
            "",
        ),
        (
            {"kind": "solve", "text": "a would require b", "missing": [missing("b", "")]},
            "packages-conflict",
            "they cannot be installed together with the rest: b  is needed, there is none in",
            "",
        ),
        (
            {"kind": "channel", "text": "could not find subdir 'noarch' in channel 'https://a.example.com/forge/'"},
            "channel-unreachable",
            "channel forge (https://a.example.com/forge/) does not exist",
            "channel_alias",
        ),
        (
            {"kind": "channel", "text": "error sending request for url (https://b.example.com/noarch/repodata.json)"},
            "channel-unreachable",
            "channel https://b.example.com/noarch/repodata.json could not be read",
            "proxy",
        ),
        (
            {"kind": "channel", "text": "error for (https://h.example.com/x/noarch/a)\ninvalid peer certificate: x"},
            "certificate-untrusted",
            "the certificate of channel https://***@h.example.com/x is not trusted",
            "SSL_CERT_FILE",
        ),
        ({"kind": "channel", "text": "odd"}, "channel-unreachable", "channel odd could not be read", ""),
        (
            {"kind": "specification", "text": "unable to parse", "package": "a==>1"},
            "conda-specification",
            "'a==>1' is no conda specification: unable to parse",
            "NAME=1.2",
        ),
        (
            {"kind": "hash", "text": "x", "package": "a-1-0.conda"},
            "hash-mismatch",
            "a-1-0.conda is not the file",
            "lock",
        ),
        (
            {"kind": "locked-missing", "text": "x", "package": "a-1-0.conda"},
            "locked-package-missing",
            "a-1-0.conda",
            "",
        ),
        ({"kind": "install", "text": "x", "package": "a"}, "conda-install-failed", "a could not be fetched", ""),
        ({"kind": "install", "text": "x"}, "conda-install-failed", "a package could not be put in place", ""),
        ({"kind": "install", "text": "No space left on device"}, "disk-full", "the disk is full", "free"),
        ({"kind": "other", "text": "builder error"}, "conda-failed", "builder error", "certificates"),
    ],
)
def test_what_a_user_is_told(error: dict[str, object], code: str, brief: str, remedy: str) -> None:
    told = explain_conda_failure(PLAN, error, ["solving"])
    assert told.code == code
    assert brief in told.brief
    assert told.brief.startswith("conda packages cannot be installed: ")
    assert remedy in told.remedy
    assert told.details[0] == "solving"
    assert "s3cret" not in told.brief
