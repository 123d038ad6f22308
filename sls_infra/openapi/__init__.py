"""OpenAPI: an Api described for others (`export`), and a description made into an Api (`reading`, `project`)."""
