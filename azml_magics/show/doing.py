"""What verbs that take long do, in words; whether they go on behind a cell or in a terminal is left to the doors."""

from __future__ import annotations

#: Of every verb that takes long what it does; ``{}`` is what it was given.
DOING = {
    "deploy": "deploying {}",
    "update": "updating {}",
    "reload": "reloading {}",
    "demo": "running the demo",
    "run_script": "running {}",
    "run submit": "running {}",
    "run cancel": "cancelling {}",
    "base check": "looking into {}",
    "base build": "making {}",
    "package": "packaging {}",
    "invoke": "invoking {}",
    "load-test": "testing {}",
    "environment build": "building {}",
    "environment lock": "locking {}",
    "environment outdated": "looking for newer packages of {}",
}


def doing_words(verb: str, name: str) -> str:
    """What ``verb`` does to ``name``, which may be empty."""
    return DOING[verb].format(name).rstrip()
