from __future__ import annotations

import pytest

from azml_magics.system.child_environment import service_environment


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TZ",
        "TMPDIR",
        "HTTPS_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
    ],
)
def test_what_finds_programs_files_proxies_and_certificates_is_inherited(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "inherited")
    assert service_environment({})[name] == "inherited"


@pytest.mark.parametrize(
    "name",
    [
        "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX", "AZML_WORKSPACE", "JPY_NAME",
        "JUPYTERHUB_API_TOKEN", "AWS_SECRET_ACCESS_KEY", "WORKER_COUNT", "AZUREML_MODEL_DIR", "LCX",
    ],
)  # fmt: skip
def test_secrets_and_what_steers_another_python_are_not(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "secret")
    assert name not in service_environment({})


def test_the_users_variables_win_and_may_set_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    environment = service_environment({"TZ": "Asia/Seoul", "PYTHONPATH": "mine"})
    assert environment["TZ"] == "Asia/Seoul"
    assert environment["PYTHONPATH"] == "mine"
