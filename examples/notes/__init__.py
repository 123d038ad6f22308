"""Notes: a FastAPI app, unchanged, as the one handler of an Api."""
