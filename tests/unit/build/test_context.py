"""Listing contexts: what a Dockerfile copies, what ignore files leave out, where links lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.build.context import digest_entries, environment_context, list_context
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.errors import BuildError
from tests.unit.build.wheelhouse import add_wheel


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def listed(folder: Path, step: str) -> list[str]:
    return sorted(list_context(f"FROM x:1\n{step}\n", {}, folder))


def test_only_what_is_copied(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "b.py", "deep/c.py", "deep/d.txt", "other/e")
    assert listed(tmp_path, "RUN true") == []
    assert listed(tmp_path, "COPY a.py deep /x") == ["a.py", "deep/c.py", "deep/d.txt"]
    assert listed(tmp_path, "COPY */*.py /x") == ["deep/c.py"]
    assert listed(tmp_path, "COPY . /x") == ["a.py", "b.py", "deep/c.py", "deep/d.txt", "other/e"]


def test_empty_directories_are_there_too(tmp_path: Path) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    assert listed(tmp_path, "COPY empty /x") == ["empty/deeper"]


def test_a_folder_that_cannot_be_wanted_is_not_opened(tmp_path: Path) -> None:
    fill(tmp_path, "data/huge/a", "src/b")
    (tmp_path / "data" / "huge").chmod(0)
    try:
        (tmp_path / ".dockerignore").write_text("data\n")
        assert listed(tmp_path, "COPY . /x") == [".dockerignore", "src/b"]
    finally:
        (tmp_path / "data" / "huge").chmod(0o700)


def test_exceptions_of_ignore_files(tmp_path: Path) -> None:
    fill(tmp_path, "data/a", "data/keep/b", "c")
    (tmp_path / ".dockerignore").write_text("data\n!data/keep\n.dockerignore\n")
    assert listed(tmp_path, "COPY . /x") == ["c", "data/keep/b"]


def test_the_workspace_is_never_sent(tmp_path: Path) -> None:
    fill(tmp_path, ".azml/workspace.db", "a")
    assert listed(tmp_path, "COPY . /x") == ["a"]


def test_links(tmp_path: Path) -> None:
    fill(tmp_path, "real/a", "real/b", "file")
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "alias").symlink_to("file")
    (tmp_path / "outside").symlink_to("/etc/hostname")
    (tmp_path / "nowhere").symlink_to("absent")
    (tmp_path / "real" / "up").symlink_to("..")
    assert listed(tmp_path, "COPY alias /x") == ["alias", "file"]
    assert listed(tmp_path, "COPY outside nowhere /x") == ["nowhere", "outside"]
    through = listed(tmp_path, "COPY folder/a /x")
    assert {"folder", "real/a", "real/b", "real/up"} <= set(through)
    entry = list_context("FROM x:1\nCOPY alias /x\n", {}, tmp_path)["alias"]
    assert entry.link == "file"


def test_our_files_win(tmp_path: Path) -> None:
    fill(tmp_path, "a")
    entries = list_context("FROM x:1\nCOPY a /x\n", {"a": b"ours", "azml/b": b""}, tmp_path)
    assert entries["a"].content == b"ours"
    assert set(entries) == {"a", "azml/b"}


def test_what_is_not_there(tmp_path: Path) -> None:
    fill(tmp_path, *(f"deep/file-{number:02}" for number in range(12)))
    with pytest.raises(BuildError) as caught:
        listed(tmp_path, "COPY deep/absent /x")
    assert caught.value.code == "not-in-context"
    shown = ", ".join(f"file-{number:02}" for number in range(8))
    assert caught.value.remedy == f"{tmp_path}/deep holds {shown} and 4 more"
    for step, remedy in {
        "COPY nothing/here /x": f"there is no {tmp_path}/nothing",
        "COPY ../absent /x": f"{tmp_path} holds deep",
    }.items():
        with pytest.raises(BuildError) as caught:
            listed(tmp_path, step)
        assert caught.value.remedy == remedy
    assert listed(tmp_path, "COPY absent* /x") == []
    with pytest.raises(BuildError) as caught:
        list_context("FROM x:1\nCOPY a /x\n", {})
    assert "the build has no context" in caught.value.brief


def test_what_is_left_out(tmp_path: Path) -> None:
    fill(tmp_path, "data/deep/a", ".azml/x")
    (tmp_path / ".amlignore").write_text("data/\n")
    with pytest.raises(BuildError) as caught:
        listed(tmp_path, "COPY data/deep/a /x")
    assert caught.value.brief == "data/deep/a is not in the build context: .amlignore leaves it out"
    assert caught.value.remedy == "add !data/deep/a to .amlignore"
    with pytest.raises(BuildError) as caught:
        listed(tmp_path, "COPY .azml/x /x")
    assert ".azml leaves it out" in caught.value.brief


# environments ---------------------------------------------------------------------------------------------------------


def environment(text: str, **source: object) -> Environment:
    return Environment("e", requirements=parse_requirements(text), image_source=ImageSource(**source))  # type: ignore[arg-type]


def context_of(wanted: Environment, memory: Path | None = None) -> tuple[list[str], str]:
    found = environment_context(wanted, wanted.requirements.canonical_lines(), memory=memory)
    return sorted(found.files), found.digest


def test_the_files_of_an_environment(tmp_path: Path) -> None:
    wheel = add_wheel(tmp_path / "direct", "house", "1.0")
    add_wheel(tmp_path / "links", "linked", "1.0")
    fill(tmp_path, "links/readme.md", "tree/setup.py", "tree/src/a.py")
    text = f"--find-links {tmp_path}/links\nhouse @ {wheel.as_uri()}\ntree @ {(tmp_path / 'tree').as_uri()}\n"
    names, digest = context_of(environment(text))
    assert names == [
        "requirements.txt",
        "wheels/1/linked-1.0-py3-none-any.whl",
        "wheels/3/tree/setup.py",
        "wheels/3/tree/src/a.py",
        "wheels/house-1.0-py3-none-any.whl",
    ]
    assert context_of(environment(text))[1] == digest
    (tmp_path / "tree" / "src" / "a.py").write_text("changed")
    assert context_of(environment(text))[1] != digest


def test_requirements_alone_have_no_digest() -> None:
    assert context_of(environment("six\n")) == (["requirements.txt"], "")
    assert context_of(environment(f"six --hash=sha256:{'0' * 64}\nattrs\n"))[0] == [
        "requirements-hashed.txt",
        "requirements.txt",
    ]


def test_what_the_users_dockerfile_copies_counts(tmp_path: Path) -> None:
    fill(tmp_path, "code/a.py", "notes")
    wanted = environment("six\n", dockerfile="FROM x:1\nCOPY code /x\n", context=str(tmp_path))
    names, digest = context_of(wanted, tmp_path / "memory.json")
    assert names == ["azml/requirements.txt"]
    (tmp_path / "notes").write_text("changed")
    assert context_of(wanted)[1] == digest
    (tmp_path / "code" / "a.py").write_text("changed")
    changed = context_of(wanted)[1]
    assert changed != digest
    (tmp_path / "code" / "a.py").chmod(0o755)
    assert context_of(wanted)[1] != changed


def test_places_that_are_not_there() -> None:
    with pytest.raises(BuildError) as caught:
        context_of(environment("--find-links /absent/links\n"))
    assert caught.value.code == "location-missing"
    with pytest.raises(BuildError) as caught:
        context_of(environment("--index-url file:///absent/simple\nsix\n"))
    assert caught.value.code == "index-here"


def test_credentials_and_variables_are_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "abc")
    monkeypatch.delenv("NO_TOKEN", raising=False)
    text = (
        "--index-url https://me:word@a.example.com/s\n--extra-index-url https://${SOME_TOKEN}@b.example.com/s\n"
        "--extra-index-url https://${NO_TOKEN}@c.example.com/s\nsix\n"
    )
    wanted = environment(text)
    found = environment_context(wanted, wanted.requirements.canonical_lines())
    assert found.credentials == {"SOME_TOKEN": "abc", "AZML_CREDENTIAL_1": "me:word"}
    assert "word" not in repr(found)


def test_digests_tell_kinds_apart(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("x")
    (tmp_path / "a").symlink_to("target")
    linked = list_context("FROM x:1\nCOPY a /x\n", {}, tmp_path)
    assert digest_entries({"a": linked["a"]}, None) != digest_entries({"a": linked["target"]}, None)
