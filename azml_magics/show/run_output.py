"""What a run prints, on the screen line by line as it comes."""

from __future__ import annotations

from typing import TextIO

from azml_magics.events import Event, LogLine


class RunOutput:
    """An ``Emit`` that writes the lines of a run to a stream and leaves everything else to others."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """Write a line of a run."""
        if isinstance(event, LogLine) and event.source == "run":
            self._stream.write(f"{event.text}\n")
            self._stream.flush()
