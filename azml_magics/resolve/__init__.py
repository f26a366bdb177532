"""Names into values: what a request means here and now, and what the checks of ``preflight`` must know of it."""
