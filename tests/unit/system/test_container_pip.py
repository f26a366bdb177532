"""pip's settings of a machine, as they are handed into builds and containers."""

from __future__ import annotations

import configparser
import subprocess
from pathlib import Path

import pytest

from azml_magics.definitions.image_layout import CA_BUNDLE
from azml_magics.errors import ToolError
from azml_magics.system.container_pip import PipFiles, collect_pip_files, secret_values


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any setting."""
    import os

    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AZML_CA_BUNDLE")
    for name in os.environ:
        if name.startswith("PIP_") or name.upper().endswith("_PROXY") or name in names:
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return tmp_path


def configure(machine: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (machine / "pip.conf").write_text(text)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(machine / "pip.conf"))
    monkeypatch.setenv("HOME", str(machine))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(machine))


def read(pip: PipFiles) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read_string(pip.pip_conf)
    return dict(parser["global"]) if parser.has_section("global") else {}


def test_a_machine_without_settings() -> None:
    pip = collect_pip_files()
    assert pip == PipFiles()
    assert not pip.is_needed
    assert pip.credentials_text() == ""


def test_settings_of_files_and_variables(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(
        machine,
        monkeypatch,
        "[global]\nindex-url = https://me:w0rd@a.example.com/simple\nextra-index-url =\n  https://b.example.com/simple\n"
        "  https://t0ken@c.example.com/simple\ntrusted-host = a.example.com\ntimeout = 7\nquiet = 1\n"
        "[install]\nno-index = no\n",
    )
    monkeypatch.setenv("PIP_RETRIES", "2")
    pip = collect_pip_files()
    assert read(pip) | {"cert": ""} == {
        "index-url": "https://me:w0rd@a.example.com/simple",
        "extra-index-url": "https://b.example.com/simple\nhttps://t0ken@c.example.com/simple",
        "trusted-host": "a.example.com",
        "timeout": "7",
        "retries": "2",
        "cert": "",
    }
    assert pip.is_needed
    assert pip.secrets == ("me:w0rd", "t0ken", "w0rd")
    assert "w0rd" not in repr(pip)


def test_directories_and_indexes_of_this_machine(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "links").mkdir()
    monkeypatch.setenv(
        "PIP_FIND_LINKS", f"{machine}/links https://l.example.com/page {machine}/absent file://{machine}/links"
    )
    monkeypatch.setenv("PIP_INDEX_URL", "file:///srv/simple")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    pip = collect_pip_files()
    assert pip.find_links == (machine / "links", machine / "links")
    assert read(pip) == {
        "find-links": "/run/azml/find-links/0\nhttps://l.example.com/page\n/run/azml/find-links/1",
        "no-index": "true",
    }
    assert pip.machine_indexes == ("file:///srv/simple",)


@pytest.mark.parametrize(
    "name", ["AZML_CA_BUNDLE", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
)
def test_certificates(machine: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (machine / "ca.pem").write_bytes(b"certificates")
    monkeypatch.setenv(name, str(machine / "ca.pem"))
    pip = collect_pip_files()
    assert pip.ca_bundle == b"certificates"
    assert read(pip) == {"cert": CA_BUNDLE}
    assert "certificates" not in repr(pip)


def test_the_order_of_certificates(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate(
        ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT", "AZML_CA_BUNDLE"]
    ):
        (machine / name).write_bytes(name.encode())
        monkeypatch.setenv(name, str(machine / name))
        assert collect_pip_files().ca_bundle == name.encode(), number


def test_certificates_that_are_not_there(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(machine / "absent"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(machine))
    assert collect_pip_files().ca_bundle is None
    monkeypatch.setenv("AZML_CA_BUNDLE", str(machine / "absent"))
    with pytest.raises(ToolError) as caught:
        collect_pip_files()
    assert caught.value.code == "ca-bundle"
    assert str(machine / "absent") in caught.value.brief


def test_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://user:pr0xy@p.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "localhost")
    pip = collect_pip_files()
    assert pip.proxies == {"https_proxy": "http://user:pr0xy@p.example.com:3128", "NO_PROXY": "localhost"}
    assert pip.secrets == ("user:pr0xy", "pr0xy")
    assert not pip.is_needed


def test_credentials_as_a_shell_reads_them(machine: Path) -> None:
    value = 'me:it\'s $HOME `x` "y"'
    pip = collect_pip_files({"AZML_CREDENTIAL_1": value})
    (machine / "credentials.sh").write_text(pip.credentials_text())
    script = f'. {machine}/credentials.sh; printf %s "$AZML_CREDENTIAL_1"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == value
    assert value not in repr(pip)


def test_what_is_secret() -> None:
    assert secret_values(["user:p%40ss"]) == ("user:p%40ss", "user:p@ss", "p%40ss", "p@ss")
    assert secret_values(["token"]) == ("token",)
    assert secret_values(["user:", "a:b"]) == ("user:", "user")
