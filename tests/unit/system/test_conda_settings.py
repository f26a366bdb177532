"""Conda's settings of a machine: files by their importance, variables before them, channels found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.errors import ToolError
from azml_magics.system.conda_settings import CondaSettings, read_conda_settings


def settings(home: Path, **variables: str) -> CondaSettings:
    return read_conda_settings({"HOME": str(home), **variables})


def test_without_settings(tmp_path: Path) -> None:
    assert settings(tmp_path) == CondaSettings()


def test_files_and_variables_by_their_importance(tmp_path: Path) -> None:
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / ".condarc").write_text("channel_alias: https://one.example.com\nchannel_priority: strict\n")
    (tmp_path / ".condarc").write_text("channel_alias: https://two.example.com/\n")
    found = settings(tmp_path)
    assert (found.alias, found.is_priority_strict) == ("https://two.example.com/", True)
    own = tmp_path / "own"
    own.write_text("channel_alias: https://three.example.com\nchannel_priority: flexible\n")
    found = settings(tmp_path, CONDARC=str(own))
    assert (found.alias, found.is_priority_strict) == ("https://three.example.com/", False)
    assert settings(tmp_path, CONDA_CHANNEL_ALIAS="https://four.example.com").alias == "https://four.example.com/"
    both = {"CONDA_CHANNEL_ALIAS": "https://four.example.com", "AZML_CONDA_CHANNEL_ALIAS": "https://five.example.com"}
    assert settings(tmp_path, **both).alias == "https://five.example.com/"


def test_channels_by_name_address_and_path(tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text(
        "custom_channels:\n  inner: https://h.example.com/conda/\ndefault_channels:\n  - https://h.example.com/main\n"
    )
    found = settings(tmp_path)
    channels = ["forge", "inner", "inner/label/dev", "https://x.example.com/y", "/srv/channel", "./local", "defaults"]
    assert found.locate(channels, Path("/here")) == [
        ("forge", "forge"),
        ("inner", "https://h.example.com/conda/inner"),
        ("inner/label/dev", "https://h.example.com/conda/inner/label/dev"),
        ("https://x.example.com/y", "https://x.example.com/y"),
        ("/srv/channel", "file:///srv/channel"),
        ("./local", "file:///here/local"),
        ("defaults", "https://h.example.com/main"),
    ]
    assert CondaSettings().locate(["defaults"], Path("/")) == [("defaults", "main"), ("defaults", "r")]


def test_proxies_and_certificates_where_variables_say_nothing(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    (tmp_path / ".condarc").write_text(f"ssl_verify: {bundle}\nproxy_servers:\n  https: http://proxy.example.com:1\n")
    expected = {"https_proxy": "http://proxy.example.com:1", "SSL_CERT_FILE": str(bundle)}
    assert settings(tmp_path).variables == expected
    assert settings(tmp_path, HTTPS_PROXY="http://other.example.com", SSL_CERT_FILE="x").variables == {}
    (tmp_path / ".condarc").write_text("ssl_verify: true\n")
    assert settings(tmp_path).variables == {}


@pytest.mark.parametrize("text", ["- a\n", "a: [\n"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / ".condarc").write_text(text)
    with pytest.raises(ToolError) as caught:
        settings(tmp_path)
    assert caught.value.code == "conda-config"
    assert str(tmp_path / ".condarc") in caught.value.brief


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text("")
    assert settings(tmp_path) == CondaSettings()
