"""Building with the engine's own builder, which knows no secrets: what runs pip is run in a container and committed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from azml_magics.build.context import reads
from azml_magics.build.job import BuilderGaveUp, BuildJob
from azml_magics.build.pip_container import PipContainer
from azml_magics.build.progress import ClassicProgress, Reporter, RunningStep
from azml_magics.build.tar_stream import Entry, stream_tar, written_entry
from azml_magics.containers.connection import Connection
from azml_magics.containers.failure import explained
from azml_magics.containers.streams import post_stream
from azml_magics.definitions.digest import digest_of
from azml_magics.definitions.dockerfile_text import Instruction, parse_dockerfile
from azml_magics.errors import CancelledError, ToolError
from azml_magics.plan.build_steps import (
    FORMER,
    Segment,
    Step,
    container_command,
    global_arguments,
    split_at_installs,
)
from azml_magics.plan.copied import copied_sources


@dataclass
class ClassicBuild:
    """One build. ``made`` are the images of its steps, and whether a ``RUN`` made them.

    When it fails, they stay as the engine's cache up to the last ``RUN``: what comes behind is done again in no time,
    and would be listed as images without a name. When it is cancelled, none stays.
    """

    job: BuildJob
    reporter: Reporter
    made: list[tuple[str, bool]] = field(default_factory=list)

    def run(self) -> str:
        """The id of the image; raises ``CancelledError`` and ``BuilderGaveUp``."""
        text = self.job.dockerfile
        segments = split_at_installs(text) if self.job.pip.is_needed else (Segment(text),)
        former, done = "", 0
        try:
            for segment in segments:
                is_last = segment is segments[-1]
                former = self._build(segment.text.replace(FORMER, former), done, is_last=is_last)
                if segment.pip_step is not None:
                    former = self._run_pip(former, segment.pip_step)
                    done = segment.pip_step.instruction.line
        except CancelledError:
            self._remove(self.made)
            raise
        except BuilderGaveUp:
            last_run = max((index for index, (_, is_run) in enumerate(self.made, start=1) if is_run), default=0)
            self._remove(self.made[last_run:])
            raise
        return former

    def _build(self, text: str, done: int, *, is_last: bool) -> str:
        """Build one segment of the Dockerfile with the engine; returns the id of what came out."""
        sources, entries = copied_sources(text), self.job.entries
        wanted = {
            path: entry for path, entry in entries.items() if any(reads(source, path, entry) for source in sources)
        }
        name = "Dockerfile" if "Dockerfile" not in wanted else ".azml.Dockerfile"
        context = {**_with_targets(wanted, entries), name: written_entry(text.encode())}
        progress = ClassicProgress(text, self._instructions, done, self.reporter)
        params: dict[str, Any] = {
            "dockerfile": name,
            "rm": "1",
            "forcerm": "1",
            "buildargs": json.dumps(self.job.pip.proxies),
        }
        if is_last:
            params |= {"t": self.job.tag, "labels": json.dumps(dict(self.job.labels))}
        messages = post_stream(
            self.job.connection,
            "/build",
            what=f"building {self.job.tag}",
            subject="a base image",
            cancel=self.job.cancel,
            params=params,
            headers={"Content-Type": "application/x-tar", **registry_header(self.job.connection)},
            body=stream_tar(context, cancel=self.job.cancel),
        )
        try:
            for message in messages:
                progress.feed(message)
        except CancelledError:
            self._remove_container(progress.container)
            raise
        except ToolError:
            progress.abandon()
            raise
        finally:
            self.made += progress.images
        progress.finish()
        if progress.error is not None:
            raise BuilderGaveUp([progress.error])
        assert progress.image_id is not None
        return progress.image_id

    def _run_pip(self, image_id: str, step: Step) -> str:
        """Run one step in a container of ``image_id``; returns the id of what was made of it."""
        item = step.instruction
        number = [other.line for other in self._instructions].index(item.line) + 1
        running = RunningStep(
            number, len(self._instructions), " ".join(f"{item.keyword} {item.value}".split()), item.line
        )
        self.reporter.start(running)
        key = digest_of([image_id, item.value, list(step.arguments)])[:32]
        container = PipContainer(self.job.connection, image_id, key, self.job.pip)
        found = container.find_result()
        if found is not None:
            self.reporter.finish(running, cached=True)
            return found
        outer = global_arguments(self.job.dockerfile)
        try:
            result = container.run(
                lambda shell, setup: container_command(step, shell, outer, setup),
                on_line=lambda line: self.reporter.output(running, line),
                cancel=self.job.cancel,
            )
        except ToolError:
            self.reporter.abandon(running)
            raise
        if isinstance(result, int):
            self.reporter.fail(running)
            raise BuilderGaveUp([f"the command of this step ended with exit code: {result}"])
        self.made.append((result, True))
        self.reporter.finish(running)
        return result

    @property
    def _instructions(self) -> tuple[Instruction, ...]:
        return parse_dockerfile(self.job.dockerfile)

    def _remove_container(self, container: str | None) -> None:
        """Do now what the engine does when it notices that nobody wants the result: it holds on to the images."""
        from docker.errors import APIError

        if container is not None:
            with explained(f"cancelling the build of {self.job.tag}"), suppress(APIError):  # gone already
                self.job.connection.client.api.remove_container(container, v=True, force=True)

    def _remove(self, made: Sequence[tuple[str, bool]]) -> None:
        """Remove images of steps, the newest first; the engine keeps what something else uses."""
        from docker.errors import APIError

        with explained(f"removing what is left of {self.job.tag}"):
            for image_id, _ in reversed(made):
                with suppress(APIError):  # in use, or gone
                    self.job.connection.client.api.remove_image(image_id, noprune=True)


def registry_header(connection: Connection) -> dict[str, str]:
    """The user's own credentials for registries, for the base images that the engine pulls during a build."""
    from docker.auth import encode_header, load_config

    config: Any = load_config(credstore_env=connection.client.api.credstore_env)
    credentials = config.get_all_credentials()
    return {"X-Registry-Config": encode_header(credentials).decode()} if credentials else {}


def _with_targets(wanted: Mapping[str, Entry], entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """``wanted``, and everything else where links are among it: they may lead anywhere."""
    return dict(entries if any(entry.link is not None for entry in wanted.values()) else wanted)
