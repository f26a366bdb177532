from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.errors import ToolError
from azml_magics.system.pip_settings import PIP_TO_UV, is_missing, pip_config_files, read_pip_settings, render_for_uv

HOME = {"HOME": "/home/me"}


def for_uv(environment: dict[str, str], *texts: str) -> dict[str, str]:
    """What a caller's variables and pip's configuration files add for uv."""
    return render_for_uv(read_pip_settings(environment, {f"{n}": text for n, text in enumerate(texts)}), environment)


# files ----------------------------------------------------------------------------------------------------------------


def test_the_files_pip_reads_least_important_first() -> None:
    names = [str(path) for path in pip_config_files(HOME, "/venv")]
    assert names[:4] == [
        "/etc/xdg/pip/pip.conf", "/etc/pip.conf", "/home/me/.pip/pip.conf", "/home/me/.config/pip/pip.conf",
    ]  # fmt: skip
    assert names[-1] == "/venv/pip.conf"


def test_a_file_named_by_the_user_wins_and_stands_in_for_theirs(tmp_path: Path) -> None:
    given = tmp_path / "pip.conf"
    assert Path("/home/me/.config/pip/pip.conf") in pip_config_files({**HOME, "PIP_CONFIG_FILE": str(given)}, "/v")
    given.touch()
    files = pip_config_files({**HOME, "PIP_CONFIG_FILE": str(given)}, "/v")
    assert files == [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), Path("/v/pip.conf"), given]


def test_the_null_device_switches_every_file_off() -> None:
    assert pip_config_files({**HOME, "PIP_CONFIG_FILE": "/dev/null"}, "/v") == []


def test_other_configuration_homes_are_honoured() -> None:
    names = pip_config_files({**HOME, "XDG_CONFIG_HOME": "/conf", "XDG_CONFIG_DIRS": "/first:/second"}, "/v")
    assert names[:2] == [Path("/second/pip/pip.conf"), Path("/first/pip/pip.conf")]
    assert Path("/conf/pip/pip.conf") in names


# settings -------------------------------------------------------------------------------------------------------------


def test_nothing_said_is_nothing_added() -> None:
    assert for_uv({}) == {}
    assert for_uv({}, "[global]\ntimeout = 60\n[list]\nindex-url = https://x/simple\n") == {}


def test_later_files_beat_earlier_ones_and_variables_beat_files() -> None:
    first = "[global]\nindex-url = https://one/simple\nno-index = true\n"
    second = "[global]\nindex_url = https://two/simple\n[install]\nno-index = false\n"
    assert for_uv({}, first) == {"UV_DEFAULT_INDEX": "https://one/simple", "UV_NO_INDEX": "1"}
    assert for_uv({}, first, second) == {"UV_DEFAULT_INDEX": "https://two/simple"}
    assert (
        for_uv({"PIP_INDEX_URL": "https://three/simple"}, first, second)["UV_DEFAULT_INDEX"] == "https://three/simple"
    )


@pytest.mark.parametrize(
    ("own", "pip"),
    [
        ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"),
        ("UV_INDEX_URL", "PIP_INDEX_URL"),
        ("UV_INDEX", "PIP_EXTRA_INDEX_URL"),
        ("UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"),
        ("UV_FIND_LINKS", "PIP_FIND_LINKS"),
        ("UV_INSECURE_HOST", "PIP_TRUSTED_HOST"),
        ("SSL_CERT_FILE", "PIP_CERT"),
        ("HTTPS_PROXY", "PIP_PROXY"),
        ("all_proxy", "PIP_PROXY"),
    ],
)
def test_what_uv_was_told_wins(own: str, pip: str) -> None:
    assert for_uv({pip: "https://pip.example"})
    assert for_uv({pip: "https://pip.example", own: "https://uv.example"}) == {}


def test_extra_indexes_are_all_looked_at_unless_uv_was_told_otherwise() -> None:
    text = "[global]\nextra-index-url =\n    https://one/simple\n    https://two/simple\n"
    assert for_uv({}, text) == {
        "UV_INDEX": "https://one/simple https://two/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    assert "UV_INDEX_STRATEGY" not in for_uv({"UV_INDEX_STRATEGY": "first-index"}, text)


def test_directories_are_separated_by_commas_and_missing_ones_left_out(tmp_path: Path) -> None:
    here = tmp_path / "wheels"
    here.mkdir()
    listing = tmp_path / "links.html"
    listing.touch()
    value = f"{here} {tmp_path / 'no'} file://{tmp_path}/no {listing} file://{here} https://host/links"
    assert for_uv({"PIP_FIND_LINKS": value}) == {"UV_FIND_LINKS": f"{here},{listing},file://{here},https://host/links"}
    assert for_uv({"PIP_FIND_LINKS": str(tmp_path / "no")}) == {}


def test_local_indexes_that_do_not_exist_are_left_out(tmp_path: Path) -> None:
    text = f"[global]\nextra-index-url = file://{tmp_path}/simple file://{tmp_path}\nindex-url = https://host/simple\n"
    settings = for_uv({}, text)
    assert settings["UV_INDEX"] == f"file://{tmp_path}"
    assert settings["UV_DEFAULT_INDEX"] == "https://host/simple"


def test_a_tilde_is_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "wheels").mkdir()
    assert for_uv({"PIP_FIND_LINKS": "~/wheels"}) == {"UV_FIND_LINKS": f"{tmp_path}/wheels"}


def test_certificates_hosts_and_proxies_are_passed_as_they_are(tmp_path: Path) -> None:
    text = (
        f"[global]\ncert = {tmp_path}/my ca.pem\ntrusted-host = a.example\n  b.example:8080\nproxy = http://p%40x:1\n"
    )
    assert for_uv({}, text) == {
        "SSL_CERT_FILE": f"{tmp_path}/my ca.pem",
        "UV_INSECURE_HOST": "a.example b.example:8080",
        "ALL_PROXY": "http://p%40x:1",
    }


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("yes", True), ("True", True), ("0", False), ("", False)])
def test_no_index_is_on_or_off(value: str, wanted: bool) -> None:
    assert (for_uv({"PIP_NO_INDEX": value}) == {"UV_NO_INDEX": "1"}) is wanted


def test_a_broken_file_is_named() -> None:
    with pytest.raises(ToolError, match=r"pip's configuration /home/me/pip\.conf") as caught:
        read_pip_settings({}, {"/home/me/pip.conf": "index-url = x\n"})
    assert caught.value.code == "pip-config"
    assert caught.value.details


@given(text=st.text(max_size=80))
def test_any_text_is_read_or_refused_by_our_own_error(text: str) -> None:
    with contextlib.suppress(ToolError):
        settings = read_pip_settings({}, {"pip.conf": "[global]\n" + text})
        assert settings.keys() <= PIP_TO_UV.keys()


def test_locations_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my wheels").mkdir()
    monkeypatch.chdir(tmp_path)
    assert not is_missing("my wheels")
    assert not is_missing(f"file://{tmp_path}/my%20wheels")
    assert not is_missing(f"file://localhost{tmp_path}")
    assert not is_missing("https://host/nothing")
    assert is_missing("wheels")
    assert is_missing(f"file://{tmp_path}/my wheel")
