from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.build.requirements_file import render_requirements_file
from azml_magics.errors import BuildError


def test_requirements_stay_in_their_order_and_the_environment_as_it_is(tmp_path: Path) -> None:
    lines = ["numpy==2.2.6", "--no-binary pandas", "--only-binary :all:", "pandas; python_version < '3.12'"]
    text, variables = render_requirements_file(lines, {"PATH": "/bin", "UV_DEFAULT_INDEX": "https://own"}, tmp_path)
    assert text.splitlines() == lines
    assert text.endswith("\n")
    assert variables == {"PATH": "/bin", "UV_DEFAULT_INDEX": "https://own"}


def test_the_lists_own_index_wins_over_every_setting(tmp_path: Path) -> None:
    environment = {"UV_INDEX_URL": "https://old", "UV_DEFAULT_INDEX": "https://own"}
    text, variables = render_requirements_file(["--index-url https://list/simple", "a"], environment, tmp_path)
    assert text == "a\n"
    assert variables == {"UV_DEFAULT_INDEX": "https://list/simple"}


def test_extra_indexes_are_all_looked_at(tmp_path: Path) -> None:
    lines = ["--extra-index-url https://one/simple"]
    text, variables = render_requirements_file(lines, {}, tmp_path)
    assert text == "--extra-index-url https://one/simple\n"
    assert variables == {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    own = {"UV_INDEX_STRATEGY": "first-index"}
    assert render_requirements_file(lines, own, tmp_path)[1] == own


def test_what_uv_ignores_in_files_becomes_variables(tmp_path: Path) -> None:
    lines = ["--trusted-host a.example", "--trusted-host b.example:8080", "--pre"]
    text, variables = render_requirements_file(lines, {"UV_INSECURE_HOST": "c.example"}, tmp_path)
    assert text == ""
    assert variables == {"UV_INSECURE_HOST": "c.example a.example b.example:8080", "UV_PRERELEASE": "allow"}


def test_pips_no_index_becomes_a_line(tmp_path: Path) -> None:
    text, variables = render_requirements_file(["a"], {"UV_NO_INDEX": "1"}, tmp_path)
    assert text == "--no-index\na\n"
    assert variables == {}


def test_directories_count_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "wheels").mkdir()
    lines = ["--find-links wheels", "--find-links ~/wheels", f"--find-links {tmp_path}/wheels"]
    text, _ = render_requirements_file(lines, {}, tmp_path)
    assert text == f"--find-links {tmp_path}/wheels\n" * 3
    text, _ = render_requirements_file(["--find-links https://host/links"], {}, tmp_path)
    assert text == "--find-links https://host/links\n"


@pytest.mark.parametrize(
    "line",
    [
        "--find-links nowhere",
        "--find-links file:///no/such/folder",
        "--index-url file:///no",
        "--extra-index-url file:///no",
    ],
)
def test_a_local_place_that_does_not_exist_is_named(tmp_path: Path, line: str) -> None:
    option, location = line.split()
    with pytest.raises(BuildError, match=f"{option} names .*{location}") as caught:
        render_requirements_file([line], {}, tmp_path)
    assert caught.value.code == "location-missing"
