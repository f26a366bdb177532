"""``ImageFacts``: what an image really holds, as found by looking into it; collected by ``containers``."""

from __future__ import annotations

from dataclasses import asdict, dataclass

SERVER = "azureml-inference-server-http"


@dataclass(frozen=True)
class ImageFacts:
    """One image of a Docker engine.

    ``image_id`` is ``sha256:...``, the content's own name; ``digest`` the registry's, where it came from one.
    ``architecture`` is Docker's word (``amd64``). ``user`` is as configured, ``uid`` and ``gid`` what it means inside.
    ``python`` is the interpreter's path inside, ``python_version`` ``major.minor.patch``, ``libc`` for instance
    ``glibc 2.36`` or ``musl 1.2``; all three are ``None`` for an image without Python. ``packages`` are its
    distributions (normalised name, version), sorted. ``externally_managed`` says that pip refuses to install there
    (PEP 668). ``conda`` is the path of conda, mamba or micromamba.
    """

    reference: str
    image_id: str
    architecture: str = "amd64"
    os: str = "linux"
    digest: str | None = None
    size_bytes: int = 0
    created: str | None = None
    user: str = ""
    uid: int = 0
    gid: int = 0
    home: str = "/"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    working_directory: str = "/"
    environment: tuple[tuple[str, str], ...] = ()
    exposed_ports: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    operating_system: str = ""
    python: str | None = None
    python_version: str | None = None
    libc: str | None = None
    externally_managed: bool = False
    packages: tuple[tuple[str, str], ...] = ()
    conda: str | None = None
    has_runit: bool = False

    @property
    def python_minor(self) -> str | None:
        """``major.minor``."""
        return None if self.python_version is None else ".".join(self.python_version.split(".")[:2])

    def version_of(self, distribution: str) -> str | None:
        """The version of an installed distribution by its normalised name."""
        return dict(self.packages).get(distribution)

    @property
    def server_version(self) -> str | None:
        """The version of azureml-inference-server-http, or ``None``."""
        return self.version_of(SERVER)

    def variable(self, name: str) -> str | None:
        """A variable the image sets."""
        return dict(self.environment).get(name)

    def as_dict(self) -> dict[str, object]:
        """A JSON-ready mapping."""
        return {
            **asdict(self),
            "environment": dict(self.environment),
            "labels": dict(self.labels),
            "packages": dict(self.packages),
            "azureml_inference_server_http": self.server_version,
            "gunicorn": self.version_of("gunicorn"),
        }
