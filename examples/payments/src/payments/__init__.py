"""Payments, entered once: what the API does. Standard library only."""
