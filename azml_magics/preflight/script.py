"""Checks of the entry script: what the server wants of it, and whether what it imports will be there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.image_rules import source_of
from azml_magics.definitions.script_rules import ScriptText, check_script, check_script_path, parse_script
from azml_magics.errors import Finding, Severity
from azml_magics.preflight import DeploymentFacts
from azml_magics.preflight.imports import Import, collect_imports, is_brought, is_standard


def check(deployment: Deployment, facts: DeploymentFacts) -> Iterator[Finding]:
    """The rules for entry scripts, then its imports.

    Only the app root and the source directory are on the server's path, never the script's own folder
    (AZUREML.md 1.4): a module beside the script is found only if the source directory brings it.
    """
    script = deployment.entry_script
    yield from check_script_path(script.path)
    for finding in check_script(script.source, name=script.path, origin=script.origin):
        is_doubtful = finding.code == "syntax-error" and _is_newer(deployment)
        yield replace(finding, severity="warning") if is_doubtful else finding
    tree = parse_script(script.source)
    if isinstance(tree, SyntaxError):
        return
    text = ScriptText(script.source, script.path, script.origin)
    seen: set[str] = set()
    for found in sorted(collect_imports(tree), key=lambda found: not found.certain):
        if found.module not in seen:
            seen.add(found.module)
            yield from _check_import(found, deployment, facts, text)


def _is_newer(deployment: Deployment) -> bool:
    """True when the service's Python may understand syntax that this one does not."""
    python = deployment.environment.python if deployment.environment else None
    return python is not None and int(python.split(".")[1]) > sys.version_info.minor


def _held(facts: DeploymentFacts) -> frozenset[str]:
    """Names of what the image holds, or the directory that is mounted into it, as far as they are known."""
    image = facts.base.packages if facts.base else ()
    mounted = facts.site_packages.packages if facts.site_packages else ()
    return frozenset(name for name, _ in (*image, *mounted))


def _is_known(deployment: Deployment, facts: DeploymentFacts) -> bool:
    """Whether everything is known that the service will have: an image may hold more than what is asked for."""
    return deployment.engine == "process" or (facts.base is not None and not source_of(deployment).needs_build)


def _has_conda(deployment: Deployment) -> bool:
    """Whether conda brings modules by names that only it knows."""
    return deployment.environment is not None and deployment.environment.needs_conda


def _check_import(found: Import, deployment: Deployment, facts: DeploymentFacts, text: ScriptText) -> Iterator[Finding]:
    severity: Severity = "error" if found.certain else "warning"
    place = text.place_of_word(found.top, found.node)
    if found.level:
        message = "a relative import fails in an entry script: it is no part of a package"
        remedy = f"write import {found.module or 'NAME'} and deploy its folder with --source-dir"
        yield Finding("relative-import", message, remedy, place, severity)
        return
    own_name = PurePosixPath(deployment.entry_script.path).stem
    if is_standard(found.top) or found.top in facts.source_modules or found.top == own_name:
        return
    declared = deployment.environment.requirements.names() if deployment.environment else frozenset()
    if is_brought(found, facts.current_packages if deployment.use_current_python else declared | _held(facts)):
        return
    if found.top in facts.sibling_modules:
        message = f"{found.top} stands beside the script, but is not deployed with it"
        remedy = (
            "deploy its folder too: --source-dir FOLDER"
            if deployment.source_directory is None
            else f"move it to the top of {deployment.source_directory.name}, or name its folder with --source-dir"
        )
        yield Finding("sibling-not-deployed", message, remedy, place, severity)
    elif declared and found.certain and not _has_conda(deployment) and _is_known(deployment, facts):
        message = f"{found.top} is imported, but the environment does not ask for it"
        remedy = "add its project to the requirements, unless another one brings it"
        yield Finding("import-not-declared", message, remedy, place, "warning")
