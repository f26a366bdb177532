"""``azureml.core.script_run_config.ScriptRunConfig``: a script, its arguments and its environment, for ``submit``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

from azml_magics.definitions.run import RunRequest
from azml_magics.v1.checked import Checked
from azml_magics.v1.compute import local_name
from azml_magics.v1.exceptions import RunConfigurationException, UserErrorException
from azml_magics.v1.runconfig import RunConfiguration
from azml_magics.v1.unsupported import OF_SCRIPT_CONFIGURATIONS

if TYPE_CHECKING:
    from azml_magics.v1.environment import Environment
    from azml_magics.v1.workspace import Workspace


class ScriptRunConfig(Checked):
    """What is run; ``run_config`` says the rest and may be changed until it is submitted."""

    elsewhere = OF_SCRIPT_CONFIGURATIONS
    names = ("source_directory", "script", "arguments", "command", "run_config", "resume_from", "name")

    def __init__(
        self,
        source_directory: str | None = None,
        script: str | None = None,
        arguments: Sequence[object] | None = None,
        run_config: RunConfiguration | None = None,
        _telemetry_values: object = None,
        compute_target: object = None,
        environment: Environment | None = None,
        distributed_job_config: object = None,
        resume_from: object = None,
        max_run_duration_seconds: int | None = None,
        command: Sequence[object] | str | None = None,
        docker_runtime_config: object = None,
    ) -> None:
        if script is not None and command is not None:
            raise UserErrorException("script and command exclude each other", remedy="give one of them")
        self.source_directory = source_directory or "."
        self.script = script
        self.arguments = list(arguments or [])
        self.command = command
        self.resume_from = resume_from
        self.name = script
        self.run_config = run_config or RunConfiguration()
        if compute_target is not None:
            self.run_config.target = local_name(compute_target)
        if environment is not None:
            self.run_config.environment = environment
        if docker_runtime_config is not None:
            self.run_config.docker = docker_runtime_config  # type: ignore[assignment]  # as the user gave it
        if max_run_duration_seconds is not None:
            self.run_config.max_run_duration_seconds = max_run_duration_seconds
        self.run_config.mpi = distributed_job_config


@dataclass(frozen=True)
class Words:
    """A script with its arguments as they are handed over."""

    script: str
    arguments: tuple[str, ...]


def run_request(
    configuration: ScriptRunConfig, workspace: Workspace, experiment: str, tags: Mapping[str, object] | None
) -> RunRequest:
    """What the session is asked for; an environment that was chosen is registered on first use."""
    from azml_magics.v1.deploying import choose_place

    settings = configuration.run_config
    words = _words(configuration)
    environment = settings.environment
    is_default = environment is settings._default_environment and environment.is_default()
    place = choose_place(environment)
    # Where the user manages the packages, the run takes the interpreter that the environment names.
    label = None if is_default else environment.registered_label(workspace)
    wants_docker = bool(getattr(settings.docker, "use_docker", False))
    return RunRequest(
        script=words.script,
        arguments=words.arguments,
        environment=label,
        experiment=experiment,
        source_directory=str(configuration.source_directory),
        engine="docker" if wants_docker else place.engine,
        environment_variables=tuple(
            sorted((str(name), str(value)) for name, value in settings.environment_variables.items())
        ),
        snapshot=bool(getattr(settings.history, "snapshot_project", True)),
        tags=tuple(sorted((str(name), str(value)) for name, value in (tags or {}).items())),
    )


def _words(configuration: ScriptRunConfig) -> Words:
    """``script`` and ``arguments``, or those that ``command`` (``python train.py --rate 0.1``) names."""
    settings = configuration.run_config
    command = configuration.command or settings.command
    if command is None:
        script = configuration.script or settings.script
        if script is None:
            raise RunConfigurationException("no script is named", remedy='script="train.py"')
        given = configuration.arguments or settings.arguments
        return Words(PurePath(str(script)).as_posix(), tuple(str(item) for item in given))
    words = (
        shlex.split(command) if isinstance(command, str) else [str(item) for item in cast(Sequence[object], command)]
    )
    if len(words) == 1:
        words = shlex.split(words[0])
    if len(words) < 2 or not PurePath(words[0]).name.startswith("python") or not words[1].endswith(".py"):
        raise RunConfigurationException(
            f"command {' '.join(words)!r} is no Python script", remedy="write it as python SCRIPT.py ARGUMENTS"
        )
    return Words(PurePath(words[1]).as_posix(), tuple(words[2:]))
