"""Which package indexes refuse to answer: pip inside says of those only that a package does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.system.container_pip import PipFiles

ANSWER_SECONDS = 5
_OPTION = re.compile(r"^\s*--(?:extra-)?index-url[ =](\S+)", re.MULTILINE)
_SETTING = re.compile(r"^(?:extra-)?index-url\s*=\s*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)


def find_refusing_indexes(pip: PipFiles, files: Mapping[str, bytes | Path], package: str) -> list[str]:
    """The addresses, without credentials, that answer with 401 or 403 when asked for ``package``.

    Asked are the indexes of pip's settings and of requirements among ``files``. One that does not answer from here is
    passed over.
    """
    import requests

    refusing = []
    for address in dict.fromkeys(_addresses(pip, files)):
        if not address.startswith(("http:", "https:")):
            continue
        try:
            answer = requests.get(f"{address.rstrip('/')}/{package}/", timeout=ANSWER_SECONDS, stream=True)
            answer.close()
        except (requests.RequestException, ValueError):
            continue
        if answer.status_code in (401, 403):
            refusing.append(mask_credentials(address))
    return refusing


def _addresses(pip: PipFiles, files: Mapping[str, bytes | Path]) -> Iterable[str]:
    for found in _SETTING.findall(pip.pip_conf):
        yield from found.split()
    for name, content in files.items():
        if name.endswith(".txt") and isinstance(content, bytes):
            for address in _OPTION.findall(content.decode(errors="replace")):
                yield re.sub(r"\$\{(\w+)\}", lambda match: pip.credentials.get(match[1], ""), address)
