"""The versioned registry on disk: environments, models, services and requests in SQLite, content in content-addressed files."""
