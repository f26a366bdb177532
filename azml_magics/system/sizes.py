"""How much a directory takes, and how much of that its removal gives back."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DirectorySize:
    """``total_bytes`` of all files; ``freed_bytes`` of those that no directory elsewhere holds too (hard links)."""

    total_bytes: int
    freed_bytes: int


def measure_directory(directory: Path) -> DirectorySize:
    """Both figures; nothing for what is not there, or goes while it is looked at."""
    sizes: dict[tuple[int, int], int] = {}
    links: dict[tuple[int, int], int] = {}
    seen: Counter[tuple[int, int]] = Counter()
    for folder, _, files in os.walk(directory):
        for name in files:
            try:
                status = Path(folder, name).lstat()
            except OSError:
                continue
            identity = (status.st_dev, status.st_ino)
            sizes[identity], links[identity] = status.st_size, status.st_nlink
            seen[identity] += 1
    freed = sum(size for identity, size in sizes.items() if seen[identity] >= links[identity])
    return DirectorySize(sum(sizes.values()), freed)
