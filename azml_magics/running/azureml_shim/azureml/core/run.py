"""``Run`` for a training script in a local run: what it is told goes to a file that is read when it is asked for."""

import json
import os
import shutil
import time

from azureml.core.workspace import Experiment, not_in_a_run


class RegisteredModel:
    """What ``register_model`` gives: the name it will have once the run has completed."""

    def __init__(self, name):
        self.name = name
        self.version = None


class Run:
    """The run that this script is; outside of one, a run that prints what it is told."""

    type = "azureml.scriptrun"

    def __init__(self, run_id=None, experiment="offline", record=None):
        self.id = run_id or "OfflineRun_{}".format(os.getpid())
        self.experiment = Experiment(name=experiment)
        self.parent = None
        self._record = record
        self._children = 0
        self._metrics = {}
        self._tags = {}
        self._properties = {}

    @property
    def number(self):
        return 1

    @property
    def name(self):
        return self.id

    @property
    def run_id(self):
        return self.id

    @classmethod
    def get_context(cls, allow_offline=True, used_for_context_manager=False, **_):
        global _context
        record = os.environ.get("AZML_RUN_RECORD")
        if record is None and not allow_offline:
            raise RuntimeError("this script was not started as a run: azml run submit starts one")
        if _context is None:
            made = cls if record else _OfflineRun
            _context = made(os.environ.get("AZUREML_RUN_ID"), os.environ.get("AZUREML_ARM_PROJECT_NAME", ""), record)
        return _context

    def _tell(self, kind, **content):
        content = dict(content, kind=kind, time=time.time())
        text = json.dumps(content, default=_plain)
        if self._record is None:
            print(text)
            return
        # One write of one line: processes of one script may tell things at the same time.
        descriptor = os.open(os.path.join(self._record, "events.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.write(descriptor, text.encode() + b"\n")
        finally:
            os.close(descriptor)

    def _log(self, name, value, step=None):
        self._metrics.setdefault(name, []).append(value)
        self._tell("metric", name=str(name), value=value, step=step)

    def log(self, name, value, description="", step=None):
        self._log(name, value, step)

    def log_list(self, name, value, description=""):
        for item in value:
            self._log(name, item)

    def log_row(self, name, description=None, **kwargs):
        self._log(name, kwargs)

    def log_table(self, name, value, description=""):
        self._log(name, value)

    def log_confusion_matrix(self, name, value, description=""):
        self._log(name, value)

    def log_accuracy_table(self, name, value, description=""):
        self._log(name, value)

    def log_predictions(self, name, value, description=""):
        self._log(name, value)

    def log_residuals(self, name, value, description=""):
        self._log(name, value)

    def log_image(self, name, path=None, plot=None, description=""):
        if (path is None) == (plot is None):
            raise ValueError("log_image takes a path or a plot")
        suffix = os.path.splitext(path)[1] if path else ".png"
        target = os.path.join("outputs", "{}{}".format(name, suffix))
        os.makedirs("outputs", exist_ok=True)
        if plot is not None:
            plot.savefig(target)
        elif os.path.abspath(path) != os.path.abspath(target):
            shutil.copyfile(path, target)
        self._tell("image", name=str(name), path=target)

    def get_metrics(self, name=None, **_):
        chosen = {key: values for key, values in self._metrics.items() if name in (None, key)}
        return {key: values[0] if len(values) == 1 else list(values) for key, values in chosen.items()}

    def tag(self, key, value=None):
        self.set_tags({key: value})

    def set_tags(self, tags):
        tags = {str(key): "" if value is None else str(value) for key, value in tags.items()}
        self._tags.update(tags)
        self._tell("tags", values=tags)

    def get_tags(self):
        return dict(self._tags)

    @property
    def tags(self):
        return dict(self._tags)

    def add_properties(self, properties):
        properties = {str(key): str(value) for key, value in properties.items()}
        self._properties.update(properties)
        self._tell("properties", values=properties)

    def get_properties(self):
        return dict(self._properties)

    @property
    def properties(self):
        return dict(self._properties)

    def upload_file(self, name, path_or_stream, datastore_name=None):
        target = _target(name)
        if hasattr(path_or_stream, "read"):
            with open(target, "wb") as file:
                shutil.copyfileobj(path_or_stream, file)
        elif os.path.abspath(path_or_stream) != os.path.abspath(target):
            shutil.copyfile(path_or_stream, target)

    def upload_files(self, names, paths, *_, **__):
        for name, path in zip(names, paths):  # noqa: B905  # Python 3.7 knows no strict
            self.upload_file(name, path)

    def upload_folder(self, name, path, datastore_name=None):
        for folder, _, names in os.walk(path):
            for item in names:
                source = os.path.join(folder, item)
                self.upload_file(os.path.join(name, os.path.relpath(source, path)), source)

    def get_file_names(self):
        found = []
        for top in ("outputs", "logs"):
            for folder, _, names in os.walk(top):
                found += [os.path.join(folder, name).replace(os.sep, "/") for name in names]
        return sorted(found)

    def register_model(self, model_name, model_path=None, tags=None, properties=None, description=None, **framework):
        self._tell(
            "model",
            name=model_name,
            path=model_path or model_name,
            tags=tags or {},
            properties=properties or {},
            description=description or "",
            framework=framework.get("model_framework"),
            framework_version=framework.get("model_framework_version"),
        )
        return RegisteredModel(model_name)

    def get_status(self):
        return "Running"

    @property
    def status(self):
        return "Running"

    def get_details(self):
        return {"runId": self.id, "status": "Running", "properties": self.get_properties()}

    def child_run(self, name=None, run_id=None, outputs=None):
        """A part of this run: it logs under names of its own, ``NAME/METRIC``."""
        self._children += 1
        return ChildRun(self, name or run_id or "child {}".format(self._children))

    def create_children(self, count=None, tag_key=None, tag_values=None):
        """As many of them, or one for each value of a tag."""
        if tag_values is not None:
            return [self.child_run("{} {}".format(tag_key, value)) for value in tag_values]
        return [self.child_run() for _ in range(count or 0)]

    def get_portal_url(self):
        return "file://" + os.path.abspath(self._record or ".")

    def take_snapshot(self, file_or_folder_path):
        return file_or_folder_path

    def flush(self, timeout_seconds=300):
        pass

    def complete(self, _set_status=True):
        pass

    def fail(self, error_details=None, error_code=None, _set_status=True):
        self._tell("failed", message="" if error_details is None else str(error_details))

    def cancel(self):
        raise SystemExit("the run canceled itself")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_in_a_run("Run", name)

    def __repr__(self):
        return "Run(Experiment: {}, Id: {})".format(self.experiment.name, self.id)


class _OfflineRun(Run):
    """What a script gets that nobody submitted."""


class ChildRun(Run):
    """A part of a run: what it logs is logged by its parent, as ``NAME/METRIC``."""

    def __init__(self, parent, name):
        super().__init__("{}_{}".format(parent.id, name.replace(" ", "_")), parent.experiment.name, parent._record)
        self.parent = parent
        self._name = name

    def _log(self, name, value, step=None):
        self._metrics.setdefault(name, []).append(value)
        self.parent._log("{}/{}".format(self._name, name), value, step)

    def set_tags(self, tags):
        self._tags.update(tags)
        self.parent.set_tags({"{}/{}".format(self._name, key): value for key, value in tags.items()})

    def add_properties(self, properties):
        self._properties.update(properties)
        self.parent.add_properties({"{}/{}".format(self._name, key): value for key, value in properties.items()})

    def upload_file(self, name, path_or_stream, datastore_name=None):
        below = name[len("outputs/") :] if name.startswith("outputs/") else name
        self.parent.upload_file("outputs/{}/{}".format(self._name, below), path_or_stream)

    def fail(self, error_details=None, error_code=None, _set_status=True):
        self.parent.set_tags({"{}/failed".format(self._name): error_details or ""})

    def cancel(self):
        self.parent.set_tags({"{}/canceled".format(self._name): ""})


def get_run(experiment=None, run_id=None, **_):
    """The run that this script is, by its id."""
    run = Run.get_context()
    if run_id in (None, run.id):
        return run
    raise not_in_a_run("azureml.core", "get_run")


_context = None


def _target(name):
    """Files go to the working directory by the names they are given: what is below ``outputs`` and ``logs`` is kept."""
    target = os.path.normpath(name)
    if os.path.isabs(target) or target.startswith(".."):
        raise ValueError("{!r} is no name below the run's folder".format(name))
    if target.split(os.sep)[0] not in ("outputs", "logs"):
        target = os.path.join("outputs", target)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    return target


def _plain(value):
    """Numbers and arrays of numpy and pandas as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "item"):
        return value.item()
    return str(value)
