"""Declaring again replaces one named thing and says what changed."""

from __future__ import annotations

import pytest

from azml_magics.cells.environment_body import KEYS
from azml_magics.definitions.conda_dependencies import CondaDependencies, PipSection
from azml_magics.definitions.declarations import NAMED, Change, Declarations, Declared, near_names
from azml_magics.definitions.dockerfile_text import DockerfileText
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import Requirements, parse_requirements
from azml_magics.errors import NotFoundError, Place


def listed(text: str) -> Requirements:
    return parse_requirements(text, name="digits")


def change(before: Declared, after: Declared) -> str:
    declarations = Declarations()
    assert declarations.declare(before).summary == "new"
    return declarations.declare(after).summary


def test_a_change_names_what_was_declared() -> None:
    declarations = Declarations()
    assert declarations.declare(listed("numpy")) == Change("requirements", "digits", "new")
    assert declarations.declare(EnvironmentDraft("digits")) == Change("environment", "digits", "new")
    assert declarations.declare(EntryScript("score.py", "x")) == Change("entry_script", "score.py", "new")
    assert (len(declarations.requirements), len(declarations.environments), len(declarations.entry_scripts)) == (
        1,
        1,
        1,
    )


def test_declaring_replaces_that_name_alone() -> None:
    declarations = Declarations()
    declarations.declare(parse_requirements("numpy", name="a"))
    declarations.declare(parse_requirements("numpy", name="b"))
    declarations.declare(parse_requirements("pandas", name="a"))
    assert {name: value.canonical_lines() for name, value in declarations.requirements.items()} == {
        "a": ("pandas",),
        "b": ("numpy",),
    }


@pytest.mark.parametrize(
    ("before", "after", "summary"),
    [
        ("numpy==1", "numpy==1", "unchanged"),
        ("numpy==1", "numpy==2", "changed: numpy==1 -> numpy==2"),
        ("numpy", "numpy\npandas", "changed: + pandas"),
        ("numpy\n--pre", "numpy", "changed: - --pre"),
        (
            'a==1; python_version < "3.12"\na==2; python_version >= "3.12"',
            'a==0; python_version < "3.12"\na==2; python_version >= "3.12"',
            (
                'changed: a==1; python_version < "3.12", a==2; python_version >= "3.12" -> '
                'a==0; python_version < "3.12", a==2; python_version >= "3.12"'
            ),
        ),
        ("", "-i https://user:secret@host/simple", "changed: + --index-url https://***@host/simple"),
    ],
)
def test_changed_requirements(before: str, after: str, summary: str) -> None:
    assert change(listed(before), listed(after)) == summary


@pytest.mark.parametrize(
    ("after", "summary"),
    [
        (EnvironmentDraft("e", "3.11", "digits", (("A", "1"),)), "unchanged"),
        (EnvironmentDraft("e", "3.12", "digits", (("A", "1"),)), "changed: python 3.11 -> 3.12"),
        (EnvironmentDraft("e", None, "digits", (("A", "1"),)), "changed: python 3.11 -> any"),
        (EnvironmentDraft("e", "3.11", "other", (("A", "1"),)), "changed: digits -> other"),
        (EnvironmentDraft("e", "3.11", listed("numpy"), (("A", "1"),)), "changed: - digits; + numpy"),
        (EnvironmentDraft("e", "3.11", "digits", (("A", "2"),)), "changed: variable A 1 -> 2"),
        (EnvironmentDraft("e", "3.11", "digits", (("A", "1"), ("B", "2"))), "changed: + variable B=2"),
        (EnvironmentDraft("e", "3.11", "digits"), "changed: - variable A"),
    ],
)
def test_changed_environments(after: EnvironmentDraft, summary: str) -> None:
    assert change(EnvironmentDraft("e", "3.11", "digits", (("A", "1"),)), after) == summary


def test_changed_scripts_are_counted_in_lines() -> None:
    before = EntryScript("score.py", "a\nb\nc\n")
    assert change(before, EntryScript("score.py", "a\nb\nc\n")) == "unchanged"
    assert change(before, EntryScript("score.py", "a\nx\ny\nc\n")) == "changed: 2 lines added, 1 removed"


