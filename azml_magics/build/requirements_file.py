"""The requirement lines of a plan as uv wants them: a file, and variables for what uv does not read from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.errors import BuildError
from azml_magics.system.pip_settings import NO_INDEX, expand_user, is_missing


def render_requirements_file(
    lines: Sequence[str], environment: Mapping[str, str], folder: Path
) -> tuple[str, dict[str, str]]:
    """The text of the file for uv and ``environment`` as it has to be for these lines.

    ``--index-url`` becomes a variable because uv lets variables win over files, the other way round than pip;
    ``--pre`` and ``--trusted-host`` because uv ignores them in files. A relative ``--find-links`` counts from
    ``folder``. Raises ``BuildError`` (``location-missing``) for a local directory or index that does not exist.
    """
    variables = dict(environment)
    kept = ["--no-index"] if variables.pop(NO_INDEX, "") else []
    for line in lines:
        option, _, value = line.partition(" ")
        if option == "--index-url":
            variables.pop("UV_INDEX_URL", None)
            variables["UV_DEFAULT_INDEX"] = _existing(option, value)
        elif option == "--extra-index-url":
            # As pip does it: the newest fitting version of any index, not the first index that knows the name.
            variables.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
            kept.append(f"{option} {_existing(option, value)}")
        elif option == "--find-links":
            location = expand_user(value)
            kept.append(f"{option} {_existing(option, location if ':' in location else str(folder / location))}")
        elif option == "--trusted-host":
            variables["UV_INSECURE_HOST"] = f"{variables.get('UV_INSECURE_HOST', '')} {value}".strip()
        elif option == "--pre":
            variables["UV_PRERELEASE"] = "allow"
        else:
            kept.append(line)
    return "".join(f"{line}\n" for line in kept), variables


def _existing(option: str, location: str) -> str:
    if is_missing(location):
        raise BuildError(
            f"packages cannot be installed: {option} names {mask_credentials(location)}, which does not exist",
            remedy="correct the path, or leave the line out",
            code="location-missing",
        )
    return location
