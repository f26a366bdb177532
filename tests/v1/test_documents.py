"""Every Python block of the source documents runs as it is printed, but for the repairs that are listed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.require import require
from tests.v1.blocks import SEEDS, Block, read_blocks
from tests.v1.document_tables import EXPECTED, PRESUPPOSED, REPAIRS
from tests.v1.tutorial import make_channels, write_environments_page, write_tutorial

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    if not SEEDS.is_dir():
        require("seeds")
    return read_blocks()


def repaired(block: Block) -> str:
    """The block with every repair of the table; one that no longer fits is an error of the table."""
    code = block.code
    for repair in REPAIRS.get(block.id, ()):
        assert code.count(repair.old) == 1, (block.id, repair.reason)
        code = code.replace(repair.old, repair.new)
    return code


def run_document(folder: Path, blocks: list[Block], document: str, **variables: str) -> None:
    """Run its blocks in order in a process of their own; fails with what the first failure printed."""
    wanted = [block for block in blocks if block.document == document]
    content = [
        {
            "id": block.id,
            "code": repaired(block),
            "before": PRESUPPOSED.get(block.id, ("", ""))[1],
            "expected": EXPECTED.get(block.id, ""),
        }
        for block in wanted
    ]
    (folder / "blocks.json").write_text(json.dumps(content))
    environment = {**os.environ, "AZML_WORKSPACE": str(folder / ".azml"), "PYTHONPATH": str(ROOT), **variables}
    environment.pop("AZML_ENGINE", None)
    command = [sys.executable, str(Path(__file__).parent / "run_blocks.py"), "blocks.json", "results.json"]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    results = json.loads((folder / "results.json").read_text()) if (folder / "results.json").exists() else []
    failed = [f"{result['id']}:\n{result['error']}" for result in results if result["error"]]
    assert not failed, "\n".join([*failed, ended.stdout[-3000:], ended.stderr[-3000:]])
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert [result["id"] for result in results] == [block.id for block in wanted]


@pytest.mark.parametrize("document", ["000", "003"])
def test_the_pages_about_prebuilt_images(tmp_path: Path, blocks: list[Block], document: str) -> None:
    run_document(tmp_path, blocks, document)


def test_the_page_about_environments(tmp_path: Path, blocks: list[Block]) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    write_environments_page(folder)
    channels = make_channels(tmp_path / "channels")
    cache = str(tmp_path / "rattler")
    run_document(folder, blocks, "002", AZML_CONDA_CHANNEL_ALIAS=channels.as_uri(), RATTLER_CACHE_DIR=cache)


def test_the_page_about_local_deployment(tmp_path: Path, blocks: list[Block]) -> None:
    script = next(block.code for block in blocks if block.id == "004:64")
    write_tutorial(tmp_path, script)
    run_document(tmp_path, blocks, "004")


def test_what_is_changed_in_the_blocks_is_listed_and_counted(
    blocks: list[Block], capsys: pytest.CaptureFixture[str]
) -> None:
    ids = {block.id for block in blocks}
    assert REPAIRS.keys() <= ids
    assert PRESUPPOSED.keys() <= ids
    assert EXPECTED.keys() <= ids
    fences = sum(
        line.strip() in ("```python", "``` python")
        for path in SEEDS.glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
    )
    assert len(blocks) == fences == 32
    unchanged = [block for block in blocks if block.id not in REPAIRS]
    with capsys.disabled():
        print(f"\n{len(unchanged)} of {len(blocks)} blocks run unchanged, {len(REPAIRS)} with a listed repair:")
        for name, repairs in REPAIRS.items():
            print(f"  {name}  {'; '.join(repair.reason for repair in repairs)}")
    assert (len(unchanged), len(REPAIRS)) == (26, 6)
