"""Whole notebooks without a kernel; what single cells may say is tested by ``test_cases``."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azml_magics.cells.arguments import Arguments
from azml_magics.cells.declaration import Declaration
from azml_magics.cells.notebook import NotebookDeclarations, read_notebook
from azml_magics.definitions.requirements import Requirements
from azml_magics.errors import DeclarationError, Finding


def notebook(*sources: str) -> str:
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for source in sources
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})


def read(*sources: str, **files: str) -> NotebookDeclarations:
    return read_notebook(notebook(*sources), name="work.ipynb", read_file=lambda path: files[path])


def test_steps_come_in_the_order_of_cells() -> None:
    found = read(
        "%azml model register model.pkl --name digits",
        "%%requirements digits\nnumpy",
        "%azml deploy digits --environment digits --entry-script score.py\n%azml deploy other --python current "
        "--entry-script other.py",
        "%%environment digits\nrequirements: digits",
    )
    assert [type(step) for step in found.steps] == [Arguments, Declaration, Arguments, Arguments, Declaration]
    assert [declaration.kind for declaration in found.declarations] == ["requirements", "environment"]
    assert [command.text("name") for command in found.commands("deploy")] == ["digits", "other"]
    assert [command.text("path") for command in found.commands("model register")] == ["model.pkl"]
    assert [str(command.place) for command in found.commands("deploy")] == [
        "work.ipynb cell 3, line 1",
        "work.ipynb cell 3, line 2",
    ]


def test_the_origin_of_a_script_is_its_cell() -> None:
    found = read("x = 1", "\n\n%%entry_script score.py\ndef init(): ...\ndef run(data): ...")
    (declaration,) = found.declarations
    assert declaration.value is not None
    origin = getattr(declaration.value, "origin", None)
    assert origin is not None
    assert str(origin.place(2)) == "work.ipynb cell 2, line 5"


def test_a_line_may_go_on_and_be_assigned() -> None:
    (command,) = read("report = %azml deploy digits \\\n  --environment digits \\\n  --entry-script score.py").commands(
        "deploy"
    )
    assert command.text("environment") == "digits"
    (command,) = read("%azml deploy digits --environment digits --entry-script score.py \\").commands("deploy")
    assert command.text("entry_script") == "score.py"


def test_requirements_of_a_file() -> None:
    found = read(
        "%requirements digits --file list.txt\n%azml requirements more --file list.txt\n%requirements digits\n",
        **{"list.txt": "numpy"},
    )
    assert [(declaration.name, declaration.value) for declaration in found.declarations] == [
        ("digits", Requirements("digits", found.declarations[0].value.lines)),  # type: ignore[union-attr]  # a list
        ("more", Requirements("more", found.declarations[0].value.lines)),  # type: ignore[union-attr]  # a list
    ]


def test_faults_of_all_cells_come_together() -> None:
    with pytest.raises(DeclarationError) as caught:
        read("%%requirements digits\nnumpy=1", "%azml deplyo\n%azml deploy X --zzz", "%%environment d\n- 1")
    assert caught.value.brief == "work.ipynb cannot be used"
    assert [(finding.code, str(finding.place)) for finding in caught.value.findings] == [
        ("invalid-requirement", "work.ipynb cell 1, line 2"),
        ("unknown-verb", "work.ipynb cell 2, line 1"),
        ("unknown-option", "work.ipynb cell 2, line 2"),
        ("not-a-mapping", "work.ipynb cell 3, line 2"),
    ]


def test_cells_without_anything() -> None:
    assert read("", "  \n", "x = 1", "%load_ext azml_magics", "%%time\n%azml deplyo").steps == ()


def test_older_formats_are_read() -> None:
    cell = {"cell_type": "code", "input": ["%%requirements digits\n", "numpy"], "language": "python", "outputs": []}
    text = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]})
    (declaration,) = read_notebook(text, name="old.ipynb").declarations
    assert declaration.name == "digits"


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_notebook("\ufeff" + notebook("x = 1"), name="work.ipynb").steps == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is not JSON"),
        ("not json", "this is not JSON"),
        ("[" * 100_000, "this is not JSON"),
        ("[]", "this is JSON, but no notebook"),
        ("3", "this is JSON, but no notebook"),
        ("{}", "this is JSON, but no notebook"),
        ('{"nbformat": true}', "this is JSON, but no notebook"),
        ('{"nbformat": "4"}', "this is JSON, but no notebook"),
        ('{"nbformat": 4}', "this has a shape no notebook has"),
        ('{"nbformat": 99, "cells": []}', "this has a shape no notebook has"),
        ('{"nbformat": 4, "metadata": {}, "cells": 3}', "this has a shape no notebook has"),
        ('{"nbformat": 4, "metadata": {}, "cells": [3]}', "this has a shape no notebook has"),
        (
            '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}, "source": 3}]}',
            "cell 1 has a shape no cell has",
        ),
        (
            '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {"tags": 3}, "source": ""}]}',
            "cell 1 has a shape no cell has",
        ),
    ],
)
def test_what_is_no_notebook(text: str, message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        read_notebook(text, name="work.ipynb")
    (finding,) = caught.value.findings
    assert finding.code == "not-a-notebook"
    assert finding.message.startswith(message)
    assert str(finding.place) == "work.ipynb"


def test_nothing_heavy_is_imported_before_a_notebook_is_read() -> None:
    """``%load_ext`` imports the grammar: what follows is imported where it is used."""
    import subprocess

    code = (
        "import sys, azml_magics.cells.notebook; "
        "print(sorted({'yaml', 'nbformat', 'packaging', 'requests', 'sqlalchemy', 'IPython'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"[]"


# properties -----------------------------------------------------------------------------------------------------------

SOURCES = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.tuples(
            st.sampled_from(
                ["%%environment ", "%%requirements a\n", "%azml ", "%%azml ", "%azml deploy ", "x = %azml "]
            ),
            st.text(max_size=40),
        ).map("".join),
    ),
    max_size=4,
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["nbformat", "nbformat_minor", "cells", "cell_type", "source", "metadata", "tags", "worksheets"]
            ),
            inner,
            max_size=5,
        ),
    ),
)


def findings_of(text: str) -> tuple[Finding, ...]:
    try:
        assert read_notebook(text, name="work.ipynb").name == "work.ipynb"
    except DeclarationError as error:
        return error.findings
    return ()


@given(SOURCES)
def test_any_cells_are_read_or_refused(sources: list[str]) -> None:
    labels = [f"work.ipynb cell {number}" for number in range(1, len(sources) + 1)]
    assert all(found.place and found.place.source in labels for found in findings_of(notebook(*sources)))


@example({"nbformat_minor": None, "cells": None, "worksheets": []}, 3)
@given(JSON, st.integers(1, 5))
def test_any_json_is_read_or_refused(value: object, major: int) -> None:
    content = {"nbformat": major, "metadata": {}, **value} if isinstance(value, dict) else value
    assert all(found.remedy and found.place for found in findings_of(json.dumps(content)))