def test_a_changed_list_inside_an_environment_tells_the_packages() -> None:
    former = EnvironmentDraft("e", None, listed("numpy==1\nsix"))
    assert change(former, EnvironmentDraft("e", None, listed("numpy==2\nsix\njoblib"))) == (
        "changed: numpy==1 -> numpy==2; + joblib"
    )


def test_an_environment_finds_its_requirements() -> None:
    declarations = Declarations()
    declarations.declare(listed("numpy==2"))
    declarations.declare(EnvironmentDraft("e", "3.11", "digits", (("A", "1"),)))
    declarations.declare(EnvironmentDraft("inline", None, parse_requirements("six")))
    environment = declarations.environment("e")
    assert environment is not None
    assert environment.definition() == {
        "python": "3.11",
        "requirements": ["numpy==2"],
        "environment_variables": {"A": "1"},
    }
    inline = declarations.environment("inline")
    assert inline is not None
    assert inline.requirements.canonical_lines() == ("six",)
    assert declarations.environment("unknown") is None


@pytest.mark.parametrize(
    ("after", "summary"),
    [
        (EnvironmentDraft("e"), "changed: - image; - apt"),
        (
            EnvironmentDraft("e", image_source=ImageSource(image="b:1", apt=("git", "curl"))),
            "changed: image a:1 -> b:1; apt git -> git, curl",
        ),
        (
            EnvironmentDraft("e", image_source=ImageSource(image="a:1", apt=("git",), user_managed=True)),
            "changed: + user_managed=True",
        ),
        (EnvironmentDraft("e", dockerfile="detector"), "changed: - image; - apt; + dockerfile=detector"),
        (
            EnvironmentDraft("e", image_source=ImageSource(dockerfile="FROM a:1\nENV A=1\n")),
            "changed: - image; - apt; + dockerfile=2 lines (cdc3720c)",
        ),
    ],
)
def test_changed_images(after: EnvironmentDraft, summary: str) -> None:
    assert change(EnvironmentDraft("e", image_source=ImageSource(image="a:1", apt=("git",))), after) == summary


def test_changed_dockerfiles_are_counted_in_lines() -> None:
    before = DockerfileText("d", "FROM a:1\nENV A=1\n")
    assert change(before, DockerfileText("d", "FROM a:1\nENV A=1\n")) == "unchanged"
    assert change(before, DockerfileText("d", "FROM a:2\n")) == "changed: 1 lines added, 2 removed"


def test_an_environment_finds_its_dockerfile() -> None:
    declarations = Declarations()
    source = ImageSource(dockerfile="FROM file:1\n", context="code")
    declarations.declare(EnvironmentDraft("e", image_source=source, dockerfile="Dockerfile"))
    found = declarations.environment("e")
    assert found is not None
    assert found.image_source == source
    assert declarations.declare(DockerfileText("Dockerfile", "FROM cell:1\n")).kind == "dockerfile"
    found = declarations.environment("e")
    assert found is not None
    assert found.image_source == ImageSource(dockerfile="FROM cell:1\n", context="code")


def test_a_dockerfile_that_is_not_declared() -> None:
    declarations = Declarations()
    place = Place("cell In [3]", 1)
    declarations.declare(EnvironmentDraft("e", place=place, dockerfile="detctor"))
    with pytest.raises(NotFoundError) as caught:
        declarations.environment("e")
    assert (caught.value.code, caught.value.place) == ("unknown-dockerfile", place)
    assert caught.value.remedy == "declare it in a cell: %%dockerfile detctor; or name a file that is there"
    declarations.declare(DockerfileText("detector", "FROM a:1\n"))
    with pytest.raises(NotFoundError) as caught:
        declarations.environment("e")
    assert caught.value.remedy == "did you mean detector?"


