"""What a package is made of, found out part by part: base, requirements, texts, files; doing more is left to others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.errors import DeclarationError, Finding
from azml_magics.plan.base_lookup import base_of

if TYPE_CHECKING:
    from azml_magics.build.context import BuildContext
    from azml_magics.build.tar_stream import Entry
    from azml_magics.containers.connection import Connection
    from azml_magics.workspace.workspace import Workspace


@dataclass(frozen=True)
class PackageRecipe:
    """What a package is made of, found out when it is asked for; ``connection`` may be absent."""

    workspace: Workspace
    deployment: Deployment
    connection: Connection | None = field(default=None, compare=False)

    @cached_property
    def environment(self) -> Environment:
        """The environment; raises ``DeclarationError`` for a service that uses the caller's Python."""
        if self.deployment.environment is None:
            finding = Finding(
                "package-environment",
                f"service {self.deployment.name!r} uses the Python of this machine, which no image can hold",
                "give it an environment: --environment NAME or --requirements FILE",
            )
            raise DeclarationError("it cannot be packaged", [finding])
        return self.deployment.environment

    @cached_property
    def base_reference(self) -> str | None:
        """The image that it starts from, ``None`` where the user's Dockerfile starts from nothing."""
        from azml_magics.plan.base_images import default_base_image

        if self.environment.image_source.dockerfile is not None:
            return base_of(self._based).reference
        return self._based.base_image or default_base_image(self.environment.python) or default_base_image(None)

    @cached_property
    def base(self) -> ImageFacts | None:
        """What is known of the base."""
        from azml_magics.containers.images import find_image

        if self.connection is None or self.base_reference is None:
            return None
        path = base_of(self._based).interpreter_path
        return find_image(self.connection, self.base_reference, self.workspace.images_directory, interpreter_path=path)

    @property
    def _based(self) -> Deployment:
        """The deployment with the image that its environment names."""
        return replace(self.deployment, base_image=self.environment.image_source.image or self.deployment.base_image)

    @cached_property
    def requirement_lines(self) -> tuple[str, ...]:
        """What is installed, in order."""
        from azml_magics.plan.strategy import lines_to_add

        return lines_to_add(self.deployment, self.base)

    @cached_property
    def environment_text(self) -> str:
        """The Dockerfile without the service."""
        from azml_magics.plan.dockerfile import render_environment_dockerfile

        return render_environment_dockerfile(
            self.environment, self.base, self.base_reference, self.requirement_lines, with_packages=True
        )

    @cached_property
    def environment_context(self) -> BuildContext:
        """The files beside it."""
        from azml_magics.build.context import environment_context

        memory = self.workspace.file_digests
        lines = () if self.environment.image_source.user_managed else self.requirement_lines
        return environment_context(self.environment, lines, memory=memory)

    @cached_property
    def environment_tag(self) -> str:
        """The name of the environment's image."""
        from azml_magics.plan.dockerfile import image_tag

        digest = self.environment_context.digest
        return image_tag(self.base, self.environment_text, self.requirement_lines, digest)

    @cached_property
    def text(self) -> str:
        """The whole Dockerfile."""
        from azml_magics.definitions.image_layout import APP_ROOT
        from azml_magics.engines.app_root import contract_variables
        from azml_magics.plan.package import render_package_dockerfile

        return render_package_dockerfile(
            self.environment_text,
            self.environment,
            self.deployment,
            base=self.base,
            base_reference=self.base_reference,
            variables=contract_variables(self.deployment, PurePosixPath(APP_ROOT)),
        )

    @cached_property
    def service_files(self) -> dict[str, bytes | Path]:
        """Code, models and our start script by their paths in the context."""
        import azml_magics
        from azml_magics.engines.app_root import contract_variables
        from azml_magics.plan.context import context_prefix
        from azml_magics.plan.package import APP_FOLDER, MODELS_FOLDER, SERVING_FOLDER, starts_server
        from azml_magics.system.sources import list_source_files

        prefix = context_prefix(self.environment.image_source)
        variables = contract_variables(self.deployment, PurePosixPath("/"))
        source, folder = self.deployment.source_directory, variables.get("AZUREML_SOURCE_DIRECTORY")
        app: dict[str, bytes | Path] = {}
        if source is not None:
            app = {f"{folder}/{name}": path for name, path in list_source_files(source).items()}
        app[variables["AZUREML_ENTRY_SCRIPT"]] = self.deployment.entry_script.source.encode()
        files = {f"{prefix}{APP_FOLDER}/{name}": content for name, content in app.items()}
        for model in self.deployment.models:
            path = self.workspace.model_path(model)
            below = f"{prefix}{MODELS_FOLDER}/{model.name}/{model.version}/{model.basename}"
            inner = [item for item in sorted(path.rglob("*")) if item.is_file()] if path.is_dir() else []
            files |= {f"{below}/{item.relative_to(path).as_posix()}": item for item in inner} or {below: path}
        if not starts_server(self.environment_text, self.base, self.base_reference):
            serving = Path(azml_magics.__file__).parent / "serving"
            files |= {f"{prefix}{SERVING_FOLDER}/{path.name}": path for path in sorted(serving.glob("*.py"))}
        return files

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Everything in the context but the Dockerfile; an ignore file has done its work already."""
        from azml_magics.build.context import list_context

        context = self.environment_context
        entries = list_context(self.text, {**context.files, **self.service_files}, context.directory)
        return {path: entry for path, entry in entries.items() if path not in (".dockerignore", "Dockerfile")}

    @cached_property
    def key(self) -> str:
        """What makes two packages equal."""
        from azml_magics.build.context import digest_entries
        from azml_magics.plan.dockerfile import image_tag

        files = digest_entries(self.entries, self.workspace.file_digests)
        return image_tag(self.base, self.text, self.requirement_lines, files).rpartition("_")[2]

    def findings(self, text: str) -> tuple[Finding, ...]:
        """What is doubtful in the Dockerfile ``text`` and in what is baked in."""
        from azml_magics.plan.package import check_variables
        from azml_magics.plan.user_dockerfile import check_against_base

        found = [*check_against_base(text, self.base), *check_variables(self.deployment)]
        if self.base is None and self.base_reference is not None:
            message = f"{self.base_reference} was not looked into: it is not on an engine here"
            remedy = "docker pull it, and repeat this: where packages go depends on what it holds"
            found.append(Finding("base-unknown", message, remedy, severity="warning"))
        if self.environment_context.credentials:
            message = "requirements name credentials, which are written nowhere: plain docker build does not know them"
            remedy = "build it with azml, or put the credentials into pip.conf or a secret of that build"
            found.append(Finding("package-credentials", message, remedy, severity="warning"))
        return tuple(found)
