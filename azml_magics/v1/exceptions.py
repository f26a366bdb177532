"""``azureml.exceptions``: the failures users catch by these names, each one of ours too."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from azml_magics.errors import AzmlError, NotFoundError

Kind = TypeVar("Kind", bound="AzureMLException")
#: What a remedy says of a cell or the command line -> what does the same here.
WITHOUT_CELLS = {
    "another python: in %%environment": "another Python: conda_dependencies.set_python_version(VERSION)",
    "python: in %%environment": "conda_dependencies.set_python_version(VERSION)",
    "--environment NAME": "ScriptRunConfig(..., environment=ENVIRONMENT)",
    "--source-dir": "source_directory",
}


class AzureMLException(AzmlError):
    """Root of what Azure's SDK raises; ``message`` is its name for ``brief``."""

    code = "azureml"
    #: What HTTP said, where a service was asked.
    status_code: int | None = None
    found_multiple = False
    delay_seconds: int | None = None
    _shown: tuple[str, ...] | None = None

    @property
    def message(self) -> str:
        """One sentence."""
        return self.brief

    @classmethod
    def of(cls: type[Kind], error: AzmlError) -> Kind:
        """``error`` under the name that users catch, with everything it says."""
        remedy = error.remedy and without_cells(error.remedy)
        named = cls(error.brief, remedy=remedy, place=error.place, details=error.details, code=error.code)
        named.exit_code = error.exit_code
        named._shown = tuple(without_cells(line) for line in error.lines())
        return named

    def lines(self) -> list[str]:
        """What a notebook shows."""
        return super().lines() if self._shown is None else list(self._shown)

    @property
    def inner_exception(self) -> BaseException | None:
        """What was raised before it, of ours."""
        return self.__cause__

    def print_stacktrace(self) -> None:
        """Print where it came from."""
        traceback.print_exception(self)

    def __str__(self) -> str:
        # Scripts show nothing else of it: the remedy belongs to it.
        return "\n".join(self.lines())


def without_cells(text: str) -> str:
    """``text`` with what the SDK's objects have in place of a cell's keys."""
    for words, instead in WITHOUT_CELLS.items():
        text = text.replace(words, instead)
    return text


class UserErrorException(AzureMLException):
    """A value or a file that cannot be used."""

    code = "user-error"
    exit_code = 2


class MissingPathException(UserErrorException, FileNotFoundError):
    """A file or folder is not there."""

    code = "missing-path"


class ExistingPathException(UserErrorException, FileExistsError):
    """A folder is there already and was not to be overwritten."""

    code = "existing-path"


class UnknownAttributeError(UserErrorException, AttributeError):
    """An object has no attribute of that name; setting it would have no effect."""

    code = "unknown-attribute"


class WrongTypeError(UserErrorException, TypeError):
    """A value of another type is needed."""

    code = "wrong-type"


class NotSupportedLocally(UserErrorException, NotImplementedError):  # the SDK's names end otherwise too
    """Something that only the cloud has; the remedy says what to use instead."""

    code = "not-supported-locally"


class NotSupportedAttributeError(NotSupportedLocally, AttributeError):
    """As :class:`NotSupportedLocally`, of an attribute: ``hasattr`` says that it is not there."""


class WebserviceException(AzureMLException):
    """A service or a model could not be deployed, found or used."""

    code = "webservice"


class ModelNotFoundException(WebserviceException):
    """No model of that name or version."""

    code = "unknown-model"


class ModelPathNotFoundException(WebserviceException, FileNotFoundError):
    """The file or folder of a model is not there."""

    code = "model-path"


class ImageException(AzureMLException):
    """Images of the SDK of 2019, before environments."""


class ExperimentExecutionException(AzureMLException):
    """A run could not be started."""


class ActivityFailedException(AzureMLException):
    """A run ended badly."""

    code = "run-failed"


class RunConfigurationException(UserErrorException):
    """A run configuration says something impossible."""


class RunEnvironmentException(AzureMLException):
    """No run to belong to."""


class TrainingException(AzureMLException):
    """An estimator says something impossible."""


class ComputeTargetException(AzureMLException):
    """A compute target cannot be used."""


class ProjectSystemException(AzureMLException):
    """A workspace cannot be opened."""


class WorkspaceException(ProjectSystemException):
    """A workspace cannot be opened."""


class AuthenticationException(AzureMLException):
    """Never raised here: there is nobody to authenticate with."""


class SnapshotException(AzureMLException):
    """The files of a run cannot be copied."""


class DatastoreNotFoundException(AzureMLException):
    """No datastore of that name."""


class ServiceException(AzureMLException):
    """Never raised here: no service of the cloud is asked."""


class DiscoveryUrlNotFoundException(AzureMLException):
    """Never raised here."""


class DatasetTimestampMissingError(AzureMLException):
    """Never raised here: there are no data sets."""


class ParallelRunException(AzureMLException):
    """Never raised here: there are no parallel runs."""


class AzureMLAggregatedException(AzureMLException):
    """Never raised here: failures come one by one."""


class WorkspacePrivateEndpointException(WorkspaceException):
    """Never raised here: nothing is reached over a network."""


@contextmanager
def raising(kind: type[AzureMLException]) -> Iterator[None]:
    """What the body raises of ours is raised as ``kind``."""
    try:
        yield
    except AzureMLException:
        raise
    except AzmlError as error:
        raise kind.of(error) from error


@contextmanager
def raising_of_files() -> Iterator[None]:
    """As :func:`raising`, by the built-in kinds that scripts catch: a file that is missing, or one that is there."""
    try:
        yield
    except AzureMLException:
        raise
    except AzmlError as error:
        if isinstance(error, NotFoundError) or error.code == "conda-missing":
            raise MissingPathException.of(error) from error
        if error.code in ("directory-exists", "target-exists"):
            raise ExistingPathException.of(error) from error
        raise UserErrorException.of(error) from error
