"""The orders of a shop: what the API does. Standard library only."""
