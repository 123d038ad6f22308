"""Parcels of what has been paid: what the API does. Standard library only."""