def test_requirements_that_are_not_declared() -> None:
    declarations = Declarations()
    place = Place("cell In [3]", 1)
    declarations.declare(EnvironmentDraft("e", requirements="digts", place=place))
    with pytest.raises(NotFoundError) as caught:
        declarations.environment("e")
    assert (caught.value.code, caught.value.place) == ("unknown-requirements", place)
    assert caught.value.remedy == "declare them in a cell: %%requirements digts"
    declarations.declare(listed("numpy"))
    with pytest.raises(NotFoundError) as caught:
        declarations.environment("e")
    assert caught.value.remedy == "did you mean digits?"


def test_near_names() -> None:
    assert near_names("digts", ["digits", "other"]) == "did you mean digits?"
    assert near_names("zzz", ["b", "a"]) == "known: a, b"
    assert near_names("zzz", []) == "nothing of that kind has been declared or registered yet"


def test_conda_packages_are_put_together_with_python_and_requirements() -> None:
    declarations = Declarations()
    declarations.declare(parse_requirements("pillow==11.1.0", name="images"))
    draft = EnvironmentDraft(
        "vision",
        "3.10",
        "images",
        (("LEVEL", "1"),),
        conda=CondaDependencies(("numpy=1.26",), ("conda-forge",)),
        description="Reads images",
        tags=(("stage", "test"),),
    )
    declarations.declare(draft)
    found = declarations.environment("vision")
    assert found is not None
    assert found.conda == CondaDependencies(
        ("python=3.10", "numpy=1.26", "pip", PipSection(("pillow==11.1.0",))), ("conda-forge",)
    )
    assert (found.python, found.requirements.canonical_lines()) == ("3.10", ("pillow==11.1.0",))
    assert (found.environment_variables, found.description) == ((("LEVEL", "1"),), "Reads images")
    assert found.tags == (("stage", "test"),)
    assert found.needs_conda


def test_a_whole_specification_stays_as_it_is() -> None:
    whole = CondaDependencies(("python=3.9", "pip=24.0", PipSection(("a",))), ("pytorch",))
    declarations = Declarations()
    declarations.declare(EnvironmentDraft("whole", conda=whole))
    found = declarations.environment("whole")
    assert found is not None
    assert (found.conda, found.python) == (whole, "3.9")
    pip_is_there = CondaDependencies(("pip=24.0",), ("pytorch",))
    declarations.declare(EnvironmentDraft("more", requirements=parse_requirements("b"), conda=pip_is_there))
    found = declarations.environment("more")
    assert found is not None
    assert found.conda == CondaDependencies(("pip=24.0", PipSection(("b",))), ("pytorch",))


def test_what_changed_about_conda_packages_and_words_for_people() -> None:
    before = EnvironmentDraft(
        "vision",
        conda=CondaDependencies(("numpy=1.26", "scipy", PipSection(("", "a"))), ("conda-forge",)),
        description="old",
        tags=(("stage", "test"), ("a", "b")),
    )
    after = EnvironmentDraft(
        "vision",
        conda=CondaDependencies(("numpy=2.0",), ("https://me:hunter2@example.org/c", "conda-forge")),
        tags=(("stage", "live"),),
    )
    assert change(before, after) == (
        "changed: conda numpy=1.26 -> conda numpy=2.0; - conda scipy; channels conda-forge -> "
        "https://***@example.org/c, conda-forge; - pip section; tag stage test -> live; - tag a; - description"
    )
    assert change(EnvironmentDraft("vision"), before).startswith(
        "changed: + conda numpy=1.26; + conda scipy; + channels"
    )
    nowhere = EnvironmentDraft("vision", conda=CondaDependencies(("numpy",)))
    assert change(EnvironmentDraft("vision"), nowhere) == "changed: + conda numpy; + channels=none"


def test_of_many_names_the_first_are_listed() -> None:
    names = [f"name-{number:02}" for number in range(NAMED + 3)]
    listed = f"name-{NAMED - 2:02}, name-{NAMED - 1:02}"
    assert near_names("zzz", names[:NAMED]).endswith(listed)
    assert near_names("zzz", names).endswith(f"{listed} and 3 more")
    assert len(KEYS) <= NAMED, "of the keys of a cell none is left out"
