"""A shop's orders, as an API."""
