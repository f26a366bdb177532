"""The page's parts as texts: nothing is declared twice or left over, and nothing can put markup into the page."""

from __future__ import annotations

import re
from pathlib import Path

from azml_magics.panel import assets

FRONTEND = Path(assets.__file__).parent / "frontend"
TESTS = Path(__file__).parent
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FRONTEND.glob("*.js"))}
STYLE = assets.read_style()
#: What makes elements of a text, or a program.
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|srcdoc|document\s*\.\s*write|DOMParser|createContextualFragment"
    r"|\beval\b|new Function|javascript:|\bimport\s*\(|https?://(?!www\.w3\.org|localhost)"
)
#: What the oldest browsers that docs/panel.md names lack: Chromium 123, Firefox 121, Safari 17.5.
TOO_NEW = re.compile(
    r"field-sizing|anchor-name|@scope|@starting-style|@position-try|interpolate-size|calc-size\(|sibling-index\(|\brequestIdleCallback"
    r"|scrollend|\bRegExp\.escape|Promise\.try|\bIterator\.|\.getHTML\(|\bsetHTML"
    r"|\.(?:union|intersection|difference|isSubsetOf)\(|moveBefore|\bTemporal\b|corner-shape|contrast-color\("
)
TABLE = re.findall(r"^  \"([\w.]+)\":", SCRIPTS["words.js"], re.MULTILINE)


def program(name: str = "") -> str:
    """What runs: the scripts, or one, without lines of comment."""
    text = SCRIPTS[name] if name else "\n".join(SCRIPTS.values())
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))


def as_pattern(template: str) -> re.Pattern[str]:
    """A template literal's texts, whatever stands in its holes."""
    return re.compile(r"[\w.-]*".join(re.escape(part) for part in re.split(r"\$\{[^}]*\}", template)))


def templates(text: str) -> list[re.Pattern[str]]:
    """Those with a hole that are one name: keys of words, classes."""
    return [as_pattern(found) for found in re.findall(r"`((?:[\w.-]|\$\{[^`}]*\})+)`", text) if "${" in found]


def test_parts_stay_small_and_say_their_job() -> None:
    for path in FRONTEND.iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) < 350, path.name
        assert lines[0].startswith(("// ", "/* ")), path.name


def test_nothing_makes_markup_or_programs_of_texts() -> None:
    assert [(name, found) for name in SCRIPTS for found in MARKUP.findall(program(name))] == []


def test_browsers_of_the_last_years_know_everything() -> None:
    sheet = re.sub(r"/\*.*?\*/", "", STYLE, flags=re.DOTALL)
    assert TOO_NEW.findall(sheet + program()) == []


def test_names_are_declared_once_and_used() -> None:
    declared = re.findall(r"^(?:const|let|class|(?:async )?function) (\w+)", program(), re.MULTILINE)
    assert len(declared) > 100
    assert {name for name in declared if declared.count(name) > 1} == set()
    assert [name for name in declared if len(re.findall(rf"\b{name}\b", program())) < 2] == []


def test_words_are_in_the_table_once_and_used() -> None:
    asked = set(re.findall(r"\bword\(\s*\"([\w.]+)\"", program()))
    assert len(TABLE) == len(set(TABLE)) > 200
    assert asked - set(TABLE) == set()
    rest = "\n".join(program(name) for name in SCRIPTS if name != "words.js")
    named = set(re.findall(r"\"([\w.]+)\"", rest))
    # A key has a name of its part, or is another key with an end.
    made = [pattern for pattern in templates(rest) if re.search(r"^\w+\\\.|\*Of$", pattern.pattern)]
    assert [key for key in TABLE if key not in named and not any(pattern.fullmatch(key) for pattern in made)] == []


def test_classes_have_a_style_or_a_reader_and_styles_a_class() -> None:
    names = r"azml-[\w-]+\b"
    styled = set(re.findall(rf"\.({names})", STYLE))
    given = {name for text in re.findall(r"class: (?:[^,}`]*\? )?\"([^\"]*)\"", program()) for name in text.split()}
    assert len(given) > 80
    read = "\n".join([*re.findall(rf"\.{names}", program()), *(path.read_text() for path in TESTS.glob("*.py"))])
    assert sorted(name for name in given - styled if not re.search(rf"\b{name}\b", read)) == []
    made = [pattern for pattern in templates(program()) if pattern.pattern.startswith("azml")]
    written = set(re.findall(names, program())) | {
        f"azml-{style}" for style in ("bold", "italic", "underline", "strike")
    }
    assert sorted(name for name in styled - written if not any(pattern.fullmatch(name) for pattern in made)) == []


def test_styles_stay_within_the_panel() -> None:
    sheet = re.sub(r"/\*.*?\*/", "", STYLE, flags=re.DOTALL)
    selectors = [text.strip() for text in re.findall(r"([^{};]+)\{", sheet)]
    for selector in selectors:
        if re.match(r"@(media|container)\b|to$|\d+%$", selector):
            continue
        if selector.startswith("@keyframes"):
            assert re.match(r"@keyframes azml-", selector), selector
            continue
        for one in re.split(r",(?![^(]*\))", selector):
            # The last of a chain is what is styled: it, or something around it, is the panel's.
            assert re.search(r"\.azml-", one), selector
    assert len(selectors) > 150
    assert set(re.findall(r"(--azml-[\w-]+):", sheet)) <= set(re.findall(r"var\((--azml-[\w-]+)", sheet))
