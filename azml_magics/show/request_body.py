"""The body of a request from what a line and the text below it say."""

from __future__ import annotations

from azml_magics.errors import DeclarationError, Finding
from azml_magics.show.call import Call


def request_body(call: Call) -> bytes:
    """What ``--data`` says, else the text below the line. Raises ``DeclarationError`` unless it is one of them."""
    from azml_magics.scoring.body import read_body
    from azml_magics.system.files import read_bytes

    data = call.arguments.text("data")
    written = call.body is not None and bool(call.body.strip())
    if (data is None) == (not written):
        message, remedy = (
            ("there is nothing to send", "add --data JSON, --data @FILE or --data -")
            if data is None
            else ("there is a body and --data too", "keep one of them")
        )
        code = "missing-argument" if data is None else "exclusive-options"
        finding = Finding(code, message, remedy, call.arguments.place_of("data"))
        raise DeclarationError(f"{call.arguments.place.source} cannot be done", [finding])
    if data is None:
        return (call.body or "").removesuffix("\n").encode()
    folder = call.session.working_directory
    return read_body(
        data,
        read_bytes=lambda path: read_bytes(folder / path, what="request body", code="data-file"),
        read_stdin=call.read_stdin,
    )
