"""``Workspace`` and ``Experiment`` inside a local run: their names, and what to use instead of everything else."""

import os


class NotInARun(NotImplementedError, AttributeError):  # noqa: N818  # a name that reads in a traceback
    """Something that a run on this machine does not have; the message says what to use instead."""


#: Attribute of a workspace or run -> what to use instead.
FILES = "read the files themselves: give the script their path as an argument"
SECRETS = "read an environment variable of the run"
INSTEAD = {
    "datasets": FILES,
    "datastores": FILES,
    "get_default_datastore": FILES,
    "input_datasets": FILES,
    "output_datasets": FILES,
    "get_default_keyvault": SECRETS,
    "get_secret": SECRETS,
    "get_secrets": SECRETS,
    "models": "give the script the path of a model as an argument",
    "get_children": "run.get_metrics() has what children logged too, as NAME/METRIC",
    "submit_child": "submit it from the notebook, or with azml run submit",
    "get_environment": "sys.prefix is the environment that the script runs in",
}


def not_in_a_run(owner, name):
    """The error for an attribute that is not there."""
    remedy = INSTEAD.get(name, "use it in the notebook that submits the run")
    return NotInARun("{}.{} is not there in a run; instead: {}".format(owner, name, remedy))


class Workspace:
    """The workspace of a run: a name for what scripts print and hand over."""

    subscription_id = resource_group = location = "local"

    def __init__(self, *_, **names):
        self.name = names.get("workspace_name") or names.get("name") or "local"

    @classmethod
    def from_config(cls, *_, **__):
        return cls()

    @classmethod
    def get(cls, name="local", *_, **__):
        return cls(name=name)

    def get_mlflow_tracking_uri(self):
        return os.environ.get("MLFLOW_TRACKING_URI", "")

    def get_details(self):
        return {"name": self.name, "location": self.location}

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_in_a_run("Workspace", name)

    def __repr__(self):
        return "Workspace(name={!r})".format(self.name)


class Experiment:
    """The experiment that a run belongs to."""

    def __init__(self, workspace=None, name="offline", **_):
        self.name = self.id = name
        self.workspace = workspace or Workspace()

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_in_a_run("Experiment", name)

    def __repr__(self):
        return "Experiment(Name: {})".format(self.name)
