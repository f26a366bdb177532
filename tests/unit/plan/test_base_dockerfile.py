"""The Dockerfile of a local inference base, its requirements and its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.definitions.image_facts import ImageFacts
from azml_magics.definitions.requirements import parse_requirements
from azml_magics.plan.base_dockerfile import (
    base_requirement_lines,
    check_base_name,
    check_base_requirements,
    render_base_dockerfile,
)

PLAIN = ImageFacts(
    "plain:1", "sha256:0", python="/usr/bin/python3", python_version="3.11.2", packages=(("pip", "23"), ("wheel", "1"))
)


def test_the_whole_text() -> None:
    assert (
        render_base_dockerfile("plain:1", PLAIN)
        == """\
FROM plain:1
USER root
COPY base /opt/azml-base/
RUN ["/usr/bin/python3", "/opt/azml-base/base_setup.py", "account", "/var/azureml-app", "/azureml-envs/azml"]
USER dockeruser
RUN /usr/bin/python3 /opt/azml-base/base_setup.py environment /azureml-envs/azml && \\
    /azureml-envs/azml/bin/python -m pip install --no-cache-dir -r /opt/azml-base/requirements.txt
COPY serving /opt/azml-serving/
ENV PATH=/azureml-envs/azml/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV AZUREML_CONDA_ENVIRONMENT_PATH=/azureml-envs/azml
ENV AML_APP_ROOT=/var/azureml-app
ENV AZUREML_INFERENCE_SERVER_HTTP_ENABLED=True
ENV WORKER_TIMEOUT=300
ENV LANG=C.UTF-8
ENV AZML_BIND_HOST=0.0.0.0
WORKDIR /var/azureml-app
EXPOSE 5001
ENTRYPOINT []
CMD ["/azureml-envs/azml/bin/python", "/opt/azml-serving/start.py", "5001"]
"""
    )


def test_packages_of_the_image_stay_importable() -> None:
    rich = replace(PLAIN, packages=(*PLAIN.packages, ("torch", "2.1")), environment=(("PATH", "/opt/conda/bin:/bin"),))
    text = render_base_dockerfile("rich:1", rich)
    assert "base_setup.py environment /azureml-envs/azml --system-site-packages && \\" in text
    assert "ENV PATH=/azureml-envs/azml/bin:/opt/conda/bin:/bin\n" in text


def test_the_server_is_added_unless_it_is_named() -> None:
    assert base_requirement_lines(parse_requirements("")) == ("azureml-inference-server-http",)
    assert base_requirement_lines(parse_requirements("numpy==2.2.6")) == (
        "azureml-inference-server-http",
        "numpy==2.2.6",
    )
    own = parse_requirements("azureml_inference.server-http==1.4.1")
    assert base_requirement_lines(own) == ("azureml_inference.server-http==1.4.1",)


@pytest.mark.parametrize("name", ["base", "local/base", "my-base:2", "a.b/c_d/e-f:V1.x", "host/x__y"])
def test_names(name: str) -> None:
    assert check_base_name(name) == []


@pytest.mark.parametrize(
    ("name", "code", "remedy"),
    [
        ("My Base", "invalid-base-name", "'my-base'"),
        ("", "invalid-base-name", "'my-base'"),
        ("-x", "invalid-base-name", "'x'"),
        ("a:b:c", "invalid-base-name", "'a-b-c'"),
        ("base@sha256:00", "invalid-base-name", "'base-sha256-00'"),
        ("minimal-py312-inference:2", "base-name-taken", "my-minimal-py312-inference"),
        ("mcr.microsoft.com/azureml/curated/minimal-py311-inference", "base-name-taken", "my-minimal-py311-inference"),
    ],
)
def test_bad_names(name: str, code: str, remedy: str) -> None:
    (finding,) = check_base_name(name)
    assert finding.code == code
    assert remedy in finding.remedy


def test_only_plain_requirements() -> None:
    lines = (
        "numpy==1\n--index-url https://me:hidden@index.invalid/simple\nx @ file:///x.whl\ny==1 --hash=sha256:00\nz>=2"
    )
    findings = check_base_requirements(parse_requirements(lines))
    assert [finding.code for finding in findings] == ["base-requirement"] * 3
    assert "hidden" not in str(findings)
