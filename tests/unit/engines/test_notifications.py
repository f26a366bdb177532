from __future__ import annotations

import importlib.util
import threading
from pathlib import Path

import azml_magics
from azml_magics.engines.notifications import Notifications


def test_the_service_side_reaches_the_engine_side() -> None:
    spec = importlib.util.spec_from_file_location("notify", Path(azml_magics.__file__).parent / "serving" / "notify.py")
    assert spec is not None
    assert spec.loader is not None
    notify = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notify)
    with Notifications() as notifications:
        notify.send(str(notifications.path), state="ready", pid=7)
        assert notifications.wait(60) == {"state": "ready", "pid": 7}
    notify.send(str(notifications.path), state="late")  # the engine has gone: no error
    notify.send("", state="nobody asked")


def test_nothing_in_time_is_none() -> None:
    with Notifications() as notifications:
        assert notifications.wait(0) is None
        assert notifications.wait(-1) is None


def test_another_thread_can_wake_the_wait() -> None:
    with Notifications() as notifications:
        threading.Thread(target=lambda: notifications.post(state="exited", code=3)).start()
        assert notifications.wait(60) == {"state": "exited", "code": 3}


def test_the_directory_is_private_and_removed() -> None:
    with Notifications() as notifications:
        folder = notifications.path.parent
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
    notifications.post(state="late")
