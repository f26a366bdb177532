from __future__ import annotations

from dataclasses import replace

import pytest

from azml_magics.definitions.deployment import Deployment
from azml_magics.definitions.entry_script import EntryScript, Origin
from azml_magics.engines.failure import EXIT_CODES, Words, explain_exit
from azml_magics.errors import ScriptError

APP = "/srv/.azml/services/digits/1/app"
SCRIPT = "import joblib\ndef init():\n    joblib.load('model.pkl')\ndef run(d): return 1\n"
DEPLOYMENT = Deployment("digits", EntryScript("score.py", SCRIPT, Origin("cell In [4]", 1)))

INIT_LOG = f"""\
2026-11-21 02:37:59,695 I [32611] azmlinfsrv.user_script - Invoking user's init function
2026-11-21 02:37:59,696 E [32611] azmlinfsrv - User's init function failed
2026-11-21 02:37:59,701 E [32611] azmlinfsrv - Encountered Exception Traceback (most recent call last):
  File "/venv/site-packages/azureml_inference_server_http/server/user_script.py", line 119, in invoke_init
    self._user_init()
  File "{APP}/score.py", line 3, in init
    joblib.load('model.pkl')
  File "/venv/site-packages/joblib/numpy_pickle.py", line 650, in load
    with open(filename, 'rb') as f:
         ^^^^^^^^^^^^^^^^^^^^
FileNotFoundError: [Errno 2] No such file or directory: 'model.pkl'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/venv/site-packages/azureml_inference_server_http/server/aml_blueprint.py", line 109, in setup
    self.user_script.invoke_init()
azureml_inference_server_http.server.user_script.UserScriptException: Caught an unhandled exception from the user script

2026-11-21 02:37:59,701 I [32611] azmlinfsrv - Model Directory Contents:
""".splitlines()


def test_init_failures_show_the_user_s_frame_beside_the_cell_line() -> None:
    error = explain_exit(DEPLOYMENT, 3, INIT_LOG, APP)
    assert isinstance(error, ScriptError)
    assert (error.code, error.process_exit_code) == ("init-failed", 3)
    assert [(frame.file, frame.line, frame.function) for frame in error.frames] == [("score.py", 3, "init")]
    shown = "\n".join(error.lines())
    assert "cell In [4], line 4, in init" in shown
    assert "FileNotFoundError: [Errno 2]" in shown
    assert "site-packages" not in shown
    assert any("site-packages" in line for line in error.details)


@pytest.mark.parametrize(
    ("exception", "words"),
    [
        ("ModuleNotFoundError: No module named 'pandas'", ("'pandas'", "--source-dir")),
        ("ImportError: cannot import name 'joblib' from 'sklearn.externals' (x.py)", ("write import joblib",)),
    ],
)
def test_a_missing_module_names_the_remedy(exception: str, words: tuple[str, ...]) -> None:
    missing = "FileNotFoundError: [Errno 2] No such file or directory: 'model.pkl'"
    error = explain_exit(DEPLOYMENT, 3, [line.replace(missing, exception) for line in INIT_LOG], APP)
    assert all(word in error.remedy for word in words)


def test_a_refused_setting_is_named() -> None:
    log = [
        "2026-11-21 02:38:54,450 C [713] azmlinfsrv - ",
        "===============Configuration Error=================",
        "SCORING_TIMEOUT_MS: Input should be a valid integer (environment variable: SCORING_TIMEOUT_MS)",
        "===================================================",
    ]
    error = explain_exit(DEPLOYMENT, 3, log, APP)
    assert error.code == "server-configuration"
    assert "SCORING_TIMEOUT_MS" in error.remedy


@pytest.mark.parametrize("exit_code", sorted(EXIT_CODES))
def test_every_exit_code_has_words_and_a_remedy(exit_code: int) -> None:
    error = explain_exit(DEPLOYMENT, exit_code, ["something"], APP)
    assert str(exit_code) in error.brief
    assert "digits" in error.brief
    assert error.remedy
    assert "{" not in error.remedy
    assert error.log_tail == ("something",)


def test_unknown_exit_codes_and_signals_are_told_as_they_are() -> None:
    assert "exit code 42" in explain_exit(DEPLOYMENT, 42, [], APP).brief
    assert explain_exit(DEPLOYMENT, -15, [], APP).brief.endswith("the server ended (SIGTERM)")
    killed = explain_exit(DEPLOYMENT, -9, [], APP)
    assert killed.brief.endswith("it was killed (SIGKILL)")
    assert "memory" in killed.remedy


def test_a_supervisor_in_the_image_tells_what_really_ended() -> None:
    """runsvdir, the first process of a prebuilt image, always ends with 111."""
    own_start = replace(DEPLOYMENT, start="image")
    log = ["2026-11-21T02:38:54,450+00:00 - gunicorn/finish 97 0", "... - nginx/finish 0 0"]
    assert explain_exit(own_start, 111, log, APP).code == "library-path-missing"
    assert explain_exit(own_start, 111, log, APP).process_exit_code == 97
    assert explain_exit(own_start, 111, ["... - gunicorn/finish -1 9"], APP).process_exit_code == -9
    assert explain_exit(own_start, 99, [], APP).process_exit_code == 99
    assert explain_exit(DEPLOYMENT, 111, log, APP).process_exit_code == 111


def test_a_worker_killed_for_memory_is_recognised() -> None:
    log = ["2026-11-21 02:38:54,450 E [7] gunicorn.error - Worker (pid:8) was sent SIGKILL! Perhaps out of memory?"]
    assert explain_exit(DEPLOYMENT, 1, log, APP).code == "out-of-memory"


def test_a_server_that_cannot_be_imported_is_not_blamed_on_the_script() -> None:
    log = [
        "Traceback (most recent call last):",
        '  File "/venv/site-packages/azureml_inference_server_http/server/create_app.py", line 7, in <module>',
        "    from flask import Flask",
        '  File "/venv/site-packages/jinja2/filters.py", line 13, in <module>',
        "    from markupsafe import soft_unicode",
        "ImportError: cannot import name 'soft_unicode' from 'markupsafe'",
    ]
    error = explain_exit(DEPLOYMENT, 3, log, APP)
    assert not isinstance(error, ScriptError)
    assert error.code == "server-import-failed"
    assert "soft_unicode" in error.brief
    assert "loosen" in error.remedy


def test_what_did_not_happen_is_said_in_the_caller_s_words() -> None:
    words = Words("digits was not invoked", "%azml why")
    error = explain_exit(DEPLOYMENT, 1, [], APP, words=words)
    assert error.brief == "digits was not invoked: the server refused its settings (exit code 1)"
    assert error.remedy == "see the log: %azml why"
    assert explain_exit(DEPLOYMENT, 3, INIT_LOG, APP, words=words).brief.startswith("digits was not invoked: score.py")
    bad_setting = "2026-11-21 02:37:59,701 C [1] azmlinfsrv - Configuration Error"
    assert explain_exit(DEPLOYMENT, 3, [bad_setting], APP, words=words).remedy == "see the log: %azml why"
