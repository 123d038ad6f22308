"""Sales and the reports of their days: what the API does."""
