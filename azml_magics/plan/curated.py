"""The curated environments: names that are kept for them, and what they mean here; kept up with ``base_images``."""

from __future__ import annotations

from functools import cache

from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.requirements import Requirements, parse_requirements
from azml_magics.plan.base_images import CATALOGUE, CURATED_PREFIX, BaseImage

#: Instead of the SDK and its parts, which need an account, each holds the server that the SDK brings along.
MINIMAL = (SERVER,)
TUTORIAL = ("numpy", "pandas", "scipy", "scikit-learn", "matplotlib", "joblib", "requests", "tqdm", SERVER)


@cache
def curated_environments() -> tuple[Environment, ...]:
    """All of them: ``AzureML-Minimal``, ``AzureML-Tutorial``, then the present prebuilt images, newest first."""
    prebuilt = [_of_image(image) for image in CATALOGUE if image.serves and image.status == "current"]
    return (
        Environment(
            f"{CURATED_PREFIX}Minimal",
            requirements=_requirements(MINIMAL),
            description="What serving a script needs, and nothing else",
        ),
        Environment(
            f"{CURATED_PREFIX}Tutorial",
            requirements=_requirements(TUTORIAL),
            description="What the tutorials import: numpy, pandas, scikit-learn, matplotlib and the like",
        ),
        *prebuilt,
    )


def find_curated(name: str) -> Environment | None:
    """The curated environment of exactly that name."""
    return next((each for each in curated_environments() if each.name == name), None)


def _requirements(lines: tuple[str, ...]) -> Requirements:
    return parse_requirements("\n".join(lines))


def _of_image(image: BaseImage) -> Environment:
    name = image.name.rpartition("/")[2]
    kind = "no framework" if image.framework == "minimal" else image.framework
    return Environment(
        f"{CURATED_PREFIX}{name}",
        image.python,
        image_source=ImageSource(image=image.reference),
        description=f"Prebuilt image for inference: Python {image.python}, {kind}, {image.device}",
    )
