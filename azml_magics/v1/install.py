"""Importing this module lets ``import azureml.core...`` mean the names of this package; ``remove`` undoes it."""

from __future__ import annotations

from azml_magics.v1.importing import install, remove, status

__all__ = ["install", "remove", "status"]

install()
