"""pip requirements texts as values, and every fault of one named with its place."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azml_magics.definitions.requirements import Requirements, mask_credentials, parse_requirements
from azml_magics.errors import DeclarationError, Finding, Place


def parse(text: str, **files: str) -> Requirements:
    def read_file(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[path]

    return parse_requirements(text, name="digits", place=Place("cell In [2]"), first_line=2, read_file=read_file)


def faults(text: str, **files: str) -> list[Finding]:
    with pytest.raises(DeclarationError) as caught:
        parse(text, **files)
    return list(caught.value.findings)


def fault(text: str, **files: str) -> Finding:
    found = faults(text, **files)
    assert len(found) == 1
    return found[0]


def test_comments_blank_lines_and_continuations() -> None:
    text = "# all\n\nscikit-learn == 1.7.2  # pinned\nnumpy \\\n  >= 2 , \\\n  < 3\n"
    requirements = parse(text)
    assert requirements.canonical_lines() == ("scikit-learn==1.7.2", "numpy<3,>=2")
    assert [line.line for line in requirements.lines] == [3, 4]
    assert requirements.names() == {"scikit-learn", "numpy"}
    assert requirements.name == "digits"


def test_a_comment_ends_a_continuation() -> None:
    assert parse("numpy \\\n  # why\npandas").canonical_lines() == ("numpy", "pandas")


def test_names_are_normalised_and_markers_kept() -> None:
    (line,) = parse('Typing_Extensions>=4; python_version < "3.11"').lines
    assert line.name == "typing-extensions"
    assert line.text == 'Typing_Extensions>=4; python_version < "3.11"'


def test_a_hash_inside_a_word_is_no_comment() -> None:
    assert parse("pkg @ https://host/p.whl#sha256=ab").canonical_lines()[0].endswith("#sha256=ab")


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("-i https://host/simple", ["--index-url https://host/simple"]),
        ("--index-url=https://host/simple", ["--index-url https://host/simple"]),
        ("--extra-index-url https://host/simple", ["--extra-index-url https://host/simple"]),
        ("-fwheels", ["--find-links wheels"]),
        ("--pre", ["--pre"]),
        ("--no-index --find-links=wheels", ["--no-index", "--find-links wheels"]),
        ("--no-binary a,b", ["--no-binary a", "--no-binary b"]),
        ("--only-binary=:all:", ["--only-binary :all:"]),
        ("--trusted-host host", ["--trusted-host host"]),
    ],
)
def test_options_are_printed_in_one_form(written: str, canonical: list[str]) -> None:
    requirements = parse(written)
    assert list(requirements.canonical_lines()) == canonical
    assert requirements.names() == frozenset()


def test_hashes_stay_with_their_requirement() -> None:
    (line,) = parse("six==1.17.0 \\\n --hash=sha256:ab12 \\\n --hash sha512:cd34").lines
    assert line.text == "six==1.17.0 --hash=sha256:ab12 --hash=sha512:cd34"
    assert line.name == "six"


def test_exact_duplicates_are_dropped() -> None:
    assert parse("numpy==1.0\n--pre\nnumpy == 1.0\n--pre").canonical_lines() == ("numpy==1.0", "--pre")


@pytest.mark.parametrize(
    ("text", "remedy", "column"),
    [
        ("scikit-learn=1.0", "did you mean scikit-learn==1.0?", 13),
        ("scikit-learn 1.0", "did you mean scikit-learn==1.0?", 13),
        ("torch=1.2=py39_0", "did you mean torch==1.2?", 6),
        ("numpy => 2", "did you mean numpy>=2?", 6),
        ("numpy=<2", "did you mean numpy<=2?", 6),
        ("numpy: v2.1", "did you mean numpy==2.1?", 6),
        ("numpy==", "write a version after '==', or the name alone", 6),
        ("pip install numpy pandas", "write only what comes after the command: numpy pandas", 1),
        ("!pip install numpy", "write only what comes after the command: numpy", 1),
        ('"numpy==2"', "leave the quotes out: numpy==2", 1),
        ("numpy,", "one requirement a line, without a comma: numpy", 6),
        (
            "./dist/a.whl",
            "keep it in the workspace, and write what that prints: azml environment add-wheel ./dist/a.whl",
            1,
        ),
        ("https://example.com/a.zip", "give the project a name: NAME @ https://example.com/a.zip", 1),
        ("numpy; python_version < 3.9", 'a marker compares with text in quotes: NAME; python_version < "3.12"', 25),
        ("<2", 'a requirement starts with its name; in a YAML list, quote one with a comma: "numpy>=1,<2"', 1),
        ("- numpy", "write numpy", 1),
        ("numpy=?", "write NAME, NAME==VERSION or NAME>=VERSION,<VERSION", 6),
        ("numpy 1_!x", "write NAME, NAME==VERSION or NAME>=VERSION,<VERSION", 7),
    ],
)
def test_an_invalid_line_says_what_was_meant(text: str, remedy: str, column: int) -> None:
    found = fault(f"pandas\n{text}")
    assert (found.code, found.remedy) == ("invalid-requirement", remedy)
    assert found.place is not None
    assert (found.place.source, found.place.line, found.place.column) == ("cell In [2]", 3, column)
    assert found.place.text == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "https://example.com/d/Foo_bar-1.0-py3-none-any.whl#sha256=aa",
            "Foo-bar @ https://example.com/d/Foo_bar-1.0-py3-none-any.whl#sha256=aa",
        ),
        ("git+https://example.com/a.git@main#egg=a", "a @ git+https://example.com/a.git@main"),
        ("git+https://example.com/a#egg=a[b]&subdirectory=c", "a[b] @ git+https://example.com/a#subdirectory=c"),
        (
            'https://example.com/a-1-2-py3-none-any.whl ; python_version > "3"',
            'a @ https://example.com/a-1-2-py3-none-any.whl ; python_version > "3"',
        ),
    ],
)
def test_an_address_that_names_its_project_needs_no_other_name(text: str, line: str) -> None:
    assert parse_requirements(text).canonical_lines() == (line,)


def test_a_long_line_is_cut_in_the_message() -> None:
    found = fault("? " + "x" * 100)
    assert "xxx..." in found.message
    assert len(found.message) < 90


def test_the_caret_follows_continuations() -> None:
    found = fault("numpy \\\n   ; python_version < 3")
    assert found.place == Place("cell In [2]", 3, 23, "   ; python_version < 3", 1)


@pytest.mark.parametrize(
    ("text", "code", "remedy"),
    [
        ("--idex-url https://host", "unknown-option", "did you mean --index-url?"),
        ("--zzz", "unknown-option", "options known here: --index-url, "),
        ("-e .", "unsupported-option", "put the package's folder below --source-dir"),
        ("--editable=.", "unsupported-option", "put the package's folder below --source-dir"),
        ("-c constraints.txt", "unsupported-option", "write the pins into this list itself"),
        ("--require-hashes", "unsupported-option", "leave it out"),
        ("--index-url", "missing-value", "write --index-url VALUE"),
        ("--pre=1", "invalid-value", "write --pre alone"),
        ("six --hsh=sha256:ab", "unknown-option", "did you mean --hash?"),
        ("six --config-settings=x", "unknown-option", "only --hash may stand behind a requirement"),
        ("six --hash=nonsense", "invalid-value", "write --hash=sha256:HEX"),
        ("six --hash", "invalid-value", "write --hash=sha256:HEX"),
    ],
)
def test_options_that_cannot_be_used(text: str, code: str, remedy: str) -> None:
    found = fault(text)
    assert found.code == code
    assert found.remedy.startswith(remedy)
    assert found.place is not None
    assert found.place.line == 2


def test_all_faults_come_together_in_the_order_of_lines() -> None:
    found = faults("a==1\na==2\nb=1\n--zzz\n")
    assert [(item.code, item.place and item.place.line) for item in found] == [
        ("conflicting-pins", 3),
        ("invalid-requirement", 4),
        ("unknown-option", 5),
    ]


# files ----------------------------------------------------------------------------------------------------------------


def test_nested_files_are_read_relative_to_their_own_folder() -> None:
    files = {"base.txt": "a\n-r more/extra.txt", "more/extra.txt": "b\n-r ../last.txt", "last.txt": "c"}
    assert parse("z\n-r base.txt\n--requirement=last.txt", **files).canonical_lines() == ("z", "a", "b", "c")


def test_a_fault_in_a_nested_file_is_placed_there() -> None:
    found = fault("-r base.txt", **{"base.txt": "ok\nbad=1"})
    assert found.place is not None
    assert (found.place.source, found.place.line) == ("base.txt", 2)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "-r base.txt: No such file or directory"),
        ({"base.txt": "-r base.txt"}, "-r base.txt: it includes itself"),
        ({"base.txt": "-r x/../other.txt", "other.txt": "-r base.txt"}, "-r base.txt: it includes itself"),
    ],
)
def test_files_that_cannot_be_read(files: dict[str, str], message: str) -> None:
    found = fault("-r base.txt", **files)
    assert (found.code, found.message) == ("requirements-file", message)


def test_files_need_a_reader_and_are_not_downloaded() -> None:
    with pytest.raises(DeclarationError) as caught:
        parse_requirements("-r base.txt")
    assert caught.value.findings[0].message == "-r base.txt: files cannot be read here"
    assert fault("-r https://host/base.txt").message == "-r https://host/base.txt: files are not downloaded"


def test_a_file_that_is_not_utf8() -> None:
    def read_file(path: str) -> str:
        return b"\xff".decode()

    with pytest.raises(DeclarationError) as caught:
        parse_requirements("-r base.txt", read_file=read_file)
    assert caught.value.findings[0].remedy == "save it as UTF-8"


def test_a_conflict_across_files_names_the_other_file() -> None:
    found = fault("-r base.txt\nnumpy==2", **{"base.txt": "numpy==1"})
    assert found.message == "'numpy==2' contradicts 'numpy==1' of base.txt, line 1"


# conflicts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "numpy==1\nnumpy==2",
        "numpy==1\nNumPy>=2",
        "Scikit.Learn==1\nscikit_learn==2",
        "numpy==1.*\nnumpy==2.*",
        "numpy==1.*\nnumpy==2.0",
        'numpy==1\nnumpy==2; python_version < "3.12"',
        'numpy==1; python_version >= "3.9"\nnumpy==2; python_version < "3.12"',
        'numpy==1; sys_platform == "linux"\nnumpy==2; platform_machine == "x86_64"',
    ],
)
def test_contradicting_pins(text: str) -> None:
    found = fault(text)
    assert found.code == "conflicting-pins"
    assert found.message.endswith("of line 2")
    assert found.place is not None
    assert found.place.line == 3


def test_a_line_that_contradicts_itself() -> None:
    assert fault("numpy==1,==2").message == "'numpy==1,==2' contradicts itself"


@pytest.mark.parametrize(
    "text",
    [
        "numpy==1.0\nnumpy==1",
        "numpy==1.2\nnumpy==1.*",
        "numpy==1.*\nnumpy==1.2.*",
        "numpy>=1\nnumpy<1",
        "torch==2.0\ntorch==2.0+cpu",
        "a[x]==1\na[y]==1",
        'numpy==1; python_version < "3.12"\nnumpy==2; python_version >= "3.12"',
        'numpy==1; sys_platform == "win32"\nnumpy==2; sys_platform != "win32"',
        'numpy==1; os_name ~= "posix"\nnumpy==2',
        "numpy==1\nnumpy @ https://host/numpy.whl",
    ],
)
def test_lines_that_can_live_together(text: str) -> None:
    assert len(parse(text).lines) == 2


# credentials ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://user:secret@host/simple", "https://***@host/simple"),
        ("https://token@host/simple", "https://***@host/simple"),
        ("https://user:s@cret@host/simple", "https://***@host/simple"),
        ("https://user:se/cret@host/simple", "https://***@host/simple"),
        ("git+https://user:secret@host/a@v1", "git+https://***@host/a@v1"),
        ("https://host:8080/a@1.0", "https://host:8080/a@1.0"),
        ("a https://u:p@x b https://u:p@y", "a https://***@x b https://***@y"),
        ("user@host", "user@host"),
    ],
)
def test_mask_credentials(text: str, masked: str) -> None:
    assert mask_credentials(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "--idex-url https://user:secret@host/simple",
        "foo @ https://user:secret@host/x =",
        "https://user:secret@host/x.whl",
        "pip install --index-url https://user:secret@host/simple x",
        "-r https://user:secret@host/base.txt",
        "a @ https://user:secret@host/a.whl ; python_version < 3",
    ],
)
def test_no_message_shows_credentials(text: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        parse(text)
    shown = "\n".join(caught.value.lines())
    assert "secret" not in shown
    assert "***@host" in shown


def test_credentials_stay_in_the_value() -> None:
    assert parse("-i https://user:secret@host/simple").canonical_lines() == (
        "--index-url https://user:secret@host/simple",
    )


# properties -----------------------------------------------------------------------------------------------------------

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}([-_.][A-Za-z0-9]{1,4})?", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(a1|rc2|\.post1)?", fullmatch=True)
SPECIFIERS = st.lists(st.tuples(st.sampled_from([">=", "<=", "!=", "<", ">"]), VERSIONS), max_size=2)
MARKERS = st.sampled_from(["", '; python_version >= "3.9"', "; sys_platform == 'linux'"])


@st.composite
def requirement_texts(draw: st.DrawFn) -> str:
    parts = [operator + version for operator, version in draw(SPECIFIERS)]
    extras = draw(st.sampled_from(["", "[x]", "[b, a]"]))
    return draw(NAMES) + extras + ",".join(parts) + draw(MARKERS)


@given(st.lists(requirement_texts(), max_size=5))
def test_the_canonical_text_reads_back_equal(lines: list[str]) -> None:
    once = parse_requirements("\n".join(lines))
    again = parse_requirements("\n".join(once.canonical_lines()))
    assert again.canonical_lines() == once.canonical_lines()
    assert again.names() == once.names()


def findings_of(text: str) -> tuple[Finding, ...]:
    try:
        assert all(line.text for line in parse_requirements(text, read_file=lambda path: "a==1").lines)
    except DeclarationError as error:
        return error.findings
    return ()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(finding.remedy and finding.place and finding.place.line for finding in findings_of(text))


@given(st.text(alphabet="ab=<>~!-r.i,;[]()'\"@:/#\\ \n1x*", max_size=120))
def test_text_of_the_right_letters_is_read_or_refused(text: str) -> None:
    assert all(finding.remedy and finding.place and finding.place.line for finding in findings_of(text))


def test_deep_nesting_is_refused() -> None:
    assert fault("a; " + "(" * 20_000).code == "invalid-requirement"


def test_relative_find_links_are_located_and_nothing_else_is() -> None:
    text = "numpy\n--find-links wheels\n--find-links /abs\n--find-links https://example.com/x\n--find-links ~/w\n"
    located = parse_requirements(text).located(PurePosixPath("/project"))
    assert located.canonical_lines() == (
        "numpy",
        "--find-links /project/wheels",
        "--find-links /abs",
        "--find-links https://example.com/x",
        "--find-links ~/w",
    )
