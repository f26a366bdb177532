"""``JobSource``: one recorded job, read as far as it has come: its events into an outline, its lines into a feed."""

from __future__ import annotations

from azml_magics.errors import AzmlError
from azml_magics.events import Note
from azml_magics.journal.event_codec import decode_event
from azml_magics.journal.following import News
from azml_magics.journal.outcome import read_outcome
from azml_magics.journal.records import JobRecord, state_of
from azml_magics.panel.log_feed import LogFeed
from azml_magics.panel.outline import Outline

_SERVICE_LINE = (b'"server"', b'"init"')


class JobSource:
    """Whoever runs the job: this kernel, another process, or one that has ended meanwhile."""

    def __init__(self, record: JobRecord) -> None:
        self.record = record
        self.outline = Outline(record.verb)
        self.verdict: str = "running"
        self.ended: float | None = None
        self.error: AzmlError | None = None
        self._news = News(record)

    def take_news(self, feed: LogFeed) -> bool:
        """Read on; True when there may be more to read."""
        if self.verdict != "running":
            return False
        verdict = state_of(self.record)  # asked before reading, so that nothing told before the end is missed
        raw_lines = self._news.read()
        feed.append(self._split(raw_lines))
        if raw_lines:
            return True
        if verdict != "running":
            self._end(verdict)
        return False

    def _split(self, raw_lines: list[bytes]) -> list[bytes]:
        """The lines of the log; events among them go into the outline. Lines are shipped as they were written."""
        lines: list[bytes] = []
        for raw in raw_lines:
            if raw.startswith(b"["):
                lines.append(raw)
                if any(source in raw[:40] for source in _SERVICE_LINE):
                    self.outline.told_lines += 1
                continue
            try:
                at, event = decode_event(raw)
            except ValueError as error:  # written by a newer version of this package
                at, event = 0.0, Note(str(error))
            self.outline.take(at, event)
        return lines

    def _end(self, verdict: str) -> None:
        outcome = read_outcome(self.record)
        self.verdict = verdict
        if outcome is not None:
            self.ended, self.error = outcome.ended, outcome.error
        self.outline.end(verdict, self.error)
