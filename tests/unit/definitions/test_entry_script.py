"""Scripts know where their lines were written and what they hold."""

from __future__ import annotations

from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.errors import Place


def test_a_line_of_the_script_is_a_line_of_its_cell() -> None:
    assert Origin("cell In [4]", 1).place(3, "x = 1") == Place("cell In [4]", 4, text="x = 1")
    assert str(Origin("deploy.ipynb cell 3").place(1)) == "deploy.ipynb cell 3, line 1"


def test_the_digest_is_over_path_and_text_alone() -> None:
    script = EntryScript("score.py", "x = 1\n")
    assert script.digest() == EntryScript("score.py", "x = 1\n", Origin("elsewhere")).digest()
    assert script.digest() != EntryScript("other.py", "x = 1\n").digest()
    assert script.digest() != EntryScript("score.py", "x = 2\n").digest()
