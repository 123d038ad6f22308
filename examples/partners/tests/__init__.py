"""The API's own tests."""
