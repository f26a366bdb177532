"""One channel for all tests of conda, and a cache of its own for what is unpacked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels import Channel, make_channel


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Nothing of this machine's conda settings and caches counts."""
    folder = tmp_path_factory.mktemp("rattler")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATTLER_CACHE_DIR", str(folder))
        for name in ("CONDARC", "CONDA_PREFIX", "CONDA_CHANNEL_ALIAS", "AZML_CONDA_CHANNEL_ALIAS"):
            patch.delenv(name, raising=False)
        yield folder


@pytest.fixture(scope="session")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    """The channel of ``tests/channels.py``."""
    return make_channel(tmp_path_factory.mktemp("channels") / "local")
