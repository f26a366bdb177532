"""A private wheel of the workspace in containers: mounted, baked, installed when the container starts."""

from __future__ import annotations

from pathlib import Path

from azml_magics.containers.connection import Connection
from azml_magics.containers.usage import remove_image
from azml_magics.definitions.deployment import DeployRequest
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import EnvironmentDraft
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.definitions.scoring import ScoringRequest
from azml_magics.plan.actions import ImagePlan
from azml_magics.session import Session
from tests.unit.build.wheelhouse import add_wheel

SCRIPT = "import private_house\n\n\ndef init(): ...\n\n\ndef run(data): return private_house.VERSION\n"


def test_every_way_into_a_container(tmp_path: Path, inference_base: str, docker_engine: Connection) -> None:
    session = Session(tmp_path / ".azml", working_directory=tmp_path)
    line = session.environments.add_wheel(add_wheel(tmp_path / "dist", "private-house", "2.5"))
    session.declare(EntryScript("score.py", SCRIPT))
    source = ImageSource(image=inference_base)
    session.declare(EnvironmentDraft("house", None, parse_requirements(line), image_source=source))
    baked = ""
    try:
        for strategy in ("mount", "bake", "dynamic"):
            request = DeployRequest("house", "score.py", environment="house", engine="docker", packages=strategy)
            planned = session.plan(session.define(request)).packages
            assert isinstance(planned, ImagePlan)
            baked = planned.tag or baked
            report = session.deploy(request)
            assert (report.state, report.environment) == ("running", "house:1")
            assert session.score("house", ScoringRequest(b"{}")).text == '"2.5"'
    finally:
        for report in session.services():
            session.stop(report.name)
        if baked:
            remove_image(docker_engine, baked)
        session.workspace.close()
