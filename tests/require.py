"""What a test needs and not every machine has: skipped with a reason, or failed where ``AZML_REQUIRE`` lists it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def is_required(name: str) -> bool:
    """Whether ``AZML_REQUIRE`` says that ``name`` must be there."""
    return name in os.environ.get("AZML_REQUIRE", "").split(",")


def require(name: str, reason: str = "") -> NoReturn:
    """Skip with a reason, or fail where ``name`` must be there."""
    why = f" ({reason})" if reason else ""
    if is_required(name):
        pytest.fail(f"{name} is required here (AZML_REQUIRE) and absent{why}")
    pytest.skip(f"{name} is absent{why}")
