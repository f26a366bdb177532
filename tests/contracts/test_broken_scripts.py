"""Each documented broken script: refused before the build with a remedy, and explained when started all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from azml_magics.definitions.deployment import DeployRequest
from azml_magics.errors import AzmlError, PreflightError, ScriptError
from azml_magics.session import Session

OK_RUN = "def run(d): return 1\n"

#: name -> (script, code of the finding before the build or None, what the message says, what the started one says)
SCRIPTS: dict[str, tuple[str, str | None, str, str]] = {
    "syntax error": ("def init(:\n    pass\n" + OK_RUN, "syntax-error", "line 1", "SyntaxError"),
    "no init": (OK_RUN, "missing-function", "init", "does not have a init() function"),
    "no run": ("def init(): pass\n", "missing-function", "run", "does not have a run() function"),
    "run without argument": (
        "def init(): pass\ndef run(): return 1\n",
        "run-signature",
        "argument",
        "needs to accept an argument",
    ),
    "run(*args)": ("def init(): pass\ndef run(*args): return 1\n", "run-signature", "*args", "cannot accept"),
    "run(**kwargs)": ("def init(): pass\ndef run(**kw): return 1\n", "run-signature", "**kw", "cannot accept"),
    "init with argument": (
        "def init(x): pass\n" + OK_RUN,
        "init-signature",
        "init",
        "missing 1 required positional argument",
    ),
    "init raises": ("def init():\n    raise ValueError('no model')\n" + OK_RUN, None, "", "ValueError: no model"),
    "init exits": ("def init():\n    raise SystemExit(0)\n" + OK_RUN, None, "", "SystemExit: 0"),
    "import fails": (
        "import no_such_module_here\ndef init(): pass\n" + OK_RUN,
        None,
        "",
        "No module named 'no_such_module_here'",
    ),
    "both decorators": (
        (
            "from azureml_inference_server_http.api.aml_request import rawhttp\n"
            "from inference_schema.schema_decorators import input_schema\n"
            "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\n"
            "def init(): pass\n@input_schema('d', StandardPythonParameterType(1))\n@rawhttp\ndef run(d): return 1\n"
        ),
        None,
        "",
        "cannot be decorated with both",
    ),
}


def request(script: Path, engine: str, *, skip_checks: bool = False) -> DeployRequest:
    return DeployRequest(
        "broken", str(script), requirements_file="requirements.txt", engine=engine, skip_checks=skip_checks
    )


@pytest.mark.parametrize("name", [name for name, script in SCRIPTS.items() if script[1] is not None])
def test_refused_before_the_build(session: Session, engine: str, tmp_path: Path, name: str) -> None:
    source, code, said, _ = SCRIPTS[name]
    script = tmp_path / "score.py"
    script.write_text(source)
    with pytest.raises(PreflightError) as caught:
        session.deploy(request(script, engine))
    errors = [finding for finding in caught.value.findings if finding.severity == "error"]
    assert [finding.code for finding in errors] == [code]
    shown = "\n".join(caught.value.lines())
    assert said in shown
    assert "score.py" in shown
    assert errors[0].remedy


@pytest.mark.parametrize("name", SCRIPTS)
def test_explained_when_started(session: Session, engine: str, tmp_path: Path, name: str) -> None:
    source, _, _, said = SCRIPTS[name]
    script = tmp_path / "score.py"
    script.write_text(source)
    with pytest.raises(ScriptError) as caught:
        session.deploy(request(script, engine, skip_checks=True))
    shown = "\n".join(caught.value.lines())
    assert said in shown
    assert caught.value.process_exit_code == 3
    assert "site-packages" not in shown
    if name in ("init raises", "import fails", "init exits"):
        frame = caught.value.frames[-1]
        assert frame.file == "score.py"
        assert source.splitlines()[frame.line - 1].strip() == frame.text


@pytest.mark.parametrize("file_name", ["score-a.py", "class.py", "score.txt"])
def test_file_names_that_cannot_be_imported(session: Session, engine: str, tmp_path: Path, file_name: str) -> None:
    script = tmp_path / file_name
    script.write_text("def init(): pass\n" + OK_RUN)
    with pytest.raises(AzmlError) as caught:
        session.deploy(request(script, engine))
    assert file_name in "\n".join(caught.value.lines())
    assert caught.value.remedy
