"""An image with a conda channel on its disk and a real solver that is called like micromamba.

micromamba itself is out of reach here. What stands for it is a short command over py-rattler that understands the
arguments of ``micromamba create`` and ``micromamba clean`` which a Dockerfile of ours uses; it solves and installs.
"""

from __future__ import annotations

from pathlib import Path

from azml_magics.build.image import build_image
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import ensure_image, inspect_image
from azml_magics.definitions.digest import digest_of
from azml_magics.events import Emit
from tests.channels import make_channel
from tests.docker.building import machine_pip

CHANNEL = "file:///channel"
MICROMAMBA = """#!/opt/solver/bin/python
import argparse, asyncio, os, re
import yaml
from rattler import MatchSpec, VirtualPackage, install, solve
from rattler.exceptions import SolverError

parser = argparse.ArgumentParser(prog="micromamba")
verbs = parser.add_subparsers(dest="verb", required=True)
create = verbs.add_parser("create")
create.add_argument("--yes", action="store_true")
create.add_argument("--quiet", action="store_true")
create.add_argument("--prefix", required=True)
create.add_argument("--file", required=True)
clean = verbs.add_parser("clean")
clean.add_argument("--all", action="store_true")
clean.add_argument("--yes", action="store_true")
arguments = parser.parse_args()

async def main():
    with open(arguments.file) as file:
        wanted = yaml.safe_load(file)
    specifications = [MatchSpec(item) for item in wanted["dependencies"]]
    found = await solve(wanted["channels"], specifications, virtual_packages=VirtualPackage.detect())
    await install(found, arguments.prefix, show_progress=False)

if arguments.verb == "create":
    try:
        asyncio.run(main())
    except SolverError as error:
        absent = r"└─ \\1 does not exist (perhaps a typo or a missing channel)."
        said = re.sub(r"No candidates were found for (.*)\\.", absent, str(error))
        print(f"error    libmamba Could not solve for environment specs\\n{said}", flush=True)
        os._exit(1)
# Threads of rattler may outlive the interpreter otherwise, and end it with a fault.
os._exit(0)
"""
DOCKERFILE = """FROM {plain}
RUN python3 -m venv /opt/solver && /opt/solver/bin/pip install --no-cache-dir py-rattler pyyaml
COPY channel/ /channel/
COPY --chown=root micromamba /usr/local/bin/micromamba
RUN chmod 755 /usr/local/bin/micromamba && useradd --uid 1000 --create-home dockeruser
USER dockeruser
"""


def make_conda_image(connection: Connection, plain: str, folder: Path, emit: Emit) -> str:
    """The name of the image, made from ``plain``; named by its content and kept. ``folder`` is for the channel."""
    facts = ensure_image(connection, plain, folder / "looks", emit=emit, cancel=Cancel())
    assert facts.python_version is not None
    python = Path(f"/usr/bin/python{facts.python_minor}")
    channel = make_channel(folder / "channel", python=python, python_version=facts.python_version, sees_system=True)
    files: dict[str, bytes | Path] = {"micromamba": MICROMAMBA.encode()}
    for path in sorted(channel.folder.rglob("*")):
        if path.is_file():
            files[f"channel/{path.relative_to(channel.folder).as_posix()}"] = path
    source = Path(make_channel.__code__.co_filename).read_text(encoding="utf-8")
    key = digest_of({"base": facts.image_id, "text": [DOCKERFILE, MICROMAMBA, source]})
    name = f"local/azml-conda:{key[:12]}"
    if inspect_image(connection, name) is None:
        text, pip = DOCKERFILE.format(plain=plain), machine_pip()
        build_image(
            text, name, files, connection=connection, labels={}, emit=emit, cancel=Cancel(), pip=pip, base=facts
        )
    return name
