"""Stage 7, show: results, news and errors as plain lines, HTML and JSON; which of them is shown is left to the doors.

``describe`` turns any result into one :class:`~azml_magics.show.view.View`; ``text``, ``html`` and ``terminal`` render
that; ``document`` is the JSON form; ``commands`` runs a verb; ``frontend`` says what the screen can do.

Wherever something is shown, ``figures`` says whether numbers that differ from run to run (seconds, ports, process ids,
times, log paths) may appear. Without them equal runs give equal text and HTML, which is what nbval compares.
"""
