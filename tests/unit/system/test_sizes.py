from __future__ import annotations

import os
from pathlib import Path

from azml_magics.system.sizes import DirectorySize, measure_directory


def test_what_another_directory_holds_too_is_not_given_back(tmp_path: Path) -> None:
    cache, made = tmp_path / "cache", tmp_path / "made"
    cache.mkdir()
    (made / "deep").mkdir(parents=True)
    (cache / "shared").write_bytes(b"x" * 100)
    os.link(cache / "shared", made / "shared")
    (made / "deep" / "own").write_bytes(b"x" * 10)
    os.link(made / "deep" / "own", made / "again")
    (made / "link").symlink_to("own")
    size = measure_directory(made)
    link = (made / "link").lstat().st_size
    assert size == DirectorySize(110 + link, 10 + link)
    (cache / "shared").unlink()
    assert measure_directory(made).freed_bytes == 110 + link
    assert measure_directory(tmp_path / "nowhere") == DirectorySize(0, 0)
