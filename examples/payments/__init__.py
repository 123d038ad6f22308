"""Payments: a webhook that answers at once, and a queue behind it."""
