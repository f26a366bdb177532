"""Ports of this machine, where other test runs take and leave the lowest ones meanwhile."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from azml_magics.engines import ports
from azml_magics.errors import PortError
from tests.unused_ports import unused_port


def test_a_free_port_is_listened_on_at_once() -> None:
    with ports.listen(None) as listener:
        address, port = listener.getsockname()
        assert (address, port >= ports.FIRST_PORT) == ("127.0.0.1", True)
        with socket.create_connection((address, port), timeout=60):
            pass


def test_another_port_is_taken_when_one_is_in_use() -> None:
    with ports.listen(None) as first, ports.listen(None) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_the_first_port_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    own_port = unused_port()
    monkeypatch.setattr(ports, "FIRST_PORT", own_port)
    with ports.listen(None) as first, ports.listen(None) as second:
        assert first.getsockname()[1] == own_port
        assert second.getsockname()[1] > own_port


def test_many_at_once_never_share_a_port() -> None:
    with ThreadPoolExecutor(8) as pool:
        listeners = list(pool.map(lambda _: ports.listen(None), range(24)))
    taken = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    assert len(set(taken)) == len(taken)


def test_an_explicit_port_that_is_taken_is_refused_with_a_remedy() -> None:
    with ports.listen(None) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortError) as caught:
            ports.listen(port)
    assert caught.value.code == "port-taken"
    assert str(port) in caught.value.brief
    assert "--port" in caught.value.remedy


def test_a_port_can_be_used_again_right_after_a_connection() -> None:
    with ports.listen(unused_port()) as listener:
        address = listener.getsockname()
        with socket.create_connection(address, timeout=60) as client, listener.accept()[0] as server:
            server.close()  # the server closes first, so its side waits
            client.recv(1)
    ports.listen(address[1]).close()


def test_a_reserved_port_is_taken_by_nobody_who_takes_any(monkeypatch: pytest.MonkeyPatch) -> None:
    own_port = unused_port()
    monkeypatch.setattr(ports, "FIRST_PORT", own_port)
    with ports.reserved(own_port):
        with ports.listen(None) as other:
            assert other.getsockname()[1] != own_port
        assert next(ports.free_ports(None)) != own_port
        with ports.listen(own_port) as asked_for:
            assert asked_for.getsockname()[1] == own_port
    with ports.listen(None) as again:
        assert again.getsockname()[1] == own_port
