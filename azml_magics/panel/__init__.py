"""The widget: what is known of jobs and services as a live panel; the page's side of it is in ``frontend/``."""
