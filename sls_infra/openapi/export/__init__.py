"""Plan → OpenAPI 3.1."""
