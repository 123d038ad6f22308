"""Small APIs that run: infra.py says what each is, src/ does it."""
