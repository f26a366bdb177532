"""What a deployment needs done, and why: compares definitions with what is known, touches nothing."""

from __future__ import annotations

from azml_magics.definitions.artifact import Artifact
from azml_magics.definitions.azure_packages import packages_left_out, why_left_out
from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.digest import Canonical, digest_of
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.host import HostFacts
from azml_magics.definitions.image_facts import SERVER
from azml_magics.definitions.lock import Lock
from azml_magics.definitions.lock_rules import check_host_lock, holding_lock, lines_to_install, locked_python
from azml_magics.definitions.private_wheel import shorten_wheel
from azml_magics.definitions.requirements import Requirements, mask_credentials
from azml_magics.errors import PreflightError
from azml_magics.plan.actions import Action, PackagesPlan, Plan
from azml_magics.plan.conda_packages import conda_changes, conda_definition, plan_conda
from azml_magics.plan.container_changes import changed_container_parts
from azml_magics.plan.pythons import choose_python, default_python

#: Distributions that bring the server along (AZUREML.md 1.1).
BRINGS_SERVER = frozenset({SERVER, "azureml-defaults"})


def plan_packages(environment: Environment | None, host: HostFacts, *, with_server: bool = True) -> PackagesPlan:
    """What the process engine installs for ``environment``, and its content key; ``None`` is the current interpreter.

    An environment that names no Python gets the caller's minor version, so that a model trained in the notebook is
    loaded by the same one; when the server does not support that, the newest it does. A patch release that is not here
    is replaced as ``choose_python`` says, unless conda brings it. The server is added unless the requirements bring it
    or nothing is served; unpinned, so that the resolver takes the release for that Python (AZUREML.md 1.1). Where a
    lock holds, everything in it is installed and nothing else. Raises ``PreflightError`` (``lock-target``) for a lock
    that was made for another platform.
    """
    if environment is None:
        return PackagesPlan("current", use_current_python=True)
    lock = _fitting_lock(environment, host)
    if environment.needs_conda:
        python, python_reason = environment.python or default_python(host), ""
    else:
        python, python_reason = choose_python(locked_python(environment), host)
    lines = [*lines_to_install(environment)]
    left_out = () if lock is not None else packages_left_out(environment)
    if with_server and lock is None and not (environment.requirements.names() - {*left_out}) & BRINGS_SERVER:
        lines.append(SERVER)
    conda = plan_conda(environment, python, host.platform)
    definition: dict[str, Canonical] = {"python": python, "platform": host.platform, "requirements": [*lines]}
    if conda is not None:
        definition["conda"] = conda_definition(conda)
    return PackagesPlan(
        digest_of(definition),
        tuple(lines),
        python,
        conda=conda,
        python_reason=python_reason,
        is_locked=lock is not None,
        left_out=left_out,
    )


def _fitting_lock(environment: Environment, host: HostFacts) -> Lock | None:
    findings = [*check_host_lock(environment, host)]
    if findings:
        raise PreflightError(f"environment {environment.label} cannot be installed here", findings)
    return holding_lock(environment)


def plan_deployment(
    deployment: Deployment, packages: PackagesPlan, *, artifact: Artifact | None, running: Deployment | None
) -> Plan:
    """Every action with its reason; ``artifact`` was built for the same key, ``running`` is what serves now."""
    return Plan(
        deployment.name,
        packages,
        (
            Action("check", "run", "the definition is checked before every deployment"),
            packages_action(packages, artifact),
            start_action(deployment, running, is_prepared=artifact is not None),
        ),
    )


def packages_action(packages: PackagesPlan, artifact: Artifact | None) -> Action:
    """Whether packages have to be installed, and what else there is to say of them."""
    if packages.use_current_python:
        return Action("packages", "skip", "the current interpreter is used as it is")
    if artifact is not None:
        reason = f"equal definition built before (key {packages.key[:8]})"
    else:
        reason = f"nothing built for this definition yet (key {packages.key[:8]})"
    left_out = why_left_out(packages.left_out)
    reason = "; ".join(part for part in (reason, packages.python_reason, left_out) if part)
    return Action("packages", "run" if artifact is None else "reuse", reason)


def start_action(deployment: Deployment, running: Deployment | None, *, is_prepared: bool) -> Action:
    """Whether a service has to be started, and why; ``is_prepared`` says that what it runs with is there already."""
    if running is None:
        return Action("start", "run", "no service of that name is running")
    changes = changed_parts(deployment, running)
    if not changes and not is_prepared:
        changes.append("packages (they are not there any more, or another Python is meant now)")
    changes += _what_may_have_changed(deployment, running)
    if changes:
        return Action("start", "run", "changed: " + ", ".join(changes))
    return Action("start", "reuse", "an equal service is already running")


def _what_may_have_changed(wanted: Deployment, running: Deployment) -> list[str]:
    """What a deployment names without holding its content: it may be another one by now."""
    doubts = []
    if wanted.use_current_python and running.use_current_python:
        doubts.append("the current interpreter and its packages may differ")
    if wanted.source_directory is not None and wanted.source_directory == running.source_directory:
        doubts.append("files of the source directory may differ")
    return doubts


def changed_parts(wanted: Deployment, running: Deployment) -> list[str]:
    """What differs between two deployments of a service, in words; names and versions of environments do not count."""
    changes = []
    before, after = running.environment, wanted.environment
    if wanted.use_current_python != running.use_current_python or (before is None) != (after is None):
        changes.append("kind of environment")
    elif before is not None and after is not None:
        if before.python != after.python:
            changes.append(f"python {before.python or 'any'} -> {after.python or 'any'}")
        changes += _requirement_changes(before.requirements, after.requirements)
        if holding_lock(before) != holding_lock(after):
            changes.append("lock")
        changes += conda_changes(before, after)
    if wanted.entry_script.digest() != running.entry_script.digest():
        changes.append("entry script")
    if wanted.source_directory != running.source_directory:
        changes.append("source directory")
    if [(model.label, model.digest) for model in wanted.models] != [
        (model.label, model.digest) for model in running.models
    ]:
        changes.append("models " + (", ".join(model.label for model in wanted.models) or "none"))
    before_variables, after_variables = running.variables(), wanted.variables()
    changes += [
        f"variable {name}"
        for name in sorted({*before_variables, *after_variables})
        if before_variables.get(name) != after_variables.get(name)
    ]
    if wanted.workers != running.workers:
        changes.append(f"workers {running.workers or 1} -> {wanted.workers or 1}")
    if wanted.port is not None and wanted.port != running.port:
        changes.append(f"port {wanted.port}")
    if wanted.engine != running.engine:
        changes.append(f"engine {running.engine} -> {wanted.engine}")
    elif wanted.engine != "process":
        changes += changed_container_parts(wanted, running)
    return changes


def _requirement_changes(before: Requirements, after: Requirements) -> list[str]:
    old, new = before.canonical_lines(), after.canonical_lines()
    if old == new:
        return []
    parts = [f"+ {line}" for line in new if line not in old] + [f"- {line}" for line in old if line not in new]
    return [mask_credentials("packages (" + (", ".join(map(shorten_wheel, parts)) or "order") + ")")]
