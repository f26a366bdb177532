from __future__ import annotations

import re

from azml_magics.system.host import collect_host_facts
from azml_magics.system.pythons import known_pythons, list_pythons


def test_pythons_are_full_versions_and_asked_for_once() -> None:
    found = list_pythons()
    assert found
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in found)
    assert known_pythons() is known_pythons()
    assert collect_host_facts().find_pythons() == tuple(found)
