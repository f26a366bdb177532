"""Dockerfiles of packages: code, models, variables and a start."""

from __future__ import annotations

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.image_source import ImageSource
from azml_magics.definitions.model import Model
from azml_magics.errors import DeclarationError
from azml_magics.plan.package import check_variables, render_package_dockerfile, starts_server

PLAIN = ImageFacts("local/plain:1", "sha256:aa", python="/usr/bin/python3", python_version="3.11.2", command=("bash",))
SERVING = ImageFacts("local/serving:1", "sha256:bb", python="/env/bin/python", command=("runsvdir", "/var/runit"))
ENVIRONMENT = Environment("e")
MODEL = Model("digits", 1, "model.pkl", False, "0" * 64, 1)
VARIABLES = {
    "AML_APP_ROOT": "/var/azureml-app",
    "AZUREML_ENTRY_SCRIPT": "score.py",
    "AZUREML_MODEL_DIR": "/var/azureml-app/azureml-models/digits/1",
}


def deployment(**more: object) -> Deployment:
    return Deployment("digits", EntryScript("score.py", ""), ENVIRONMENT, **more)  # type: ignore[arg-type]


def rendered(
    base: ImageFacts | None, wanted: Deployment, environment: Environment = ENVIRONMENT, text: str = ""
) -> str:
    return render_package_dockerfile(
        text or "FROM local/plain:1\n",
        environment,
        wanted,
        base=base,
        base_reference=base.reference if base else "local/unknown:1",
        variables=VARIABLES,
    )


def test_a_package_on_a_plain_image() -> None:
    users = (("B", "plain/value"), ("A", 'quo"ted $x \\'))
    text = rendered(PLAIN, deployment(models=(MODEL,), workers=2, environment_variables=users))
    assert (
        text
        == """\
FROM local/plain:1

# The server's start script
COPY serving/ /opt/azml-serving/

# Code
COPY app/ /var/azureml-app/
ENV A="quo\\"ted \\$x \\\\"
ENV AML_APP_ROOT=/var/azureml-app
ENV AZML_BIND_HOST=0.0.0.0
ENV AZUREML_ENTRY_SCRIPT=score.py
ENV B=plain/value
ENV WORKER_COUNT=2

# Models
COPY models/ /var/azureml-app/azureml-models/
ENV AZUREML_MODEL_DIR=/var/azureml-app/azureml-models/digits/1

WORKDIR /var/azureml-app
EXPOSE 5001
ENTRYPOINT []
CMD ["/usr/bin/python3", "/opt/azml-serving/start.py", "5001"]
"""
    )


def test_a_package_on_an_image_that_serves() -> None:
    text = rendered(SERVING, deployment())
    assert (
        text
        == """\
FROM local/plain:1

# Code
COPY app/ /var/azureml-app/
ENV AML_APP_ROOT=/var/azureml-app
ENV AZUREML_ENTRY_SCRIPT=score.py
"""
    )


def test_the_users_variables_win() -> None:
    text = rendered(SERVING, deployment(models=(MODEL,), environment_variables=(("AZUREML_MODEL_DIR", "/elsewhere"),)))
    assert text.count("AZUREML_MODEL_DIR") == 1
    assert "ENV AZUREML_MODEL_DIR=/elsewhere" in text


def test_the_python_that_starts_it() -> None:
    source = ImageSource(interpreter_path="/opt/python3", context="/code", steps_after=("COPY a /a",))
    text = rendered(None, deployment(), Environment("e", image_source=source))
    assert 'CMD ["/opt/python3", "/opt/azml-serving/start.py", "5001"]' in text
    assert "COPY azml/app/ /var/azureml-app/" in text
    assert 'CMD ["python3", ' in rendered(None, deployment())


def test_a_variable_with_several_lines() -> None:
    with pytest.raises(DeclarationError) as caught:
        rendered(PLAIN, deployment(environment_variables=(("A", "one\ntwo"),)))
    assert caught.value.code == "variable-lines"


@pytest.mark.parametrize(
    ("text", "base", "reference", "expected"),
    [
        ("FROM x:1\n", PLAIN, "x:1", False),
        ("FROM x:1\n", SERVING, "x:1", True),
        ("FROM x:1\n", ImageFacts("x:1", "", entrypoint=("/e/bin/python", "/opt/azml-serving/start.py")), "x:1", True),
        ("FROM x:1\nCMD serve\n", PLAIN, "x:1", True),
        ("FROM x:1\nENTRYPOINT serve\nFROM y:1\n", PLAIN, "y:1", False),
        ("FROM x:1\n", None, "mcr.microsoft.com/azureml/minimal-py312-inference:latest", True),
        ("FROM x:1\n", None, "x:1", False),
        ("RUN x\n", PLAIN, None, False),
    ],
)
def test_images_that_start_a_server(text: str, base: ImageFacts | None, reference: str | None, expected: bool) -> None:
    assert starts_server(text, base, reference) is expected


def test_variables_that_everybody_can_read() -> None:
    names = (
        "API_KEY",
        "DB_PASSWORD",
        "HF_TOKEN",
        "AZURE_CLIENT_SECRET",
        "KEYBOARD",
        "TOKENIZERS_PARALLELISM",
        "EMPTY_TOKEN",
    )
    users = tuple((name, "" if name.startswith("EMPTY") else "x") for name in names)
    found = check_variables(deployment(environment_variables=users))
    assert [finding.message.split()[0] for finding in found] == [
        "API_KEY",
        "AZURE_CLIENT_SECRET",
        "DB_PASSWORD",
        "HF_TOKEN",
    ]
    assert {finding.severity for finding in found} == {"warning"}
