"""Changes to conda dependencies: Azure's rules, and what is done otherwise (docs/decisions/0008)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions import conda_edits as edits
from azml_magics.definitions.azure_defaults import default_conda
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.errors import DeclarationError

PLAIN = default_conda()


def pip(*lines: str, start: CondaDependencies | None = None) -> tuple[str, ...]:
    conda = start or CondaDependencies()
    for line in lines:
        conda = edits.add_pip_package(conda, line)
    return conda.pip_lines


def conda(*specifications: str) -> tuple[object, ...]:
    value = CondaDependencies(("python=3.9",))
    for specification in specifications:
        value = edits.add_conda_package(value, specification)
    return value.dependencies


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["a==1", "a==2"], ("a==2",)),
        (["Foo==1", "foo==2"], ("foo==2",)),
        (["fo_o", "fo-o", "fo.o"], ("fo.o",)),
        (["a[x]==1", "b", "a==2"], ("b", "a==2")),
        (["a ==1", "a==2"], ("a==2",)),
        (["p==1", "https://example.org/p-2.0-py3-none-any.whl"], ("p @ https://example.org/p-2.0-py3-none-any.whl",)),
        (["/wheels/p-2.0-py3-none-any.whl"], ("p @ file:///wheels/p-2.0-py3-none-any.whl",)),
        (["./p-2.0-py3-none-any.whl", "p==2"], ("p==2",)),
        (["p==1", "p-2.0-py3-none-any.whl"], ("p-2.0-py3-none-any.whl",)),
        (["p==2", "./p-2.0-py3-none-any.whl"], ("./p-2.0-py3-none-any.whl",)),
        (["b", "git+https://example.org/a/b@main#egg=b"], ("b @ git+https://example.org/a/b@main",)),
        (["git+ssh://example.org/b#subdirectory=x&egg=b[c]"], ("b[c] @ git+ssh://example.org/b#subdirectory=x",)),
        (["a==1 --hash=sha256:00", "a==2"], ("a==2",)),
        (["a; python_version < '3.9'"], ("a; python_version < '3.9'",)),
    ],
)
def test_a_pip_package_replaces_one_of_its_name(lines: list[str], kept: tuple[str, ...]) -> None:
    assert pip(*lines) == kept


@pytest.mark.parametrize(
    "line", ["--pre", "-e .", "", "not a valid $$ req", "git+https://example.org/a/b", "./folder", "a\nb", "# a"]
)
def test_what_is_no_pip_package(line: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        pip(line)
    (finding,) = raised.value.findings
    assert finding.code == "invalid-package"
    assert finding.remedy


def test_credentials_are_not_shown() -> None:
    with pytest.raises(DeclarationError) as raised:
        pip("git+https://me:hunter2@example.org/a/b")
    assert "hunter2" not in "".join(raised.value.lines())


def test_the_pip_section_stays_where_it_is() -> None:
    changed = edits.add_conda_package(edits.add_pip_package(PLAIN, "pillow"), "numpy==1.17.0")
    assert changed.dependencies == ("python=3.8.13", PipSection(("azureml-defaults", "pillow")), "numpy==1.17.0")
    assert edits.remove_pip_package(changed, "Azureml_Defaults==1").pip_lines == ("pillow",)
    assert edits.remove_pip_package(changed, "numpy") is changed
    assert edits.remove_pip_package(changed, "--pre") is changed
    assert edits.set_pip_requirements(changed, ["# all", "a"]).pip_lines == ("# all", "a")
    emptied = edits.set_pip_requirements(changed, [])
    assert emptied.dependencies == ("python=3.8.13", "numpy==1.17.0")


def test_comments_and_options_are_no_packages() -> None:
    value = edits.set_pip_requirements(PLAIN, ["# a", "a==1  # why", "", "--pre", "-e ."])
    assert edits.pip_packages(value) == ("a==1  # why",)
    assert edits.pip_options(value) == ("--pre", "-e .")
    assert edits.add_pip_package(value, "a==2").pip_lines == ("# a", "", "--pre", "-e .", "a==2")


@pytest.mark.parametrize(
    ("specifications", "kept"),
    [
        (["numpy", "numpy"], ("python=3.9", "numpy")),
        (["numpy=1", "scipy", "conda-forge::NumPy=2"], ("python=3.9", "conda-forge::NumPy=2", "scipy")),
        (["python=3.11"], ("python=3.11",)),
        (["python==3.11.4"], ("python=3.11.4",)),
        (["python>=3.10"], ("python=3.10",)),
        (["python"], ("python=3.9",)),
        (["python-dateutil"], ("python=3.9", "python-dateutil")),
    ],
)
def test_a_conda_package_replaces_one_of_its_name(specifications: list[str], kept: tuple[str, ...]) -> None:
    assert conda(*specifications) == kept


def test_python_is_added_where_there_is_none() -> None:
    nothing = CondaDependencies(("numpy",))
    assert edits.add_conda_package(nothing, "python").dependencies == ("numpy", "python")
    assert edits.set_python_version(nothing, " 3.11 ").dependencies == ("python=3.11", "numpy")
    twice = CondaDependencies(("python=3.8", "numpy", "python=3.9"))
    assert edits.set_python_version(twice, "3.10").dependencies == ("python=3.10", "numpy")


def test_a_conda_package_is_removed_whatever_its_version() -> None:
    value = CondaDependencies(("python=3.9", "numpy=1", PipSection(("numpy",)), "scipy"))
    assert edits.remove_conda_package(value, "numpy>=2").dependencies == ("python=3.9", PipSection(("numpy",)), "scipy")
    assert edits.remove_conda_package(value, "pandas") == value


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda: edits.add_conda_package(PLAIN, "=1"), "invalid-package"),
        (lambda: edits.add_conda_package(PLAIN, "a\nb"), "invalid-package"),
        (lambda: edits.remove_conda_package(PLAIN, "python=3.8"), "python-needed"),
        (lambda: edits.set_python_version(PLAIN, "banana"), "invalid-python"),
        (lambda: edits.create_conda_dependencies(python="3.8.1.2"), "invalid-python"),
        (lambda: edits.add_channel(PLAIN, " "), "invalid-channel"),
        (lambda: edits.add_channel(PLAIN, "a\nb"), "invalid-channel"),
        (lambda: edits.set_pip_option(PLAIN, "numpy"), "invalid-option"),
        (lambda: edits.set_pip_option(PLAIN, "--pre\n-e ."), "invalid-option"),
    ],
)
def test_what_cannot_be_changed(change: Callable[[], object], code: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        change()
    assert (raised.value.code, str(raised.value)) == (code, "the conda dependencies stay as they were")


def test_channels() -> None:
    more = edits.add_channel(edits.add_channel(PLAIN, "pytorch"), " anaconda ")
    assert more.channels == ("anaconda", "conda-forge", "pytorch")
    assert edits.remove_channel(more, "conda-forge").channels == ("anaconda", "pytorch")


def test_options_of_pip() -> None:
    value = edits.set_pip_option(edits.set_pip_option(PLAIN, "--index-url https://a.example.org"), "--pre")
    assert value.pip_lines == ("--index-url https://a.example.org", "--pre", "azureml-defaults")
    value = edits.set_pip_option(value, "--index-url=https://b.example.org")
    assert value.pip_lines == ("--index-url=https://b.example.org", "--pre", "azureml-defaults")
    assert edits.remove_pip_option(value, "--index-url").pip_lines == ("--pre", "azureml-defaults")
    assert edits.remove_pip_option(value, "azureml-defaults") is value


def test_created_dependencies_hold_what_was_asked_for_and_nothing_else() -> None:
    assert edits.create_conda_dependencies().dependencies == ("python=3.10.18", PipSection(("azureml-defaults",)))
    made = edits.create_conda_dependencies(
        ["a==1"], ["numpy", "numpy"], python="3.9", pip_index_url="https://example.org/simple"
    )
    assert made.dependencies == ("python=3.9", PipSection(("--index-url https://example.org/simple", "a==1")), "numpy")
    assert edits.create_conda_dependencies([]).dependencies == ("python=3.10.18",)


@pytest.mark.parametrize(
    ("lines", "merged"),
    [
        (["a>=1", "a<2", "b"], ["a>=1,<2", "b"]),
        (["Foo >= 1", "foo[x]", "foo[y]<2"], ["Foo[x,y]>=1,<2"]),
        (["a==1", "a==1"], ["a==1"]),
        (["a>=1; python_version < '3.9'", "a>=2"], ['a>=1; python_version < "3.9"', "a>=2"]),
        (["a @ https://example.org/a.zip ; os_name == 'nt'"], ['a @ https://example.org/a.zip ; os_name == "nt"']),
        ([], []),
    ],
)
def test_merging(lines: list[str], merged: list[str]) -> None:
    assert edits.merge_requirements(lines) == merged


_names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,3}([._-][A-Za-z0-9]{1,3})?", fullmatch=True)
_lines = st.builds(lambda name, version: f"{name}{version}", _names, st.sampled_from(["", "==1.0", ">=2,<3"]))


@given(lines=st.lists(_lines))
def test_every_project_is_there_once(lines: list[str]) -> None:
    kept = pip(*lines)
    names = [edits.pip_project_name(line) for line in kept]
    assert len(set(names)) == len(names)
    assert set(names) == {edits.pip_project_name(line) for line in lines}
    if lines:
        assert kept[-1] == lines[-1]


@given(lines=st.lists(_lines))
def test_merging_twice_is_merging_once(lines: list[str]) -> None:
    merged = edits.merge_requirements(lines)
    assert edits.merge_requirements(merged) == merged
    assert len(merged) == len({edits.pip_project_name(line) for line in lines})


@given(line=st.text())
def test_any_line_is_added_or_refused(line: str) -> None:
    with contextlib.suppress(DeclarationError):
        assert pip(line)
