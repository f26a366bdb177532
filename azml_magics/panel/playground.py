"""What the playground of the page asks for, as JSON-ready values: a request sent, tested under load, found again.

Failures are raised; turning them into replies, and the threads, are left to ``actions``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from azml_magics.definitions.load_test import LoadProgress, LoadSize
from azml_magics.definitions.scoring import ScoringRequest, ScoringResponse, reason_phrase
from azml_magics.definitions.user_traceback import exception_line
from azml_magics.errors import Frame, Place, ScoringError

if TYPE_CHECKING:
    from azml_magics.cancel import Cancel
    from azml_magics.session import Session
    from azml_magics.workspace.requests import RequestRecord

#: Of an answer at most so many characters go to the page; of a body in the list of requests fewer.
SHOWN_CHARACTERS = 200_000
LISTED_CHARACTERS = 2_000
MOST_LISTED = 200
JSON_TYPES = ("application/json", "+json")


def send(session: Session, fields: Mapping[str, Any]) -> dict[str, object]:
    """Send ``body`` with ``headers`` to the service ``name`` and tell what it answered.

    Raises ``NotFoundError``, ``ServiceError``, ``ScoringError``.
    """
    from azml_magics.services.exchanges import send_request

    exchange = send_request(session.workspace, str(fields["name"]), _request(fields))
    return {**_answer(exchange.response), "number": exchange.number}


def load(
    session: Session, fields: Mapping[str, Any], report: Callable[[dict[str, object]], None], cancel: Cancel
) -> dict[str, object]:
    """Send a request many times; ``report`` gets the progress, and ``cancel`` ends it with what was measured.

    Raises as :func:`send`, and ``DeclarationError`` for an impossible number of requests.
    """

    def tell(progress: LoadProgress) -> None:
        report({"done": progress.done, "errors": progress.errors, "seconds": round(progress.seconds, 3)})

    size = LoadSize(int(fields["requests"]), int(fields["concurrency"]))
    return session.load_test(str(fields["name"]), _request(fields), size, report=tell, cancel=cancel).as_dict()


def sample(session: Session, name: str) -> dict[str, object]:
    """A request to begin with; ``hidden`` names the headers whose values are not kept. Raises ``NotFoundError``."""
    from azml_magics.services.exchanges import sample_request

    found = sample_request(session.workspace, name)
    headers, hidden = _kept_headers(found.record)
    return {"body": found.body, "headers": headers, "hidden": hidden, "origin": found.origin}


def history(session: Session, name: str, limit: int) -> list[dict[str, object]]:
    """The newest requests of a service, newest first, long bodies cut."""
    records = session.workspace.list_requests(name, max(1, min(int(limit), MOST_LISTED)))
    return [_listed(record, LISTED_CHARACTERS) for record in records]


def request(session: Session, name: str, number: int) -> dict[str, object]:
    """One request of the history as far as it is kept, with its answer. Raises ``NotFoundError``."""
    record = session.workspace.get_request(name, int(number))
    headers, hidden = _kept_headers(record)
    response = ScoringResponse(
        service=record.service,
        status=record.status,
        body=record.response_body,
        headers=record.response_headers,
        latency_ms=record.latency_ms,
        request_id=record.request_id,
        run_ms=record.run_ms,
    )
    answer = _answer(response)
    answer |= {
        "bytes": record.response_bytes,
        "clipped": bool(answer["clipped"]) or len(record.response_body) < record.response_bytes,
        "number": record.id,
    }
    return {**_listed(record, None), "headers": headers, "hidden": hidden, "answer": answer}


def _request(fields: Mapping[str, Any]) -> ScoringRequest:
    from azml_magics.scoring.body import check_text

    headers = tuple((str(name), str(value)) for name, value in fields.get("headers") or ())
    timeout_seconds = float(fields.get("timeout") or ScoringRequest.timeout_seconds)
    text = str(fields.get("body") or "")
    try:
        body = text.encode()
    except UnicodeEncodeError as error:
        raise ScoringError(
            f"the body is no text: character {error.start + 1} is half of one",
            remedy="delete it and type it again",
            place=Place("the playground"),
            code="body-not-utf8",
        ) from error
    made = ScoringRequest(body, headers, timeout_seconds)
    check_text(body, made.header("content-type"), source="the playground")
    return made


def _answer(response: ScoringResponse) -> dict[str, object]:
    """All but its number; the text is ``None`` for an answer that is none, such as an image."""
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    text: str | None
    try:
        text = response.body.decode()
    except UnicodeDecodeError:
        text = None
    if kind.startswith(("image/", "audio/", "video/", "application/octet-stream")) and "svg" not in kind:
        text = None
    return {
        "status": response.status,
        "reason": reason_phrase(response.status),
        "ok": response.ok,
        "headers": [[name, value] for name, value in response.headers],
        "type": kind,
        "text": text if text is None else text[:SHOWN_CHARACTERS],
        "json": text is not None and kind.endswith(JSON_TYPES),
        "bytes": len(response.body),
        "clipped": text is not None and len(text) > SHOWN_CHARACTERS,
        "latency_ms": round(response.latency_ms, 3),
        "run_ms": response.run_ms,
        "cause": exception_line(response.traceback),
        "traceback": list(response.traceback),
        "frames": [line for frame in response.frames for line in _frame_lines(frame)],
        "request_id": response.request_id,
    }


def _listed(record: RequestRecord, characters: int | None) -> dict[str, object]:
    cut = len(record.request_body) < record.request_bytes
    text = _kept_text(record.request_body, cut=cut)
    return {
        "number": record.id,
        "time": record.time.timestamp(),
        "status": record.status,
        "reason": reason_phrase(record.status),
        "latency_ms": round(record.latency_ms, 3),
        "bytes": record.request_bytes,
        "body": "" if text is None else text[:characters],
        "binary": text is None,
        "clipped": cut or (text is not None and characters is not None and len(text) > characters),
        "headers": [[name, value] for name, value in record.request_headers],
    }


def _kept_text(body: bytes, *, cut: bool) -> str | None:
    """The text of a body; the cut may have gone through its last character."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        through_a_character = cut and error.reason == "unexpected end of data"
        return body[: error.start].decode() if through_a_character else None


def _kept_headers(record: RequestRecord | None) -> tuple[list[list[str]], list[str]]:
    """Headers as they were sent, and the names of those that are not kept for what they hold."""
    from azml_magics.workspace.requests import MASK

    headers = record.request_headers if record is not None else ()
    return (
        [[name, value] for name, value in headers if value != MASK],
        [name for name, value in headers if value == MASK],
    )


def _frame_lines(frame: Frame) -> Iterable[str]:
    where = frame.origin or Place(frame.file, frame.line)
    yield f"{where}, in {frame.function}"
    if frame.text:
        yield f"    {frame.text}"
