"""What verbs that take long do, in words and in kind; whether they go on behind a cell is left to the doors."""

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
#: Verbs whose service has the name of their job and is there when they are done: its log goes on where theirs ends.
SERVICE_VERBS = ("deploy", "update")
#: Verbs that deploy, the demo too, which stops its service again.
DEPLOYING_VERBS = (*SERVICE_VERBS, "demo")


def doing_words(verb: str, name: str) -> str:
    """What ``verb`` does to ``name``, which may be empty."""
    return DOING[verb].format(name).rstrip()
