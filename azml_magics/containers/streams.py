"""Long answers of the Docker engine, read as they come and left at once when the user cancels."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from azml_magics.cancel import Cancel
from azml_magics.containers.connection import ANSWER_SECONDS, Connection
from azml_magics.containers.failure import explained
from azml_magics.system.logs import LineSplitter

if TYPE_CHECKING:
    from requests import Response

Message = dict[str, Any]


def post_stream(
    connection: Connection,
    path: str,
    *,
    what: str,
    subject: str,
    cancel: Cancel,
    params: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    body: IO[bytes] | Iterable[bytes] | None = None,
) -> Iterator[Message]:
    """POST to the engine (``/images/create``) and give each JSON message of its answer when it comes.

    Cancelling closes the connection, by which the engine knows that nobody wants the result; what is done with the
    messages so far is the caller's. Raises ``CancelledError`` naming ``what``, and what
    :func:`~azml_magics.containers.failure.explained` makes of failures. The docker package can do neither.
    """
    reader = _Reader()
    api = connection.client.api
    request = {
        "url": f"{api.base_url}/v{api.api_version}{path}",
        "params": dict(params),
        "headers": dict(headers or {}),
        "data": body,
        "stream": True,
        # A pull or a step of a build may say nothing for as long as it takes.
        "timeout": (ANSWER_SECONDS, None),
    }
    # The engine answers nothing before it has something to say, so asking alone can take long: hence the thread.
    threading.Thread(target=reader.read, args=(api.post, request), name=f"azml-stream {path}", daemon=True).start()
    remove_hook = cancel.add_hook(reader.leave)
    try:
        with explained(what, subject=subject):
            yield from reader
        cancel.check(what)
    finally:
        remove_hook()
        reader.leave()


class _Reader:
    """Hands messages from the thread that reads them to the one that wants them."""

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[Message | Exception | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._left = False
        self._response: Response | None = None

    def read(self, post: Any, request: Message) -> None:
        """Ask and read to the end."""
        try:
            with post(**request) as response:
                with self._lock:
                    self._response = response
                    if self._left:
                        return
                _raise_for_status(response)
                for line in response.iter_lines():
                    if line.strip():
                        self._messages.put(json.loads(line))
        except Exception as error:
            self._messages.put(error)
        finally:
            with self._lock:
                self._response = None
            self._messages.put(None)

    def leave(self) -> None:
        """End the iteration now and the reading soon."""
        with self._lock:
            self._left = True
            if self._response is not None:
                _hang_up(self._response)
        self._messages.put(None)

    def __iter__(self) -> Iterator[Message]:
        while (message := self._messages.get()) is not None:
            if isinstance(message, Exception):
                if not self._left:
                    raise message
                return
            yield message


def _raise_for_status(response: Response) -> None:
    from docker.errors import create_api_error_from_http_exception
    from requests import HTTPError

    try:
        response.raise_for_status()
    except HTTPError as error:
        create_api_error_from_http_exception(error)


def _hang_up(response: Response) -> None:
    """Close the connection below a response that another thread is reading."""
    from docker.errors import DockerException
    from docker.types import CancellableStream

    # Over ssh it cannot be done; a connection that is gone already needs it no more.
    with contextlib.suppress(DockerException, OSError, AttributeError):
        CancellableStream(iter(()), response).close()


def decoded_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a byte stream without line ends; bytes that are not UTF-8 are replaced."""
    splitter = LineSplitter()
    for chunk in chunks:
        yield from splitter.feed(chunk)
    yield from splitter.rest()
