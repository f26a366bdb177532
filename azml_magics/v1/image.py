"""``azureml.core.image``: names of the time before environments; they can be imported, their use says what to do."""

from __future__ import annotations

from azml_magics.v1.unsupported import placeholder

Image = placeholder("Image")
ContainerImage = placeholder("ContainerImage")
UnknownImage = placeholder("UnknownImage")
