"""A container's log as the engine gives it, also where it stops giving it a moment too early."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, cast

from azml_magics.engines.container_news import ContainerNews

LINES = [b"starting\n", b'azml-notify word {"state": "trying"}\n', b"Traceback\n", b"ValueError: no model\n"]


class Stream:
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = iter(chunks)

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        return


class EndedContainer:
    """Follows only the first ``followed`` lines, and has all of them."""

    def __init__(self, followed: int) -> None:
        self.attrs = {"State": {"OOMKilled": False}}
        self._followed = followed

    def logs(self, *, stream: bool = False, follow: bool = False, tail: object = "all") -> Any:
        return Stream(LINES[: self._followed]) if stream else b"".join(LINES)

    def wait(self, timeout: int) -> dict[str, int]:
        return {"StatusCode": 3}

    def reload(self) -> None:
        return


def test_lines_that_following_missed_are_read_before_the_end_is_told() -> None:
    for followed in range(len(LINES) + 1):
        kept: list[str] = []
        container = cast(Any, EndedContainer(followed))
        with ContainerNews(container, "word", from_start=True, on_line=kept.append) as news:
            assert news.wait(60) == {"state": "trying"}
            assert news.wait(60) == {"state": "exited", "code": 3, "out_of_memory": False}
        assert kept == list(news.lines) == ["starting", "Traceback", "ValueError: no model"]


def test_nothing_is_told_after_the_end_of_the_block() -> None:
    told: list[str] = []
    left = threading.Event()

    class Late(EndedContainer):
        """Goes on to give lines after whoever follows has left."""

        def logs(self, **_: Any) -> Any:
            def lines() -> Iterator[bytes]:
                yield LINES[1]
                left.wait(60)
                yield LINES[0]

            stream = Stream([])
            stream._chunks = lines()
            return stream

    news = ContainerNews(cast(Any, Late(0)), "word", from_start=False, on_line=told.append)
    with news:
        assert news.wait(60) == {"state": "trying"}
    left.set()
    news._thread.join(60)
    assert told == []
    assert news.wait(0) is None, "nobody waits for the container's end"
