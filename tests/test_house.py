"""The house holds: directions of imports, sizes, what the wheel contains, what the README says."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from azml_magics.cells.grammar import GRAMMAR
from azml_magics.cells.verb import Verb

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "azml_magics"
MODULES = sorted(PACKAGE.rglob("*.py"))
#: Written in pieces, so that this file does not name one itself.
REGISTRY_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "debian" + ".org", "npmjs" + ".org", "anaconda" + ".org")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|farm)/")


def tracked_files() -> list[Path]:
    """Every file of the repository that git knows, or would know."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_imports_go_one_way() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    run = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    kept = re.search(r"Contracts: (\d+) kept, 0 broken", run.stdout)
    assert kept
    assert int(kept[1]) >= 5


def test_modules_stay_small() -> None:
    long = {path.name: lines for path in MODULES if (lines := len(path.read_text().splitlines())) > 350}
    assert not long, f"a file that wants more than 350 lines is two ideas: {long}"


def test_functions_stay_small() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    }
    assert not long


def test_the_session_stays_readable() -> None:
    assert len((PACKAGE / "session.py").read_text().splitlines()) < 250


def test_the_way_to_every_folder_is_told() -> None:
    """A module beside the folders belongs to all of them; anything else has a folder that its question leads to."""
    beside = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py"}
    assert beside == {"session.py", "jobs.py", "cancel.py", "errors.py"}
    folders = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    told = (ROOT / "CONTRIBUTING.md").read_text()
    assert {name for name in folders | beside if f"`{name}`" not in told} == set()


def test_every_module_says_its_job() -> None:
    silent = [str(path.relative_to(ROOT)) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


def test_no_address_of_a_registry_and_no_path_of_a_machine() -> None:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if any(host in line for host in REGISTRY_HOSTS) or MACHINE_PATHS.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_constraints_are_plain() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines
    odd = [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [\w .<>=!*'()]+)?", line)]
    assert not odd


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built as ``python -m build`` does."""
    folder = tmp_path_factory.mktemp("dist")
    run = subprocess.run(
        [sys.executable, "-m", "build", "--installer", "uv", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def test_the_wheel_holds_the_package_and_nothing_else(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected <= names
    assert {"azml_magics/py.typed", "azml_magics/serving/start.py", "azml_magics/show/demo.py"} <= names
    rest = {name for name in names - expected if ".dist-info/" not in name}
    assert not rest
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_sdist_holds_what_is_needed_to_build_and_test(distributions: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "Makefile", "constraints.txt", "README.md", "LICENSE", "tests/test_house.py"} <= names


def readme_row(verb: Verb) -> str:
    """The row of README's table for one entry of the grammar."""
    doors = {"cell": f"`%%{verb.name}`", "line": f"`%azml {verb.name}`", "cli": f"`azml {verb.name}`"}
    if verb.body is not None:
        doors["line"] = f"`%{verb.name}`"
    return f"| {', '.join(doors[door] for door in ('cell', 'line', 'cli') if door in verb.doors)} | {verb.help} |"


def test_the_readme_lists_every_verb_as_the_grammar_has_it() -> None:
    readme = (ROOT / "README.md").read_text()
    table = readme.split("<!-- verbs -->\n")[1].split("<!-- /verbs -->")[0]
    rows = ["| written | does |", "|---|---|", *(readme_row(verb) for verb in GRAMMAR)]
    assert table.strip().splitlines() == rows, "the table should read:\n" + "\n".join(rows)


def test_links_between_documents_lead_somewhere() -> None:
    links = [
        (path, target)
        for path in tracked_files()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text())
    ]
    outside = ("http:", "https:", "mailto:")
    assert [link for link in links if not link[1].startswith(outside) and not (link[0].parent / link[1]).exists()] == []
    assert len(links) > 10
