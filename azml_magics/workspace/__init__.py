"""The versioned registry on disk: environments, models, services, requests in SQLite; content by its digest."""
