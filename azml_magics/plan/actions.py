"""``Plan`` and ``Action``: what will be done and why, as data; doing it is left to ``build`` and ``engines``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_source import PackagesStrategy

#: ``run``: has to be done; ``reuse``: an equal result exists; ``skip``: not needed at all.
ActionKind = Literal["run", "reuse", "skip"]


@dataclass(frozen=True)
class Action:
    """One step of ``events.STEPS`` with what happens in it and the reason, one short sentence without a full stop."""

    step: str
    kind: ActionKind
    reason: str


@dataclass(frozen=True)
class CondaPlan:
    """The conda packages that pip's are added to.

    ``specifications`` are match specifications, Python's among them, ``channels`` as they are named, the most important
    first, ``subdir`` conda's name of the platform (``linux-64``). With ``locked`` (``Lock.conda_packages``) nothing is
    solved: exactly these are installed.
    """

    specifications: tuple[str, ...]
    channels: tuple[str, ...]
    subdir: str
    locked: tuple[str, ...] = ()


@dataclass(frozen=True)
class PackagesPlan:
    """The packages a service runs with.

    ``key`` is the content key of the virtual environment, ``requirement_lines`` what to install in order (the server
    included), ``python`` the version asked for (``None``: any supported). With ``use_current_python`` nothing is
    installed and ``key`` is ``current``. With ``conda`` it is a conda environment, whose Python conda brings. With
    ``is_locked`` everything has a hash, and nothing else is installed.
    ``python_reason`` says why it is another Python than the environment names, ``left_out`` what of its requirements is
    not installed (:mod:`azml_magics.definitions.azure_packages`).
    """

    key: str
    requirement_lines: tuple[str, ...] = ()
    python: str | None = None
    use_current_python: bool = False
    conda: CondaPlan | None = None
    is_locked: bool = False
    python_reason: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImagePlan:
    """The image a container runs and how it gets its packages.

    ``base`` is the image to start from, ``base_reference`` as it was named; ``base`` is ``None`` while it is not on the
    engine yet, and nothing else is decided then. ``strategy`` is never ``auto``; ``reason`` says in one sentence why it
    was taken. ``requirement_lines`` are what to install, in order. ``python`` is the image's ``major.minor``,
    ``platform`` uv's name of it (``x86_64-manylinux_2_31``). ``key`` is the content key of what has to be made: a
    site-packages directory (mount) or an image (bake; ``tag`` is then ``azureml/azureml_<32 hex>`` and ``dockerfile``
    what is built). A Dockerfile of the user's, apt packages or extra steps are built first whatever the strategy; then
    ``tag`` and ``dockerfile`` are set with any of them; ``foundation`` is what came of them, once it is there. With
    ``is_locked`` everything has a hash, and nothing else is installed.
    """

    base_reference: str | None
    strategy: PackagesStrategy
    reason: str
    base: ImageFacts | None = None
    key: str = ""
    tag: str = ""
    dockerfile: str = ""
    requirement_lines: tuple[str, ...] = ()
    python: str | None = None
    platform: str | None = None
    site_packages: str | None = None
    foundation: ImageFacts | None = None
    is_locked: bool = False

    @property
    def image(self) -> ImageFacts | None:
        """What the packages are added to, as far as it is there."""
        return self.foundation or self.base


@dataclass(frozen=True)
class Plan:
    """Ordered actions for one deployment; printing it is a dry run."""

    service: str
    packages: PackagesPlan | ImagePlan
    actions: tuple[Action, ...]

    def action(self, step: str) -> Action:
        """The action of a step; ``KeyError`` when the plan has none."""
        for action in self.actions:
            if action.step == step:
                return action
        raise KeyError(step)
