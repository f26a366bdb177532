"""The Pythons that uv finds on this machine; which one an environment gets is left to ``plan``."""

from __future__ import annotations

import functools
import re

from azml_magics.system.process import run
from azml_magics.system.uv import uv_binary, uv_environment


def list_pythons() -> list[str]:
    """Their versions (``3.11.7``), newest first as uv lists them."""
    listed = run([uv_binary(), "python", "list", "--only-installed", "--no-config"], env=uv_environment())
    return list(dict.fromkeys(re.findall(r"^cpython-(\d+\.\d+\.\d+)", listed.text, re.MULTILINE)))


@functools.cache
def known_pythons() -> tuple[str, ...]:
    """As :func:`list_pythons`, asked once: uv looks at every interpreter."""
    return tuple(list_pythons())
