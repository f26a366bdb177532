"""The Python code blocks of the source documents, as they are printed."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"
#: Of a block: its indented opening line with or without a space before the language, its text, its closing line.
_FENCE = re.compile(r"^(?P<indent> *)``` ?python *\n(?P<code>.*?)^(?P=indent)```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block; ``id`` is the number of its document and its first line there."""

    id: str
    code: str

    @property
    def document(self) -> str:
        return self.id.partition(":")[0]


def read_blocks() -> list[Block]:
    """Every block of every document, in order."""
    return [block for path in sorted(SEEDS.glob("*.txt")) for block in _blocks_of(path)]


def _blocks_of(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    return [
        Block(f"{path.name[:3]}:{text.count(chr(10), 0, match.start('code')) + 1}", textwrap.dedent(match["code"]))
        for match in _FENCE.finditer(text)
    ]
