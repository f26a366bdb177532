"""Requirement lines as a build installs them; whole texts are in ``tests/cases/dockerfiles``."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.plan.context import context_prefix, render_requirements


def test_our_files_keep_out_of_the_users_way() -> None:
    assert context_prefix(ImageSource()) == ""
    assert context_prefix(ImageSource(dockerfile="FROM x:1\n")) == "azml/"
    assert context_prefix(ImageSource(context="/somewhere", steps_after=("COPY a /a",))) == "azml/"


def test_plain_lines_stay() -> None:
    files = render_requirements(["--pre", "six==1.0", "numpy>=2 ; python_version > '3.8'"])
    assert files.text == "--pre\nsix==1.0\nnumpy>=2 ; python_version > '3.8'\n"
    assert (files.hashed, files.credentials, files.sources, files.machine_indexes) == ("", {}, (), ())


def test_every_line_with_a_hash_is_one_file() -> None:
    lines = ["--no-index", "six==1.0 --hash=sha256:00", "attrs==2.0 --hash=sha256:11 --hash=sha256:22"]
    files = render_requirements(lines)
    assert files.text == "".join(f"{line}\n" for line in lines)
    assert files.hashed == ""


def test_equal_file_names_do_not_meet() -> None:
    files = render_requirements(
        ["house @ file:///one/house-1-py3-none-any.whl", "b @ file:///two/house-1-py3-none-any.whl"]
    )
    assert [source.name for source in files.sources] == ["house-1-py3-none-any.whl", "2/house-1-py3-none-any.whl"]
    assert "b @ file:///opt/azml/wheels/2/house-1-py3-none-any.whl" in files.text


def test_a_place_named_twice_is_copied_once() -> None:
    files = render_requirements(["--find-links /links", "--find-links /links"])
    assert len(files.sources) == 1
    assert files.sources[0].is_links
    assert files.text == "--find-links /opt/azml/wheels/1\n" * 2


def test_a_wheel_as_find_links_and_a_file_address() -> None:
    files = render_requirements(["--find-links file:///links/a-1.tar.gz#egg=a", "--find-links file://localhost/deep"])
    assert [(source.path, source.name) for source in files.sources] == [
        ("/links/a-1.tar.gz", "a-1.tar.gz"),
        ("/deep", "2"),
    ]


def test_an_index_on_this_disk_is_noticed() -> None:
    files = render_requirements(["--index-url file:///srv/simple", "--extra-index-url https://x.example.com"])
    assert files.machine_indexes == ("file:///srv/simple",)


def test_variables_are_left_to_pip() -> None:
    files = render_requirements(
        ["--index-url https://${USER_NAME}:${TOKEN}@x.example.com/simple", "g @ git+ssh://git@h/x"]
    )
    assert files.variables == ("USER_NAME", "TOKEN")
    assert files.credentials == {}
    assert "git+ssh://git@h/x" in files.text


@given(st.from_regex(r"[a-z]{1,8}(:[A-Za-z0-9%._-]{1,12})?", fullmatch=True))
def test_no_credentials_are_written(pair: str) -> None:
    files = render_requirements(
        [f"--extra-index-url https://{pair}@h.example.com/s", f"a @ https://{pair}@h.example.com/a"]
    )
    if pair == "git":
        return
    assert files.credentials == {"AZML_CREDENTIAL_1": pair}
    assert f"//{pair}@" not in files.text
    assert mask_credentials(files.text).count("***@") == 2
