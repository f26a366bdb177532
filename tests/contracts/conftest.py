"""One workspace for all contract tests, so that the recorded packages are installed once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from azml_magics.engines import ENGINES
from azml_magics.session import Session
from tests.contracts.recorded import REQUIREMENTS


@pytest.fixture(scope="session", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    """Every engine runs the same suite."""
    return str(request.param)


@pytest.fixture(scope="session")
def contract_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the workspace and the recorded requirements live."""
    folder = tmp_path_factory.mktemp("contract")
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    return folder


@pytest.fixture(scope="session")
def session(contract_folder: Path) -> Iterator[Session]:
    """A session whose services are all ended at the end."""
    opened = Session(contract_folder / ".azml", working_directory=contract_folder)
    yield opened
    for report in opened.services():
        if report.state == "running":
            opened.stop(report.name)
