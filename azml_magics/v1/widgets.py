"""``azureml.widgets``: what is known of a run, in words; nothing of it moves."""

from __future__ import annotations

from azml_magics.v1.news import say
from azml_magics.v1.run import Run


class RunDetails:
    """``RunDetails(run).show()`` says where the run is and what it logged so far."""

    def __init__(self, run_instance: Run) -> None:
        self.run = run_instance

    def show(self, render_lib: object = None, widget_settings: object = None) -> None:
        """Print it."""
        _ = (render_lib, widget_settings)
        say(repr(self.run))
        for name, value in self.run.get_metrics().items():
            say(f"{name}: {value}")

    def get_widget_data(self) -> dict[str, object]:
        """The same as values."""
        return {**self.run.get_details(), "run_metrics": self.run.get_metrics()}
