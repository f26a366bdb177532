"""What the SDK tells its makers, and writes about itself: here nothing is sent, and nothing is written."""

from __future__ import annotations


def set_diagnostics_collection(send_diagnostics: bool = True, verbosity: int = 0) -> None:
    """Nothing is ever sent."""
    _ = (send_diagnostics, verbosity)


class diagnostic_log:  # noqa: N801  # the SDK's name
    """Around some lines, or between ``start_capture`` and ``stop_capture``; the log of a service or run says more."""

    def __init__(self, log_path: str | None = None, namespaces: object = None, context_name: str | None = None) -> None:
        _ = (log_path, namespaces, context_name)

    def start_capture(self) -> None:
        """Nothing is captured."""

    def stop_capture(self) -> None:
        """As :meth:`start_capture`."""

    def __enter__(self) -> diagnostic_log:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_capture()
