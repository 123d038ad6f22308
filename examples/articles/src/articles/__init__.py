"""Articles and their words: what the API does. Standard library only."""
