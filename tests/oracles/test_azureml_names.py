"""Every public name of the SDK's classes that are here: offered, or answered with what to use instead."""

from __future__ import annotations

import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from azml_magics.v1.checked import Answering
from azml_magics.v1.modules import MODULES
from azml_magics.v1.unsupported import INSTEAD, UnsupportedType
from azml_magics.v1.webservice import LocalWebservice, Webservice
from tests.oracles.venvs import ask_azureml_core

PROGRAM = Path(__file__).with_name("azureml_names.py")
#: Parameters that are not taken, with the reason.
NOT_TAKEN = {
    "ModelPackage.__init__": "packages are made by Model.package",
    "ImageBuildDetails.__init__": "builds are made by Environment.build",
    "ComputeTarget.attach": "there is nothing to attach",
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What azureml-core has, by our table of names."""
    folder = tmp_path_factory.mktemp("azureml-names")
    wanted = {module: [name for name in names if not name.startswith("_")] for module, names in MODULES.items()}
    found = ask_azureml_core(PROGRAM, wanted, folder)
    once = {name.rpartition(".")[2]: name for name in found["classes"]}  # several modules have the same class
    return {**found, "classes": {name: found["classes"][name] for name in once.values()}}


def ours(name: str) -> Any:
    """The class of ours that stands for ``azureml.core.x.Name``; services are always local ones."""
    module, _, kind = name.rpartition(".")
    found = getattr(importlib.import_module(f"azml_magics.v1.{MODULES[module][kind]}"), kind)
    return LocalWebservice if found is Webservice else found


def is_offered(kind: Any, member: str) -> bool:
    """Whether ``member`` is one of the class or of its objects."""
    if isinstance(kind, UnsupportedType):
        return False
    return (
        inspect.getattr_static(kind, member, None) is not None
        or member in getattr(kind, "names", ())
        or any(member in vars(each) or member in attributes(each) for each in kind.__mro__)
    )


@cache
def attributes(kind: type) -> frozenset[str]:
    """What methods of ``kind``, a class of ours, set of its objects."""
    if not kind.__module__.startswith("azml_magics."):
        return frozenset()
    return frozenset(re.findall(r"\bself\.([a-z]\w*)\b[^=\n]* = ", inspect.getsource(kind)))


def says_what_instead(kind: Any, member: str) -> bool:
    """Whether its use is answered with a remedy."""
    return issubclass(kind, Answering) and bool(kind.elsewhere.get(member))


def test_every_exported_name_can_be_imported(real: dict[str, Any]) -> None:
    missing = {
        f"{module}.{name}"
        for module, names in real["exported"].items()
        for name in names
        if name not in MODULES[module] and name not in INSTEAD
    }
    assert missing == set()
    exported = [(module, name) for module, names in real["exported"].items() for name in names]
    offered = sum(name in MODULES[module] for module, name in exported)
    print(f"\n{offered} of {len(exported)} exported names can be imported, the others say what to use instead")


def test_every_public_member_is_there_or_says_what_to_use_instead(real: dict[str, Any]) -> None:
    offered, answered, standing_in, silent = 0, 0, 0, []
    for name, members in real["classes"].items():
        kind = ours(name)
        for member in members:
            if is_offered(kind, member):
                offered += 1
            elif isinstance(kind, UnsupportedType) and kind.__name__ in INSTEAD:
                standing_in += 1
            elif says_what_instead(kind, member):
                answered += 1
            else:
                silent.append(f"{name}.{member}")
    assert silent == []
    print(f"\n{offered} members offered, {answered} answered with a remedy, of {offered + answered}")
    print(f"{standing_in} members of classes that only stand in for a cloud's: their use says what to do instead")


def test_every_parameter_is_taken(real: dict[str, Any]) -> None:
    taken, refused = 0, []
    for name, members in real["classes"].items():
        kind = ours(name)
        if isinstance(kind, UnsupportedType) or issubclass(kind, Exception):
            continue  # never called; raised with one sentence
        for member, wanted in members.items():
            called = inspect.getattr_static(kind, member, None)
            if called is None or inspect.isclass(called) or not callable(getattr(kind, member)):
                continue
            parameters = inspect.signature(getattr(kind, member)).parameters
            has_all = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
            public = [each for each in wanted if not each.startswith("_") and each not in {"self", "cls"}]
            lacking = [each for each in public if not has_all and each not in parameters]
            if f"{kind.__name__}.{member}" in NOT_TAKEN:
                continue
            taken += len(public) - len(lacking)
            refused += [f"{name}.{member}({each})" for each in lacking]
    assert refused == []
    print(f"\n{taken} parameters taken; not those of {', '.join(NOT_TAKEN)}")
