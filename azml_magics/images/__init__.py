"""Verbs about images: bases, packages of services, ways to add packages; the engine's API is left to ``containers``."""
