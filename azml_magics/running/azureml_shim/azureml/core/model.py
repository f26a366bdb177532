"""``Model`` for a training script in a local run: registered when the run has completed, found beside the script."""

import os

from azureml.core.run import Run
from azureml.core.workspace import NotInARun


class Model:
    """A model by name; one that is registered here gets its version once the run has completed."""

    def __init__(self, workspace=None, name=None, version=None, **_):
        self.name = name
        self.version = version

    @staticmethod
    def register(  # noqa: PLR0917  # as the SDK has them
        workspace=None, model_path=None, model_name=None, tags=None, properties=None, description=None, **more
    ):
        """Register a file or folder of this run under a name, as ``run.register_model`` does."""
        run = Run.get_context()
        name = os.path.basename(os.path.normpath(model_path))
        kept = model_path if _is_kept(model_path) else "outputs/" + name
        if os.path.isdir(model_path):
            if kept != model_path:
                run.upload_folder(kept, model_path)
        elif kept != model_path:
            run.upload_file(kept, model_path)
        run.register_model(model_name, kept, tags=tags, properties=properties, description=description, **more)
        return Model(name=model_name)

    @staticmethod
    def get_model_path(model_name, version=None, _workspace=None):
        """A file or folder of that name beside the script."""
        if version is None and os.path.exists(model_name):
            return model_name
        raise NotInARun(
            "model {} is not beside the script: a run has no registry of models; instead: download it before, with "
            "Model(ws, name).download(DIR) or azml model download, and give the script its path as an argument".format(
                model_name
            )
        )

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotInARun(
            "Model.{} is not there in a run; instead: use it in the notebook, or azml model on the command line".format(
                name
            )
        )


def _is_kept(path):
    return os.path.normpath(path).split(os.sep)[0] == "outputs" and not os.path.isabs(path)
