"""The app's own tests, wherever the app runs."""
