"""How containers are held."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.resources import Resources
from azml_magics.engines.confinement import confined_options, service_user
from tests.unit.plan.containers import IMAGE

ARTIFACT = Artifact("image", "key", Path("/usr/bin/python3"), image=replace(IMAGE, uid=0, gid=0))


def test_nobody_gets_rights() -> None:
    options = confined_options(ARTIFACT, service_user(ARTIFACT), Resources(), read_only=True)
    assert options["user"].split(":")[0] not in ("", "0", "root")
    assert (options["cap_drop"], options["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert options["read_only"] is True
    assert list(options["tmpfs"]) == ["/tmp"]
    assert options["pids_limit"] > 0
    assert not {"privileged", "network_mode", "mem_limit", "nano_cpus", "shm_size", "device_requests"} & set(options)


def test_limits_are_those_that_were_asked_for() -> None:
    resources = Resources(cpu=0.5, memory_gb=1.5, gpus="2", shm_size="64m", network=False)
    options = confined_options(ARTIFACT, "7:7", resources, read_only=False)
    assert (options["nano_cpus"], options["shm_size"], options["network_mode"]) == (500_000_000, "64m", "none")
    # Swap would let a container have more than it was given.
    assert options["mem_limit"] == options["memswap_limit"] == 1_500_000_000
    assert "tmpfs" not in options
    assert options["device_requests"][0]["Count"] == 2


@pytest.mark.parametrize(("gpus", "count"), [("all", -1), ("1", 1)])
def test_gpus(gpus: str, count: int) -> None:
    options = confined_options(ARTIFACT, "7:7", Resources(gpus=gpus), read_only=True)
    assert [request["Count"] for request in options["device_requests"]] == [count]


def test_an_image_may_name_its_own_user() -> None:
    assert confined_options(ARTIFACT, "", Resources(), read_only=False)["user"] is None
