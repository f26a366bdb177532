"""An image for a service: the base as it is or what is built from it, with packages in it or mounted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.definitions import labels
from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_rules import source_of
from azml_magics.errors import BuildError
from azml_magics.events import Emit, Note
from azml_magics.events.stages import running_step
from azml_magics.plan.actions import ImagePlan, Plan

if TYPE_CHECKING:
    from azml_magics.build.context import BuildContext
    from azml_magics.containers.connection import Connection
    from azml_magics.definitions.endpoint import Endpoint
    from azml_magics.definitions.image_facts import ImageFacts
    from azml_magics.definitions.site_packages import SitePackages
    from azml_magics.workspace.services import ServiceRecord
    from azml_magics.workspace.workspace import Workspace


class ImagePreparation:
    """An image on a Docker engine, with packages in it, mounted into it or installed when it starts."""

    def __init__(self, deployment: Deployment, workspace: Workspace) -> None:
        self._deployment = deployment
        self._workspace = workspace
        self._images = workspace.images_directory

    def bring(self, *, emit: Emit, cancel: Cancel) -> None:
        """Pull the base image when it is not on the engine. Raises ``ToolError``, ``NotFoundError``."""
        from azml_magics.containers.connection import connect
        from azml_magics.containers.images import ensure_image, inspect_image
        from azml_magics.plan.base_lookup import interpreter_path

        reference = self._deployment.base_image
        if reference is None:
            return
        connection = connect()
        is_there = inspect_image(connection, reference) is not None
        with running_step(emit, "image", reference) as step:
            ensure_image(
                connection,
                reference,
                self._images,
                interpreter_path=interpreter_path(self._deployment),
                emit=emit,
                cancel=cancel,
            )
            step.outcome = "reused" if is_there else "done"

    def plan(self, running: ServiceRecord | None) -> Plan:
        """As ``Preparation`` says. Raises ``PreflightError`` for a choice that cannot work."""
        from azml_magics.build.site_packages import find_site_packages, why_not_mounted
        from azml_magics.containers.connection import connect
        from azml_magics.plan.container_planner import mounts, plan_container

        connection = connect()
        image = self._plan_image(connection)
        problem = why_not_mounted(image, self._workspace.packages_directory)
        if problem and self._deployment.packages == "auto":
            image = self._plan_image(connection, mount_fails=problem)
        built = self._find(connection, image.tag) if image.tag else None
        if built is not None and image.strategy != "bake":
            image = self._plan_image(connection, foundation=built)
        is_found = mounts(image) and find_site_packages(image, self._workspace.packages_directory) is not None
        used = built if image.tag else image.base
        return plan_container(
            self._deployment,
            image,
            is_built=built is not None,
            has_site_packages=is_found,
            running=running.deployment if running else None,
            runs_other_image=running is not None and self._runs_other(connection, running.endpoint, used),
        )

    def build(self, plan: Plan, *, emit: Emit, cancel: Cancel) -> Artifact:
        """As ``Preparation`` says; raises ``BuildError``, ``ToolError``.

        Where ``auto`` chose to mount and something turns out to exist as source only, it is baked.
        """
        from azml_magics.containers.connection import connect

        connection = connect()
        image = plan.packages
        assert isinstance(image, ImagePlan)
        try:
            return self._build(connection, image, emit=emit, cancel=cancel)
        except BuildError as error:
            if error.code != "no-wheel" or self._deployment.packages != "auto":
                raise
            emit(Note(f"packages are baked into an image, since they cannot be mounted: {error.brief}"))
            baked = self._plan_image(connection, mount_fails=error.brief)
            return self._build(connection, baked, emit=emit, cancel=cancel)

    # parts ------------------------------------------------------------------------------------------------------------

    def _find(self, connection: Connection, reference: str) -> ImageFacts | None:
        """What was built for the deployment."""
        from azml_magics.containers.images import find_image
        from azml_magics.plan.base_lookup import interpreter_path

        return find_image(connection, reference, self._images, interpreter_path=interpreter_path(self._deployment))

    def _plan_image(
        self, connection: Connection, *, foundation: ImageFacts | None = None, mount_fails: str = ""
    ) -> ImagePlan:
        from azml_magics.containers.bases import find_base
        from azml_magics.plan.base_images import default_base_image
        from azml_magics.plan.image_planner import plan_image
        from azml_magics.system.host import collect_host_facts

        environment = self._deployment.environment
        base = find_base(connection, self._deployment, self._images)
        host = collect_host_facts()
        wanted = environment.python if environment else None
        site_packages = _look_at_site_packages(self._deployment)
        offered = default_base_image(wanted) if wanted else None

        def planned(context_digest: str) -> ImagePlan:
            return plan_image(
                self._deployment,
                base,
                host,
                context_digest=context_digest,
                foundation=foundation,
                site_packages=site_packages,
                suitable_images=[offered] if offered else [],
                is_remote=connection.is_remote,
                mount_fails=mount_fails,
            )

        plan = planned("")
        return planned(self._context(plan).digest) if plan.tag else plan

    def _context(self, plan: ImagePlan) -> BuildContext:
        from azml_magics.build.context import environment_context
        from azml_magics.plan.image_planner import NO_ENVIRONMENT

        lines = plan.requirement_lines if plan.strategy == "bake" else ()
        memory = self._workspace.file_digests
        return environment_context(self._deployment.environment or NO_ENVIRONMENT, lines, memory=memory)

    def _build(self, connection: Connection, plan: ImagePlan, *, emit: Emit, cancel: Cancel) -> Artifact:
        from azml_magics.build.site_packages import build_site_packages, find_site_packages

        image = self._image(connection, plan, emit=emit, cancel=cancel)
        if plan.tag and plan.strategy != "bake":
            plan = self._plan_image(connection, foundation=image)
        directory: Path | None = None
        if plan.strategy == "mount":
            packages = self._workspace.packages_directory
            with running_step(emit, "packages", plan.reason) as step:
                directory = find_site_packages(plan, packages)
                step.outcome = "done" if directory is None else "reused"
                directory = directory or build_site_packages(plan, packages, emit=emit, cancel=cancel)
        assert image.python is not None  # the planner has refused an image without
        return Artifact(
            "image",
            plan.key or image.image_id,
            Path(image.python),
            directory,
            image.packages,
            image,
            plan.strategy,
            plan.requirement_lines if plan.strategy == "dynamic" else (),
        )

    def _image(self, connection: Connection, plan: ImagePlan, *, emit: Emit, cancel: Cancel) -> ImageFacts:
        """The image to run: the base as it is, or the one that is built from it."""
        from azml_magics.build.image import build_image
        from azml_magics.system.container_pip import collect_pip_files

        if not plan.tag:
            assert plan.base is not None
            return plan.base
        with running_step(emit, "build") as step:
            built = self._find(connection, plan.tag)
            if built is not None:
                step.outcome, step.reason = "reused", f"equal definition built before: {plan.tag}"
                return built
            context, environment = self._context(plan), self._deployment.environment
            build_image(
                plan.dockerfile,
                plan.tag,
                context.files,
                connection=connection,
                labels={
                    labels.WORKSPACE: str(self._workspace.root),
                    **({labels.ENVIRONMENT: environment.name} if environment else {}),
                },
                emit=emit,
                cancel=cancel,
                context_directory=context.directory,
                pip=collect_pip_files(context.credentials),
                base=plan.base,
            )
            step.reason = f"built {plan.tag}"
            built = self._find(connection, plan.tag)
        assert built is not None
        return built

    def _runs_other(self, connection: Connection, endpoint: Endpoint | None, image: ImageFacts | None) -> bool:
        from azml_magics.containers.failure import explained

        if endpoint is None or endpoint.container is None or image is None:
            return False
        with explained("looking at the running container", subject="the container"):
            inspected = connection.client.api.inspect_container(endpoint.container)
        return str(inspected["Image"]) != image.image_id


def _look_at_site_packages(deployment: Deployment) -> SitePackages | None:
    from azml_magics.system.site_packages import read_site_packages

    path = source_of(deployment).site_packages
    return None if path is None else read_site_packages(Path(path))
